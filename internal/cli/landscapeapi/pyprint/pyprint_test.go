package pyprint_test

import (
	"bufio"
	"encoding/json"
	"io"
	"math"
	"os/exec"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/internal/cli/landscapeapi/pyprint"
)

// printed is what we make of a document.
func printed(t interface {
	Helper()
	Fatal(...any)
}, document string) string {
	t.Helper()
	v, err := pyprint.Decode(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := pyprint.Print(&b, v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestObjectsArePrintedAsPythonDoes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ document, want string }{
		"constants":           {`[null, true, false]`, "[None, True, False]\n"},
		"nothing":             {`null`, "None\n"},
		"numbers":             {`[1, -0, 1.0, 1e5, 1E16, 0.0001, 1e-5, 12345678901234567890, -1.5e400]`, "[1, 0, 1.0, 100000.0, 1e+16, 0.0001, 1e-05, 12345678901234567890, -inf]\n"},
		"quotes":              {`["it's", "a \"b\"", "'\"", "\\"]`, `["it's", 'a "b"', '\'"', '\\']` + "\n"},
		"what cannot be seen": {`"\t\u0000\u00a0é\u200b\ud83d\ude00\udbc0\udc00"`, `'\t\x00\xa0é\u200b😀\U00100000'` + "\n"},
		"sorted keys":         {`{"b": 1, "a": {}, "Z": []}`, "{'Z': [], 'a': {}, 'b': 1}\n"},
		"a key": {`{"fingerprint": "5c49:8483:3dbf:5aaf:382e:000e:bc0e:d36a:1703:785b", "has_secret": true, "id": 7, "name": "secret-key"}`, `{'fingerprint': '5c49:8483:3dbf:5aaf:382e:000e:bc0e:d36a:1703:785b',
 'has_secret': True,
 'id': 7,
 'name': 'secret-key'}
`},
		"a text alone": {`"one two three four five six seven eight nine ten eleven twelve thirteen fourteen"`, `('one two three four five six seven eight nine ten eleven twelve thirteen '
 'fourteen')
`},
		"a text in an object": {`{"summary": "Sync pocket 'release' of series 'precise' in distribution 'ubuntu' of a long name"}`, `{'summary': "Sync pocket 'release' of series 'precise' in distribution "
            "'ubuntu' of a long name"}
`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, printed(t, c.document)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// python prints documents with Python's own pprint.
type python struct {
	in  io.WriteCloser
	out *bufio.Reader
}

const program = `
import json, pprint, sys
for line in sys.stdin:
    print(json.dumps(pprint.pformat(json.loads(line)) + "\n"), flush=True)
`

func newPython(t *testing.T) python {
	t.Helper()
	c := exec.CommandContext(t.Context(), "/usr/bin/python3", "-c", program)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatalf("%v (install the Debian package python3)", err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = c.Wait()
	})
	return python{in, bufio.NewReader(out)}
}

func (p python) print(t *rapid.T, document string) (text string) {
	if _, err := io.WriteString(p.in, document+"\n"); err != nil {
		t.Fatal(err)
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(line), &text); err != nil {
		t.Fatal(err)
	}
	return text
}

// texts are made of words, spaces, ends of lines and characters that need care.
func texts() *rapid.Generator[string] {
	odd := rapid.SampledFrom([]string{
		" ", "  ", "\t", "\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1f", "\u0085", "\u00a0", "\u2028", "\u2029", "\u3000", "\u200b", "\u00ad", "'", `"`, `\`,
		"\x00", "\x7f", "\x9f", "é", "ß", "漢", "😀", "\U00100000", "\ufffd", "e\u0301", "\ufeff",
	})
	word := rapid.StringMatching(`[a-z0-9:/.-]{1,12}`)
	long := rapid.StringMatching(`[a-z]{60,90}`)
	part := rapid.OneOf(word, word, word, rapid.Just(" "), rapid.Just(" "), odd, long)
	return rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(part, 0, 30).Draw(t, "parts"), "") })
}

func numbers() *rapid.Generator[any] {
	return rapid.OneOf(
		rapid.Map(rapid.Int(), func(n int) any { return n }),
		rapid.Map(rapid.Float64().Filter(func(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }), func(f float64) any { return f }),
		rapid.Map(rapid.SampledFrom([]string{"1.0", "-0.0", "-0", "1e15", "1e16", "1E+2", "0.0001", "0.00001", "1e400", "100000000000000000000000"}), func(s string) any { return json.Number(s) }),
	)
}

// values are lists and dictionaries of each other, to some depth.
func values(depth int) *rapid.Generator[any] {
	leaf := rapid.OneOf(
		rapid.Map(texts(), func(s string) any { return s }), numbers(),
		rapid.SampledFrom([]any{nil, true, false, "", []any{}, map[string]any{}}),
	)
	if depth == 0 {
		return leaf
	}
	below := values(depth - 1)
	return rapid.OneOf(
		leaf,
		rapid.Map(rapid.SliceOfN(below, 0, 6), func(l []any) any { return l }),
		rapid.Map(rapid.MapOfN(texts(), below, 0, 6), func(m map[string]any) any { return m }),
		rapid.Map(below, func(v any) any { // so deep that nothing fits
			for range 25 {
				v = []any{map[string]any{"k": v}}
			}
			return v
		}),
	)
}

func TestAnyDocumentIsPrintedAsPythonDoes(t *testing.T) {
	t.Parallel()
	p := newPython(t)
	rapid.Check(t, func(t *rapid.T) {
		text, err := json.Marshal(values(3).Draw(t, "value"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p.print(t, string(text)), printed(t, string(text))); diff != "" {
			t.Errorf("%s\n%s", text, diff)
		}
	})
}

func TestOneLineIsWhatPrintWritesIfItFits(t *testing.T) {
	t.Parallel()
	v, err := pyprint.Decode(strings.NewReader(`{"a": [1, "b"], "c": null}`))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := pyprint.Repr(v), `{'a': [1, 'b'], 'c': None}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestWhatIsNoDocumentIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "{", "[1] [2]", "nil", strings.Repeat("[", 100_000)} {
		if v, err := pyprint.Decode(strings.NewReader(text)); err == nil {
			t.Errorf("%.20q is read as %v", text, v)
		}
	}
}

// FuzzPrint wants of every document that it is printed whole: with no line break but
// between items, nothing that cannot be seen, and without the breaks as on one line.
func FuzzPrint(f *testing.F) {
	for _, seed := range []string{`{"a":[1,null,"b c"]}`, `"'\"\\\u2028"`, `[[[[{"k":{"k":[]}}]]]]`, `[1e5,-0.0,1e400]`, `"` + strings.Repeat("word ", 30) + `"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, document string) {
		v, err := pyprint.Decode(strings.NewReader(document))
		if err != nil {
			return
		}
		text := printed(t, document)
		for _, r := range text {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Fatalf("%q holds %q", text, r)
			}
		}
		repr := pyprint.Repr(v)
		if strings.Contains(repr, "\n") || len([]rune(repr)) <= 80 && text != repr+"\n" {
			t.Fatalf("%q on one line is %q", text, repr)
		}
	})
}
