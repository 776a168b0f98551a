// Command gcload collects garbage again and again, with a harsh retention, while
// everything else goes on:
//
//	go run ./test/gcload -for 10m
//
// Upstreams change and are synced, packages are uploaded and removed, snapshots are
// made and dropped, releases are published, here and into a directory, pinned and
// unpinned; and readers read whole trees as they were at random times of the past,
// and as they are now, with every file checked by its digest. The only error that
// anybody may get is that a time is not kept any more, and for that it must be
// older than what the retention keeps.
//
// At the end everything stands still, garbage is collected once more, and the pool
// must have exactly what is needed, and no table a row that nothing refers to.
//
// The application's clock runs fast, so that days pass: an hour in a second, if
// nobody says otherwise.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	length := flag.Duration("for", time.Minute, "how long")
	dir := flag.String("dir", "", "`folder` for what is made (default one of the system's for temporary files, which is removed)")
	speed := flag.Int("speed", 3600, "how many `seconds` of the application's pass in one of ours")
	flag.Parse()
	if err := run(ctx, *dir, *length, *speed); err != nil {
		fmt.Fprintln(os.Stderr, "gcload:", err)
		os.Exit(1)
	}
}

// run makes a house in a folder, or in one of its own, and loads it for some time.
func run(ctx context.Context, dir string, length time.Duration, speed int) (err error) {
	if dir == "" {
		if dir, err = os.MkdirTemp("", "gcload"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	h, err := open(ctx, dir, speed)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	began := time.Now()
	if err := h.load(ctx, length); err != nil {
		return err
	}
	loaded := time.Since(began)
	if err := h.settle(ctx); err != nil {
		return err
	}
	h.print(os.Stdout, loaded)
	return nil
}
