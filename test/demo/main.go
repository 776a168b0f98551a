// Command demo shows Aptarium's main job on real Debian data, as its user would
// do it: with the built program and the machine's own apt.
//
// It makes an upstream of the lists that apt-get update fetched on this machine,
// with Debian's own signature, and of a dozen real packages; mirrors it;
// publishes it with a key of its own; installs from it; adds a package, and asks
// for the state before that by its time. Each step is printed with its duration.
// The exit status is 1 when any step fails.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, "bin/aptarium", os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo:", err)
		os.Exit(1)
	}
}
