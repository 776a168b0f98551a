package reprepro

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/problem"
)

// listFormat makes reprepro print fields of each package, each ended by a zero byte.
const listFormat = `${$component}\0${$type}\0${package}\0${version}\0${architecture}\0${section}\0${priority}\0${$fullfilename}\0`

// fields is the number of these fields.
const fields = 8

// patience is the time limit for the list of a distribution.
const patience = 10 * time.Minute

func (b *Base) listed(ctx context.Context, d Distribution) iter.Seq2[Package, error] {
	return func(yield func(Package, error) bool) {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		cmd := exec.CommandContext(ctx, b.Program, "-b", b.dir, "--list-format", listFormat, "list", d.Codename)
		cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "REPREPRO_") }), "LC_ALL=C.UTF-8")
		var told tail
		cmd.Stderr = &told
		cmd.WaitDelay = time.Second
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			yield(Package{}, fmt.Errorf("asking reprepro: %w", err))
			return
		}
		more, err := b.readList(out, yield)
		cancelled := !more
		if cancelled || err != nil {
			cancel()
		}
		if failed := cmd.Wait(); err == nil && !cancelled && failed != nil {
			err = refused(failed, told.String())
		}
		if err != nil && !cancelled {
			yield(Package{}, err)
		}
	}
}

// refused returns the reason why reprepro failed.
func refused(err error, told string) error {
	if strings.Contains(told, "already lock") || strings.Contains(told, "is locked") {
		return problem.New(problem.Conflict, "another reprepro is running: %s", told).WithHint("wait until it ends")
	}
	return problem.New(problem.Invalid, "reprepro could not list the packages: %w: %s", err, told)
}

// readList reads output in listFormat. It reports whether to continue.
func (b *Base) readList(out io.Reader, yield func(Package, error) bool) (more bool, err error) {
	scanner := bufio.NewScanner(out)
	scanner.Split(splitZero)
	var values []string
	for scanner.Scan() {
		if values = append(values, scanner.Text()); len(values) < fields {
			continue
		}
		p := Package{
			Component: values[0], Type: values[1], Name: values[2], Version: values[3], Architecture: values[4],
			Section: values[5], Priority: values[6], Path: strings.TrimPrefix(strings.TrimPrefix(values[7], b.out), "/"),
		}
		if p.Type == "dsc" {
			p.Architecture = "source"
		}
		if !yield(p, nil) {
			return false, nil
		}
		values = values[:0]
	}
	if err := scanner.Err(); err != nil {
		return true, fmt.Errorf("reading what reprepro lists: %w", err)
	}
	if len(values) > 0 {
		return true, problem.New(problem.Invalid, "reprepro ended in the middle of its list")
	}
	return true, nil
}

func splitZero(data []byte, atEnd bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, 0); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEnd && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

// tail keeps the start of a program's error messages.
type tail struct{ bytes.Buffer }

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.Buffer.Write(p[:min(len(p), max(0, 1000-t.Len()))])
	return len(p), nil
}
