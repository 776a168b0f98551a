package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// report prints the tables, writes the files that were asked for, and returns an
// error when a budget is missed.
func (b *bench) report() error {
	text := b.results.String()
	fmt.Print(text)
	if b.json != "" {
		all, err := json.MarshalIndent(b.results, "", "\t")
		if err != nil {
			return err
		}
		if err := os.WriteFile(b.json, append(all, '\n'), 0o644); err != nil {
			return err
		}
	}
	if b.record != "" {
		if err := record(b.record, text); err != nil {
			return err
		}
	}
	return b.judge()
}

// judge returns an error when a budget is missed and that matters.
func (b *bench) judge() error {
	for _, v := range b.results.verdicts() {
		if !v.met && !b.noFail {
			return errors.New("a budget is missed")
		}
	}
	return nil
}

// String returns the tables in Markdown.
func (r *results) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s.\n\n", r.Machine)
	for _, about := range r.About {
		fmt.Fprintf(&b, "- %s\n", about)
	}
	for _, t := range []*table{r.mainTable(), r.servedTable(), r.growthTable(), r.budgetTable()} {
		if len(t.rows) > 0 {
			fmt.Fprintf(&b, "\n%s", t)
		}
	}
	return b.String()
}

func (r *results) mainTable() *table {
	t := &table{head: []string{
		thousands(r.Packages) + " packages: median time, time of processors, memory", ours, "aptly", "reprepro", "against aptly", "against reprepro",
	}}
	for _, row := range rows {
		mine, aptly, reprepro := r.of(r.Packages, row.mine(), row.steps...), r.of(r.Packages, "aptly", row.steps...), r.of(r.Packages, "reprepro", row.steps...)
		if len(mine) == 0 {
			continue
		}
		t.add(row.title, r.cell(mine), r.cell(aptly), r.cell(reprepro), against(mine, aptly), against(mine, reprepro))
	}
	return t
}

// cell shows medians, and how many runs there were when not all.
func (r *results) cell(samples []sample) string {
	if len(samples) == 0 {
		return "–"
	}
	m := median(samples)
	text := fmt.Sprintf("%s, %s, %s", seconds(m.Wall), seconds(m.CPU), megabytes(m.Peak))
	switch n := len(samples); {
	case n == 1 && r.Runs > 1:
		text += " (one run)"
	case n < r.Runs:
		text += fmt.Sprintf(" (%d runs)", n)
	}
	return text
}

// against shows our median time as a share of a peer's.
func against(mine, theirs []sample) string {
	if len(mine) == 0 || len(theirs) == 0 {
		return "–"
	}
	return ratio(divide(median(theirs).Wall.Seconds(), median(mine).Wall.Seconds()))
}

func (r *results) servedTable() *table {
	t := &table{head: []string{fmt.Sprintf("within a server, %s packages", thousands(r.Packages)), "p50", "p95"}}
	if r.Served == nil {
		return t
	}
	for _, line := range []struct {
		what  string
		times []time.Duration
	}{
		{"publish after one added package, its activity", r.Served.Activity},
		{"the same, as the client waits for it over HTTP", r.Served.Publish},
		{"upload of the package and publish, as the client waits", r.Served.Both},
	} {
		t.add(fmt.Sprintf("%s (%d)", line.what, len(line.times)), seconds(percentile(line.times, 50)), seconds(percentile(line.times, 95)))
	}
	t.add("memory of the server", megabytes(r.Served.Peak), "")
	return t
}

func (r *results) growthTable() *table {
	t := &table{head: []string{"publish after one added package, of", ours, "aptly", "reprepro", "hashing the index", "snapshot, " + ours}}
	for _, n := range r.Growth {
		t.add(thousands(n)+" packages", r.cell(r.of(n, ours, stepUpdate)), r.cell(r.of(n, "aptly", stepUpdate)), r.cell(r.of(n, "reprepro", stepUpdate)),
			seconds(r.Hashing[n]), r.cell(r.of(n, ours, stepSnapshot)))
	}
	return t
}

func (r *results) budgetTable() *table {
	t := &table{head: []string{"budget", "allowed", "measured", ""}}
	for _, v := range r.verdicts() {
		word := "MISSED"
		if v.met {
			word = "met"
		}
		t.add(v.what, v.allowed, v.measured, word)
	}
	return t
}

// table is a table of Markdown that can be read as it is.
type table struct {
	head []string
	rows [][]string
}

// add adds a row with a cell for each of the head's.
func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// String draws the table with its columns under each other.
func (t *table) String() string {
	width := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell), 3)
		}
	}
	rule := make([]string, len(t.head))
	for i := range rule {
		rule[i] = strings.Repeat("-", width[i])
	}
	var b strings.Builder
	for _, row := range append([][]string{t.head, rule}, t.rows...) {
		for i, cell := range row {
			fmt.Fprintf(&b, "| %-*s ", width[i], cell)
		}
		b.WriteString("|\n")
	}
	return b.String()
}

// divide is 0 where there is nothing to divide by.
func divide(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// ratio shows how many times faster or smaller we are: "1/40", or "1.3×" when we
// are slower.
func ratio(times float64) string {
	switch {
	case times <= 0:
		return "–"
	case times < 1:
		return significant(1/times) + "×"
	}
	return "1/" + significant(times)
}

// seconds shows a time with three digits that count, and not less than a
// millisecond.
func seconds(d time.Duration) string {
	if d < 100*time.Millisecond {
		return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) + " s"
	}
	return significant(d.Seconds()) + " s"
}

// significant shows three digits that count, all of those before the point.
func significant(x float64) string {
	digits := 0
	for limit := 100.0; x < limit && digits < 2; limit /= 10 {
		digits++
	}
	return strconv.FormatFloat(x, 'f', digits, 64)
}

func megabytes(n int64) string { return fmt.Sprintf("%d MB", (n+megabyte/2)/megabyte) }

// thousands shows a number with commas.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
