// Command bigarchive makes an archive of many small packages after those of
// Debian, to try things by hand:
//
//	go run ./internal/testkit/cmd/bigarchive -n 60000 DIR
//
// The folder can then be served by any web server. It prints a .sources stanza
// for it, with file: as the scheme.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/aptarium/aptarium/internal/testkit"
)

func main() {
	n := flag.Int("n", 60_000, "number of packages")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: bigarchive [-n PACKAGES] DIR")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, flag.Arg(0), *n); err != nil {
		fmt.Fprintln(os.Stderr, "bigarchive:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir string, n int) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	big, err := testkit.WriteBigArchive(ctx, dir, n)
	if err != nil {
		return err
	}
	source, err := testkit.AptSource("file:"+big.Dir, big.Codename, big.Component, big.Key.Public())
	if err != nil {
		return err
	}
	fmt.Print(source)
	return nil
}
