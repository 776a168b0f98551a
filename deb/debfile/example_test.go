package debfile_test

import (
	"bytes"
	"fmt"

	"github.com/aptarium/aptarium/deb/debfile"
)

func Example() {
	control := "Package: hello\nVersion: 1.0\nArchitecture: all\nMaintainer: A Person <person@example.org>\nDescription: example\n"
	files := []debfile.File{{Name: "usr/bin/hello", Mode: 0o755, Body: []byte("#!/bin/sh\necho hello\n")}}
	var file bytes.Buffer
	if err := debfile.Write(&file, []byte(control), files, debfile.WriteOptions{Compression: debfile.Zstd}); err != nil {
		fmt.Println(err)
		return
	}
	d, err := debfile.Read(&file, debfile.ReadOptions{Files: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Package, d.Version, d.Architecture, d.ControlFiles, d.Files)
	fmt.Printf("%s\n", d.Control.Get("Description"))
	// Output:
	// hello 1.0 all [md5sums] [usr/bin/hello]
	// example
}
