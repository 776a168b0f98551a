package deb_test

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/aptarium/aptarium/deb"
)

func ExampleCompare() {
	versions := []string{"1.0", "1:0.1", "1.0~rc1", "1.0-1+b1", "1.0-1", "1.10", "1.9"}
	slices.SortFunc(versions, deb.Compare)
	fmt.Println(versions)
	// Output: [1.0~rc1 1.0 1.0-1 1.0-1+b1 1.9 1.10 1:0.1]
}

func ExampleSortKey() {
	older, newer := deb.SortKey("1.0~rc1"), deb.SortKey("1.0")
	fmt.Println(bytes.Compare(older, newer))
	// Output: -1
}

func ExampleParseRelations() {
	relations, err := deb.ParseRelations("libc6 (>= 2.36), default-mta | mail-transport-agent")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, alternatives := range relations {
		fmt.Println(alternatives[0].Name, alternatives[0].Constraint.Admits("2.40-1"), len(alternatives))
	}
	// Output:
	// libc6 true 1
	// default-mta true 2
}

func ExampleArchitectureMatches() {
	fmt.Println(deb.ArchitectureMatches("armhf", "linux-any"), deb.ArchitectureMatches("hurd-i386", "linux-any"))
	// Output: true false
}

func ExamplePoolDirectory() {
	source, _ := deb.SourceOf("glibc (2.36-9)", "libc6", "2.36-9+b1")
	fmt.Println(deb.PoolDirectory("main", source))
	fmt.Println(deb.PoolDirectory("contrib", "libfoo"))
	// Output:
	// pool/main/g/glibc
	// pool/contrib/libf/libfoo
}
