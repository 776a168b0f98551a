package deb822_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/testkit"
)

// realPackages returns a real Packages index.
func realPackages(tb testing.TB) []byte {
	tb.Helper()
	text, err := testkit.Packages(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

func TestARealIndexIsScannedWhole(t *testing.T) {
	t.Parallel()
	text := realPackages(t)
	want := strings.Split(strings.TrimRight(string(text), "\n"), "\n\n") // no value of it has an empty line
	sc := deb822.NewScanner(bytes.NewReader(text), deb822.Options{})
	n, line := 0, 1
	for ; sc.Next(); n++ {
		s := sc.Stanza()
		if n >= len(want) || string(s.Raw()) != want[n]+"\n" || s.Line() != line {
			t.Fatalf("stanza %d, line %d, is %.100q", n, s.Line(), s.Raw())
		}
		line += strings.Count(want[n], "\n") + 2
		checkAgainstLines(t, s, want[n])
	}
	if sc.Err() != nil || n != len(want) {
		t.Errorf("%d stanzas of %d, %v", n, len(want), sc.Err())
	}
}

// checkAgainstLines compares a stanza with a simple split into lines.
func checkAgainstLines(t *testing.T, s *deb822.Stanza, text string) {
	t.Helper()
	at := -1
	for line := range strings.SplitSeq(text, "\n") {
		name, first, _ := strings.Cut(line, ":")
		if line[0] == ' ' {
			if !bytes.Contains(s.Fields[at].Value, []byte(strings.TrimRight(line, " "))) {
				t.Fatalf("%s lacks %q", s.Fields[at].Name, line)
			}
			continue
		}
		at++
		if f := s.Fields[at]; string(f.Name) != name || !strings.HasPrefix(string(f.Value), strings.TrimSpace(first)) {
			t.Fatalf("field %q: %q, want %q", f.Name, f.Value, line)
		}
	}
	if at+1 != len(s.Fields) {
		t.Fatalf("%d fields, want %d", len(s.Fields), at+1)
	}
}

func TestScanningDoesNotAllocateForEachField(t *testing.T) {
	text := realPackages(t)
	text = text[:bytes.Index(text[10<<20:], []byte("\n\n"))+10<<20+2]
	if n := testing.AllocsPerRun(1, func() { scan(t, text) }); n > 30 {
		t.Errorf("%v allocations for %d bytes", n, len(text))
	}
}

func TestAWriterGivesARealIndexBack(t *testing.T) {
	t.Parallel()
	text := realPackages(t)[:1<<20]
	text = text[:bytes.LastIndex(text, []byte("\n\n"))+1]
	var out bytes.Buffer
	w := deb822.NewWriter(&out)
	sc := deb822.NewScanner(bytes.NewReader(text), deb822.Options{})
	for sc.Next() {
		for _, f := range sc.Stanza().Fields {
			w.Field(string(f.Name), string(f.Value))
		}
		if err := w.EndStanza(); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(out.Bytes(), text) {
		t.Error("the text that was written differs")
	}
}

func scan(tb testing.TB, text []byte) (values int) {
	sc := deb822.NewScanner(struct{ io.Reader }{bytes.NewReader(text)}, deb822.Options{})
	for sc.Next() {
		values += len(sc.Stanza().Get("Filename"))
	}
	if sc.Err() != nil {
		tb.Fatal(sc.Err())
	}
	return values
}

func BenchmarkScanner(b *testing.B) {
	text := realPackages(b)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		scan(b, text)
	}
}

func BenchmarkAppendField(b *testing.B) {
	text := realPackages(b)[:1<<20]
	text = text[:bytes.LastIndex(text, []byte("\n\n"))+1]
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	var out []byte
	for b.Loop() {
		sc := deb822.NewScanner(bytes.NewReader(text), deb822.Options{})
		for out = out[:0]; sc.Next(); {
			for _, f := range sc.Stanza().Fields {
				out, _ = deb822.AppendField(out, string(f.Name), f.Value)
			}
		}
	}
}
