package deb822

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/internal/problem"
)

// pair is a field as text.
type pair struct{ Name, Value string }

// scanAll returns the fields of every stanza, and each stanza's raw text.
func scanAll(r io.Reader, options Options) (stanzas [][]pair, raws []string, err error) {
	sc := NewScanner(r, options)
	for sc.Next() {
		var fields []pair
		for _, f := range sc.Stanza().Fields {
			fields = append(fields, pair{string(f.Name), string(f.Value)})
		}
		stanzas, raws = append(stanzas, fields), append(raws, string(sc.Stanza().Raw()))
	}
	return stanzas, raws, sc.Err()
}

func TestScannerGivesFieldsAndRawText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		options    Options
		stanzas    [][]pair
		raws       []string
	}{
		{name: "nothing"},
		{name: "blank lines alone", text: "\n \t\r\n\n"},
		{
			name:    "one stanza without a last newline",
			text:    "Package: hello\nVersion: 1",
			stanzas: [][]pair{{{"Package", "hello"}, {"Version", "1"}}},
			raws:    []string{"Package: hello\nVersion: 1\n"},
		},
		{
			name:    "two stanzas among blank lines",
			text:    "\n\nA: 1\n\n \n\nB: 2\n\n",
			stanzas: [][]pair{{{"A", "1"}}, {{"B", "2"}}},
			raws:    []string{"A: 1\n", "B: 2\n"},
		},
		{
			name:    "lines of blanks within a stanza, as apt and dpkg read them",
			text:    "A: 1\n  \n 2\nB: 3\n\t\n \r\nC: 4\n \n\nD: 5\n",
			stanzas: [][]pair{{{"A", "1\n  \n 2"}, {"B", "3"}, {"C", "4"}}, {{"D", "5"}}},
			raws:    []string{"A: 1\n  \n 2\nB: 3\n\t\n \r\nC: 4\n \n", "D: 5\n"},
		},
		{
			name:    "values of several lines",
			text:    "Description: one  \n two\n .\n\tthree \nFiles: \n a\n b\nEnd:x\n",
			stanzas: [][]pair{{{"Description", "one  \n two\n .\n\tthree"}, {"Files", "\n a\n b"}, {"End", "x"}}},
			raws:    []string{"Description: one  \n two\n .\n\tthree \nFiles: \n a\n b\nEnd:x\n"},
		},
		{
			name:    "empty values",
			text:    "A:\nB: \t\nC:",
			stanzas: [][]pair{{{"A", ""}, {"B", ""}, {"C", ""}}},
			raws:    []string{"A:\nB: \t\nC:\n"},
		},
		{
			name:    "lines that end in CR LF",
			text:    "A: 1\r\nB:\r\n x\r\n\r\nC: 3\r\n",
			stanzas: [][]pair{{{"A", "1"}, {"B", "\n x"}}, {{"C", "3"}}},
			raws:    []string{"A: 1\r\nB:\r\n x\r\n", "C: 3\r\n"},
		},
		{
			name:    "comments",
			text:    "# first\n\n# of B\nA: 1\n# between\n 2\n# after\nB: 3\n#C: 4\n",
			options: Options{Comments: true},
			stanzas: [][]pair{{{"A", "1\n# between\n 2"}, {"B", "3"}}},
			raws:    []string{"# of B\nA: 1\n# between\n 2\n# after\nB: 3\n#C: 4\n"},
		},
		{
			name:    "colons in values and odd names",
			text:    "X-A.b_c/+: a:b\n",
			stanzas: [][]pair{{{"X-A.b_c/+", "a:b"}}},
			raws:    []string{"X-A.b_c/+: a:b\n"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			stanzas, raws, err := scanAll(strings.NewReader(c.text), c.options)
			if diff := cmp.Diff(c.stanzas, stanzas); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
			if diff := cmp.Diff(c.raws, raws); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestScannerNamesTheLineOfAFault(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text    string
		options Options
		kind    problem.Kind
		says    string
	}{
		{text: "A: 1\n\nB\n", says: `line 3: "B" is not a field`},
		{text: "A: 1\n\n\n B: 2\n", says: "line 4: begins with a space"},
		{text: "A: 1\nb: 2\na: 3\n", says: "line 3: field a occurs twice"},
		{text: ": 1\n", says: "line 1"},
		{text: "A B: 1\n", says: `line 1: "A B" is not a valid field name`},
		{text: "A : 1\n", says: `"A " is not a valid field name`},
		{text: "-A: 1\n", says: "not a valid field name"},
		{text: "é: 1\n", says: "not a valid field name"},
		{text: "# x: 1\n", says: "not a valid field name"},
		{text: "A: 1\nB: 2\x003\n", says: "line 2: contains a NUL byte"},
		{text: "-----BEGIN PGP SIGNED MESSAGE-----\n", says: "armor"},
		{text: "A: 1\nB: 2\nC: 3\n", options: Options{MaxFields: 2}, kind: problem.TooLarge, says: "line 3"},
		{text: "A: 1\n\nB: 123456\n", options: Options{MaxStanza: 9}, kind: problem.TooLarge, says: "line 3"},
	} {
		if c.kind == "" {
			c.kind = problem.Invalid
		}
		_, _, err := scanAll(strings.NewReader(c.text), c.options)
		if !problem.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: %v, want a problem %s that says %q", c.text, err, c.kind, c.says)
		}
	}
}

func TestScannerBoundsAStanzaThatNeverEnds(t *testing.T) {
	t.Parallel()
	endless := io.MultiReader(strings.NewReader("A: "), zeros{})
	sc := NewScanner(endless, Options{MaxStanza: 1 << 20})
	if sc.Next() || !problem.Is(sc.Err(), problem.TooLarge) {
		t.Errorf("%v, want too-large", sc.Err())
	}
	if cap(sc.buffer) > 4<<20 {
		t.Errorf("the buffer grew to %d bytes", cap(sc.buffer))
	}
}

// zeros is an endless line of the digit 0.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

func TestAnErrorOfTheStreamComesThrough(t *testing.T) {
	t.Parallel()
	broken := errors.New("the line is dead")
	sc := NewScanner(io.MultiReader(strings.NewReader("A: 1\n"), iotest.ErrReader(broken)), Options{})
	if sc.Next() || sc.Err() != broken {
		t.Errorf("%v, want %v", sc.Err(), broken)
	}
}

func TestGetDoesNotMindTheCaseOfNames(t *testing.T) {
	t.Parallel()
	s, err := Parse([]byte("\nPackage: x\nEmpty:\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Get("pACKAGE"); string(got) != "x" {
		t.Errorf("got %q", got)
	}
	if got := s.Get("Empty"); got == nil || len(got) != 0 {
		t.Errorf("an empty field gives %v, not an empty value", got)
	}
	if got := s.Get("Missing"); got != nil {
		t.Errorf("a missing field gives %q", got)
	}
	if s.Line() != 2 {
		t.Errorf("begins in line %d", s.Line())
	}
}

func TestParseWantsExactlyOneStanza(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"":             "no fields",
		"\n \n":        "no fields",
		"A: 1\n\nB: 2": "line 3: a second stanza",
		"A: 1\n\nB":    "line 3",
		"A":            "no colon",
	} {
		if _, err := Parse([]byte(text)); !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want a problem that says %q", text, err, says)
		}
	}
	text := []byte("A: 1")
	if s, err := Parse(text[:4:4]); err != nil || string(s.Raw()) != "A: 1\n" {
		t.Errorf("without a last newline: %v", err)
	}
}

