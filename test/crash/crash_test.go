// Package crash ends the program at every point of its work, and looks at what
// it leaves.
//
// A scenario goes through all that changes a disk: a fresh data folder with its
// migrations, syncs of a mirror, packages added to a repo, builds of releases,
// deploys to a directory that two publications share, the cleaning up of what
// they left, and the end of one. Every operation on a disk and every commit on
// the way is a point with a number (points_test.go). A round chooses one and has
// the process killed there (SIGKILL), or the disk be full or broken from there
// on. Meanwhile a client reads what is published, over and over. Then the next
// process takes up the same folder, and:
//
//   - readers have seen whole releases, old or new, and nothing else;
//   - all that was acknowledged is there, and no blob is missing or damaged;
//   - activities that were interrupted go on, or failed and say why;
//   - at the end of the scenario both endpoints have the newest state, and the
//     directory nothing besides but what earlier releases left that has grace.
//
// `go test ./test/crash -rounds 2000` takes long; a failure names the seed and
// the round, which -seed and -round repeat.
package crash

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

var (
	rounds = flag.Int("rounds", 60, "how many times the scenario is interrupted: `make test/long` takes 2,000")
	seed   = flag.Uint64("seed", 0, "what the rounds are drawn from; 0 takes the time")
	only   = flag.Int("round", -1, "the only round to go through; -1 takes all")
)

// TestMain runs the tests, or, in a process that a test started to be killed,
// the scenario.
func TestMain(m *testing.M) {
	if text := os.Getenv(childJob); text != "" {
		if err := child(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// lanes is how many rounds go on at one time: some of each is waiting.
const lanes = 3

// TestWhateverEndsItNothingIsLostOrMixed goes through the rounds.
func TestWhateverEndsItNothingIsLostOrMixed(t *testing.T) {
	t.Parallel()
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	// Not a folder of the test's, since what a failed round left is to be looked at.
	dir, err := os.MkdirTemp(memory(), "aptarium-crash-")
	if err != nil {
		t.Fatal(err)
	}
	m, err := makeMaterial(t.Context(), filepath.Join(dir, "upstream"))
	if err != nil {
		t.Fatal(err)
	}
	h := newHarness(dir, m, *seed)
	t.Logf("seed %d, in %s", *seed, dir)
	began := time.Now()
	if err := h.all(t.Context()); err != nil {
		t.Errorf("%v\n(go test ./test/crash -seed %d -round N repeats a round)", err, *seed)
	} else if err := os.RemoveAll(dir); err != nil {
		t.Error(err)
	}
	t.Logf("%s\n%s", time.Since(began).Round(time.Millisecond), h.tally)
}

// memory is a file system in memory, which is several times as fast, and as good
// for processes that are killed; empty where there is none.
func memory() string {
	if info, err := os.Stat("/dev/shm"); err != nil || !info.IsDir() {
		return ""
	}
	return "/dev/shm"
}

// all goes through the rounds, several at once, to the first that fails.
func (h *harness) all(ctx context.Context) error {
	if *only >= 0 {
		return h.round(*only)
	}
	group, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range lanes {
		group.Go(func() error {
			for ctx.Err() == nil {
				number := int(next.Add(1)) - 1
				if number >= *rounds {
					break
				}
				if err := h.round(number); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}
