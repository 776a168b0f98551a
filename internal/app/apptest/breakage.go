package apptest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/app/collections"
)

// related makes an amd64 package with relations: "Depends: a" and the like.
func Related(tb testing.TB, name, version string, fields ...string) Upload {
	tb.Helper()
	control := fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: amd64\nMaintainer: T <t@example.org>\nDescription: test\n", name, version)
	for _, f := range fields {
		control += f + "\n"
	}
	var b bytes.Buffer
	if err := debfile.Write(&b, []byte(control), nil, debfile.WriteOptions{}); err != nil {
		tb.Fatal(err)
	}
	return File(fmt.Sprintf("%s_%s_amd64.deb", name, version), b.Bytes())
}

// tellBroken writes what is broken, a line each.
func TellBroken(b collections.Breakage) string {
	var text strings.Builder
	for _, architecture := range b.Architectures {
		for _, p := range architecture.List {
			fmt.Fprintf(&text, "%s %s: %s\n", p.PackageVersion, architecture.Architecture, p.Why)
		}
	}
	return text.String()
}
