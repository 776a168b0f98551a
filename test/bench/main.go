// Command bench measures Aptarium beside the two programs that do the same work
// in the field, Debian's aptly and reprepro, in one run on one archive:
//
//	go run ./test/bench -n 60000 -runs 5
//
// An archive of many small packages is made after Debian's own (see
// [testkit.BigArchive]) and served on loopback. Each program is a [contender]
// that mirrors it, publishes it, and publishes again after one package was
// added. Everything that is timed is a whole process with a real signature at
// its end; the programs take turns, so that what else the machine does hits all
// alike. At the end, apt counts what each of them has published.
//
// The tables that it prints hold medians. Each budget of [budgets] is met or
// MISSED, and a missed one makes the exit status 1.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
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
	if err := run(ctx, s); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// settings are what the flags say.
type settings struct {
	packages int           // in the archive
	runs     int           // of each measurement
	growth   []int         // sizes of archives
	only     []string      // rows to be measured; empty means all
	patience time.Duration // how long the runs of one step of one program may take together
	program  string        // Aptarium's
	dir      string        // where the programs keep what they have
	json     string        // file for every sample
	record   string        // page that keeps the tables
	noFail   bool          // a missed budget does not make the status 1
}

// parseSettings reads the flags, and writes what is wrong with them.
func parseSettings(args []string, out io.Writer) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.IntVar(&s.packages, "n", 60_000, "how many `packages` the archive has")
	flags.IntVar(&s.runs, "runs", 5, "how often each thing is measured")
	s.growth = []int{1_000, 10_000, 60_000, 250_000}
	flags.Func("growth", "`sizes` of the archives that show how a publish grows; the peers join in up to 60,000 (default 1000,10000,60000,250000)", func(text string) (err error) {
		s.growth, err = parseSizes(text)
		return err
	})
	flags.Func("only", "`rows` to be measured: "+strings.Join(rowNames(), ", ")+" (default all)", func(text string) (err error) {
		s.only, err = parseRows(text)
		return err
	})
	flags.DurationVar(&s.patience, "patience", 150*time.Second, "no further run of a step when all of them would take longer than this")
	flags.StringVar(&s.program, "program", filepath.Join("bin", "aptarium"), "the `program` to be measured")
	flags.StringVar(&s.dir, "dir", "", "`folder` on the disk to be measured (default the system's for temporary files)")
	flags.StringVar(&s.json, "json", "", "also write every sample to this `file`")
	flags.StringVar(&s.record, "record", "", "also write the tables into this `page`, between its marks")
	flags.BoolVar(&s.noFail, "no-fail", false, "only report missed budgets")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	if flags.NArg() > 0 || s.packages < 100 || s.runs < 1 || s.runs > 100 {
		fmt.Fprintln(out, "bench: takes flags alone, at least 100 packages and 1 to 100 runs")
		return s, errors.New("wrong flags")
	}
	return s, nil
}

// parseSizes reads sizes parted by commas, which need not be in order; "" is none.
func parseSizes(text string) (sizes []int, err error) {
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		n, err := strconv.Atoi(part)
		if err != nil || n < 100 {
			return nil, fmt.Errorf("%q is no number of packages from 100 on", part)
		}
		sizes = append(sizes, n)
	}
	slices.Sort(sizes)
	return slices.Compact(sizes), nil
}

// parseRows reads names of rows parted by commas.
func parseRows(text string) ([]string, error) {
	names := strings.Split(text, ",")
	for _, name := range names {
		if !slices.Contains(rowNames(), name) {
			return nil, fmt.Errorf("there is no row %q", name)
		}
	}
	return names, nil
}

// wants reports whether a row is to be measured.
func (s settings) wants(row string) bool { return len(s.only) == 0 || slices.Contains(s.only, row) }