func TestTheSizeOfReadsDoesNotMatter(t *testing.T) {
	t.Parallel()
	long := "Long: " + strings.Repeat("x", 100_000) + "\n " + strings.Repeat("y", 100_000) + "\n\n"
	text := strings.Repeat(long+"A: 1\nB: 2\n\n\n", 5)
	want, wantRaws, err := scanAll(strings.NewReader(text), Options{})
	if err != nil || len(want) != 10 {
		t.Fatalf("%d stanzas, %v", len(want), err)
	}
	for name, r := range map[string]io.Reader{
		"one byte":          iotest.OneByteReader(strings.NewReader(text)),
		"data with the end": iotest.DataErrReader(strings.NewReader(text)),
	} {
		got, raws, err := scanAll(r, Options{})
		if err != nil || !cmp.Equal(got, want) || !cmp.Equal(raws, wantRaws) {
			t.Errorf("%s: %d stanzas, %v", name, len(got), err)
		}
	}
}

func TestWhatIsScannedTellsTheSameFromItsRawText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("AB:: \n\n\t.x#")), 0, 60, -1).Draw(t, "text")
		checkRaw(t, []byte(text))
	})
}

func FuzzScanner(f *testing.F) {
	for _, text := range []string{
		"Package: hello\nDescription: x\n y\n .\n z\n\nPackage: b\n", "A: 1\r\n\r\nB: 2", "A:\n b\n", "A: 1\na: 2\n", "\n\n x", "#c\nA: 1\n", "A: 1\n \n x\n\t\nB: 2\n \n\nC: 3\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) { checkRaw(t, text) })
}

// checkRaw checks that each stanza's raw text is in the text and parses to the
// same stanza, with and without comments.
func checkRaw(t interface{ Fatalf(string, ...any) }, text []byte) {
	for _, options := range []Options{{}, {Comments: true}} {
		stanzas, raws, err := scanAll(bytes.NewReader(text), options)
		if err == nil && len(stanzas) == 0 && !options.Comments && len(bytes.TrimSpace(text)) > 0 {
			t.Fatalf("%q gives nothing and no error", text)
		}
		for i, raw := range raws {
			if !bytes.Contains(append(text[:len(text):len(text)], '\n'), []byte(raw)) {
				t.Fatalf("%q is no part of %q", raw, text)
			}
			again, rawAgain, err := scanAll(strings.NewReader(raw), options)
			if err != nil || len(again) != 1 || !cmp.Equal(again[0], stanzas[i]) || rawAgain[0] != raw {
				t.Fatalf("%q scans to %q, %v, not to %q", raw, again, err, stanzas[i])
			}
		}
	}
}
