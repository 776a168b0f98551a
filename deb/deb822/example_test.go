package deb822_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/aptarium/aptarium/deb/deb822"
)

func ExampleScanner() {
	index := "Package: hello\nVersion: 2.10-3\n\nPackage: world\nVersion: 1\n"
	sc := deb822.NewScanner(strings.NewReader(index), deb822.Options{})
	for sc.Next() {
		fmt.Printf("%s %s\n", sc.Stanza().Get("Package"), sc.Stanza().Get("Version"))
	}
	if err := sc.Err(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// hello 2.10-3
	// world 1
}

func ExampleChecksums() {
	release, err := deb822.Parse([]byte("Suite: stable\nMD5Sum:\n 900150983cd24fb0d6963f7d28e17f72 3 main/binary-amd64/Packages\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for c, err := range deb822.Checksums(release.Get("MD5Sum"), deb822.MD5) {
		fmt.Printf("%s %d %s %v\n", c.Sum, c.Size, c.Name, err)
	}
	// Output: 900150983cd24fb0d6963f7d28e17f72 3 main/binary-amd64/Packages <nil>
}

func ExampleWriter() {
	w := deb822.NewWriter(os.Stdout)
	w.Field("Package", "hello")
	w.Field("Description", deb822.Fold("example package\nThe text goes on.\n\nAnd ends."))
	if err := w.EndStanza(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// Package: hello
	// Description: example package
	//  The text goes on.
	//  .
	//  And ends.
}
