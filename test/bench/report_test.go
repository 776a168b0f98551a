package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFigures(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ got, want string }{
		{ratio(40), "1/40.0"}, {ratio(98.36), "1/98.4"}, {ratio(206.7), "1/207"}, {ratio(1), "1/1.00"}, {ratio(0.5), "2.00×"}, {ratio(0), "–"},
		{seconds(0), "0.000 s"}, {seconds(41_400 * time.Microsecond), "0.041 s"}, {seconds(123 * time.Millisecond), "0.12 s"},
		{seconds(5449 * time.Millisecond), "5.45 s"}, {seconds(16_930 * time.Millisecond), "16.9 s"}, {seconds(103_400 * time.Millisecond), "103 s"},
		{megabytes(98_566_144), "99 MB"}, {megabytes(0), "0 MB"},
		{thousands(7), "7"}, {thousands(999), "999"}, {thousands(1000), "1,000"}, {thousands(60_001), "60,001"}, {thousands(1_250_000), "1,250,000"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	table := &table{head: []string{"work", "–"}}
	table.add("first sync", "1.20 s")
	table.add("p", "–")
	want := `| work       | –      |
| ---------- | ------ |
| first sync | 1.20 s |
| p          | –      |
`
	if diff := cmp.Diff(want, table.String()); diff != "" {
		t.Error(diff)
	}
}

// The report has a line for each row that was measured, and says how many runs
// a figure is of when they are not all.
func TestReport(t *testing.T) {
	t.Parallel()
	r := good()
	r.Runs = 5
	text := r.String()
	for _, want := range []string{
		"| first sync over loopback ", "(one run)", "| 1/2.00 ", "| snapshot ", "| memory of the server ", "| 250,000 packages ", "| met ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if strings.Contains(text, "MISSED") {
		t.Errorf("a budget is missed in\n%s", text)
	}
	if strings.Contains((&results{}).String(), "|") {
		t.Error("there are tables of nothing")
	}
}

func TestRecord(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "page.md")
	page := "Before.\n" + markBegin + "\nold\n\n" + markEnd + "After.\n"
	if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 { // a page can be written again
		if err := record(path, "| new |\n"); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("Before.\n"+markBegin+"\n| new |\n\n"+markEnd+"After.\n", string(got)); diff != "" {
		t.Error(diff)
	}
	if err := os.WriteFile(path, []byte("Before.\n"+markBegin+"no end"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := record(path, "| new |\n"); err == nil {
		t.Error("a page without both marks was written")
	}
}
