package installable_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/installable"
)

// failer is a test, of package testing or of rapid.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// archive is packages, numbered by their places.
type archive struct {
	library  *installable.Library
	packages []installable.Package
	labels   []string // name_version
}

// lines adds packages written as "a 1; Depends: b | c; Provides: d".
func (a *archive) lines(tb failer, text string) (list []installable.Package) {
	tb.Helper()
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		head, fields, _ := strings.Cut(line, ";")
		var name, version string
		if _, err := fmt.Sscan(head, &name, &version); err != nil {
			tb.Fatalf("%q: %v", line, err)
		}
		control := []byte("X: \n")
		for field := range strings.SplitSeq(fields, ";") {
			if field = strings.TrimSpace(field); field != "" {
				control = append(control, field+"\n"...)
			}
		}
		s, err := deb822.Parse(control)
		if err != nil {
			tb.Fatalf("%q: %v", line, err)
		}
		list = append(list, a.learn(name, version, s))
	}
	return list
}

func (a *archive) learn(name, version string, s *deb822.Stanza) installable.Package {
	get := func(field string) string { return string(s.Get(field)) }
	p := installable.Package{ID: uint32(len(a.packages)), Entry: a.library.Learn(installable.Control{
		Name: name, Version: version, MultiArch: get("Multi-Arch"), PreDepends: get("Pre-Depends"), Depends: get("Depends"),
		Conflicts: get("Conflicts"), Breaks: get("Breaks"), Provides: get("Provides"),
	})}
	a.packages, a.labels = append(a.packages, p), append(a.labels, name+"_"+version)
	return p
}

// chain names packages for messages and comparisons.
func (a *archive) chain(ids []uint32) string {
	labels := make([]string, len(ids))
	for i, id := range ids {
		labels[i] = a.labels[id]
	}
	return strings.Join(labels, " > ")
}

// tell writes what is broken, a line each: "a_1: a_1 > b_1 Depends c (>= 2)".
func (a *archive) tell(r installable.Result) string {
	var b strings.Builder
	for _, x := range r.Broken {
		if x.New {
			b.WriteString("new ")
		}
		fmt.Fprintf(&b, "%s %s %s", a.chain(x.Reason.Chain), x.Reason.Field, x.Reason.Relation)
		if len(x.Reason.Against) > 0 {
			fmt.Fprintf(&b, " against %s", a.chain(x.Reason.Against))
		}
		if x.Reason.Malformed {
			b.WriteString(" (malformed)")
		}
		if x.Reason.Undecided {
			b.WriteString(" (undecided)")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// compare asks about amd64.
func (a *archive) compare(t *testing.T, before, after []installable.Package) installable.Result {
	t.Helper()
	r, err := a.library.Compare(t.Context(), before, after, "amd64", installable.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func newArchive() *archive { return &archive{library: installable.NewLibrary()} }

// dedent takes the tabs of a test's source off each line.
func dedent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}
