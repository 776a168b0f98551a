package compress

import (
	"bytes"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// bzip2File joins texts, each compressed by itself, to one file.
func bzip2File(t interface{ Fatal(...any) }, texts ...[]byte) []byte {
	file := AppendBzip2Header(nil)
	var blocks []Bzip2Blocks
	for _, text := range texts {
		var b Bzip2Blocks
		var err error
		if file, b, err = AppendBzip2Blocks(file, text); err != nil {
			t.Fatal(err)
		}
		blocks = append(blocks, b)
	}
	return AppendBzip2Trailer(file, blocks)
}

// bunzip2 decodes a file with the program bzip2, which also verifies it.
func bunzip2(t *testing.T, file []byte) []byte {
	t.Helper()
	c := exec.Command("bzip2", "-dc")
	c.Stdin = bytes.NewReader(file)
	out, err := c.Output()
	if err != nil {
		t.Fatalf("bzip2 -dc (of the Debian package bzip2): %v", err)
	}
	return out
}

func TestBzip2BlocksJoinToOneStream(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 300_000)
	source := rand.NewChaCha8([32]byte{1})
	_, _ = source.Read(noise) // never fails
	for name, texts := range map[string][][]byte{
		"nothing":          nil,
		"empty pieces":     {nil, nil},
		"one":              {[]byte("Package: a\n")},
		"several":          {[]byte("Package: a\n"), nil, []byte(strings.Repeat("Package: b\n", 1000)), {'c'}},
		"longer than one":  {[]byte(strings.Repeat("0123456789\n", 200_000)), []byte("end")},
		"runs grow":        {bytes.Repeat([]byte("aaaa"), 400_000), bytes.Repeat([]byte("aaaab"), 300_000)},
		"noise":            {noise, noise[:1000], noise},
		"every single one": {{0}, {255}, {0, 0, 0, 0}, {255, 255, 255, 255, 255}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, want := bzip2File(t, texts...), bytes.Join(texts, nil)
			if got := bunzip2(t, file); !bytes.Equal(got, want) {
				t.Errorf("bzip2 gives %d bytes, not %d", len(got), len(want))
			}
			if n := bytes.Count(file, []byte("BZh9")); n != 1 && name != "noise" {
				t.Errorf("%d streams, of which apt reads one", n)
			}
		})
	}
}

// TestBzip2OfAnyTexts checks that the independent reader decodes what was written, for
// any sizes of pieces.
func TestBzip2OfAnyTexts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.Byte(), 0, 2000)
		if rapid.Bool().Draw(t, "few letters") {
			text = rapid.SliceOfN(rapid.ByteRange('a', 'c'), 0, 5000)
		}
		texts := rapid.SliceOfN(text, 0, 6).Draw(t, "texts")
		want := bytes.Join(texts, nil)
		got := make([]byte, len(want))
		if err := Expand(got, bzip2File(t, texts...), Bzip2); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("%q is not %q", got, want)
		}
	})
}
