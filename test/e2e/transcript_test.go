package e2e

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var updateTranscripts = flag.Bool("update", false, "write what commands print into transcripts")

// shell runs commands in a folder, with variables.
type shell struct {
	dir string
	env []string
	// same makes what differs from run to run the same.
	same *strings.Replacer
}

// run runs a command and returns what it prints, on both outputs, and its exit code.
func (s shell) run(t *testing.T, command string) (said string, code int) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "/bin/sh", "-c", command)
	c.Dir, c.Env = s.dir, s.env
	out, err := c.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return string(out), exit.ExitCode()
	}
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	return string(out), 0
}

// must is run for a command that has to succeed.
func (s shell) must(t *testing.T, command string) string {
	t.Helper()
	said, code := s.run(t, command)
	if code != 0 {
		t.Fatalf("%s: exit code %d\n%s", command, code, said)
	}
	return said
}

// transcript runs the commands of a file, which shows a session as a page of
// documentation does: "$ " and a command, which a backslash continues, and what it
// prints, with [exit N] behind it if it fails. Lines that begin with # are comments.
func (s shell) transcript(t *testing.T, name string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	command := ""
	for line := range strings.Lines(string(text)) {
		switch {
		case command != "", strings.HasPrefix(line, "$ "):
			got.WriteString(line)
			command += line
			if strings.HasSuffix(line, "\\\n") {
				continue
			}
			got.WriteString(s.printed(t, strings.TrimPrefix(command, "$ ")))
			command = ""
		case strings.HasPrefix(line, "#"), line == "\n":
			got.WriteString(line)
		}
	}
	if *updateTranscripts {
		if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(text), got.String()); diff != "" {
		t.Fatalf("%s (-as it is +as it came; -update writes it):\n%s", path, diff)
	}
}

// printed is what a command prints, as a transcript has it.
func (s shell) printed(t *testing.T, command string) string {
	t.Helper()
	said, code := s.run(t, command)
	said = sameText(s.same.Replace(said))
	said = strings.ReplaceAll(said, "\n\n", "\n") // an empty line ends the output
	said = strings.TrimPrefix(said, "\n")
	if code != 0 {
		said += fmt.Sprintf("[exit %d]\n", code)
	}
	return said
}

// Values that differ in every run: numbers, times and fingerprints.
var changing = []struct {
	what *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`('(?:id|pocket_id)': )\d+`), "${1}N"},
	{regexp.MustCompile(`'20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ'`), "'TIME'"},
	{regexp.MustCompile(`'(?:[0-9a-f]{4}:){9}[0-9a-f]{4}'`), "'FINGERPRINT'"},
	{regexp.MustCompile(`('key_id': )'[0-9A-F]{16}'`), "${1}'KEY-ID'"},
}

func sameText(said string) string {
	for _, c := range changing {
		said = c.what.ReplaceAllString(said, c.with)
	}
	return said
}
