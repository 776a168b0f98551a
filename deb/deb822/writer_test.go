package deb822

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/internal/problem"
)

func TestWriterPartsStanzasByAnEmptyLine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := NewWriter(&out)
	w.EndStanza() // nothing yet
	w.Field("Package", "a")
	w.Field("Files", "\n x\n y")
	w.Field("Empty", "")
	w.EndStanza()
	w.EndStanza()
	w.Field("Package", "b")
	if err := w.EndStanza(); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "Package: a\nFiles:\n x\n y\nEmpty:\n\nPackage: b\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWriterRefusesWhatWouldBreakTheStanza(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{"", "x"}, {"a b", "x"}, {"a:", "x"}, {"#a", "x"}, {"-a", "x"}, {"a\n", "x"},
		{"A", "x\nInjected: y"}, {"A", "x\n"}, {"A", "x\n\n y"}, {"A", "x\n \n y"}, {"A", "x\n \t\r\n y"},
		{"A", "x\n y\n "}, {"A", "x\x00"}, {"A", "\n"}, {"A", "x\n# y"}, {"A", "x\n\r y"},
	} {
		dst, err := AppendField([]byte("before"), c[0], c[1])
		if !problem.Is(err, problem.Invalid) || string(dst) != "before" {
			t.Errorf("%q: %q, %v", c, dst, err)
		}
	}
}

func TestWriterStaysFailed(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := NewWriter(&out)
	w.Field("A", "1")
	if err := w.Field("a", "2"); !problem.Is(err, problem.Invalid) {
		t.Errorf("a field twice: %v", err)
	}
	if w.Field("B", "1") == nil || w.EndStanza() == nil || out.Len() > 0 {
		t.Errorf("goes on after an error, %q", &out)
	}
	full := errors.New("no space left")
	w = NewWriter(failing{full})
	w.Field("A", "1")
	if err := w.EndStanza(); err != full {
		t.Errorf("%v, want %v", err, full)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// checkWritten checks that a scanner reads back the field that AppendField wrote.
func checkWritten(t interface{ Fatalf(string, ...any) }, name, value string) {
	text, err := AppendField(nil, name, value)
	if err != nil {
		return
	}
	stanzas, _, err := scanAll(bytes.NewReader(text), Options{})
	want := [][]pair{{{name, strings.TrimRight(strings.TrimLeft(value, " \t\r"), " \t\r")}}}
	if err != nil || !cmp.Equal(stanzas, want) {
		t.Fatalf("%q: %q comes back as %q, %v", name, value, stanzas, err)
	}
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringOfN(rapid.SampledFrom([]rune("ab \n\t\r:#.")), 0, 20, -1).Draw(t, "value")
		checkWritten(t, "Name", value)
	})
}

func FuzzAppendField(f *testing.F) {
	f.Add("Name", "value\n more")
	f.Add("Name", "\n a\n b")
	f.Add("Name", " \r\n x")
	f.Fuzz(func(t *testing.T, name, value string) { checkWritten(t, name, value) })
}
