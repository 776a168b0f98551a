// Command history measures what it costs to remember every state of a suite:
//
//	go run ./test/history -packages 60000 -revisions 10000 -releases 2000
//
// A big archive (see [testkit.BigArchive]) is mirrored from loopback. Then one of
// its packages gets a new version, so many times over: each is a revision that an
// activity commits, as a sync does. The growth of the database is taken, any
// revision is opened by a program that has nothing in memory, and the first is
// compared with the last. After that each of so many further revisions is
// published. At the end every release's InRelease is read as it was then, and the
// indexes that it lists are read whole and hashed.
//
// A target that is missed makes the exit status 1.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := parseSettings(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		os.Exit(2)
	}
	f, err := measure(ctx, s)
	if err == nil {
		f.print(os.Stdout)
		err = f.missed(targets)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "history:", err)
		os.Exit(1)
	}
}

// settings are what the flags say.
type settings struct {
	packages  int    // of the suite
	revisions int    // that are made before anything is published
	releases  int    // that are published, each of a further revision
	opened    int    // revisions that are opened; 0 means all
	indexes   int    // releases of which whole indexes are read; 0 means all
	dir       string // where the data folder is made
	volatile  bool   // do not wait for the disk: growth is the same
	say       io.Writer
}

func parseSettings(args []string, out io.Writer) (settings, error) {
	s := settings{say: out}
	flags := flag.NewFlagSet("history", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.IntVar(&s.packages, "packages", 60_000, "how many `packages` the suite has")
	flags.IntVar(&s.revisions, "revisions", 10_000, "`revisions` with one changed package each")
	flags.IntVar(&s.releases, "releases", 2_000, "further revisions that are `published`, each")
	flags.IntVar(&s.opened, "opened", 1_000, "`revisions` that are opened, evenly spread; 0 for all")
	flags.IntVar(&s.indexes, "indexes", 200, "`releases` of which whole indexes are read, evenly spread; 0 for all")
	flags.StringVar(&s.dir, "dir", "", "`folder` for what is made (default the system's for temporary files)")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	if flags.NArg() > 0 || s.packages < 100 || s.revisions < 1 || s.releases < 0 {
		fmt.Fprintln(out, "history: takes flags alone, at least 100 packages and a revision")
		return s, errors.New("wrong flags")
	}
	return s, nil
}
