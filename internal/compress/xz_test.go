package compress

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// xzOf joins texts as the blocks of one stream.
func xzOf(t interface{ Fatal(...any) }, texts ...[]byte) []byte {
	data := AppendXZHeader(nil)
	var blocks []XZBlock
	for _, text := range texts {
		before := len(data)
		var b XZBlock
		var err error
		if data, b, err = AppendXZBlock(data, text); err != nil {
			t.Fatal(err)
		}
		if n := len(data) - before; n%4 != 0 || int64(n) != b.Unpadded+int64(b.Padding()) || b.Uncompressed != int64(len(text)) {
			t.Fatal("a block is not what its record says", n, b, len(text))
		}
		blocks = append(blocks, b)
	}
	return AppendXZTrailer(data, blocks)
}

// noise does not compress.
func noise(n int) []byte {
	b, x := make([]byte, n), uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

func TestXZBlocksJoinToTheWholeText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOf(rapid.SliceOf(rapid.ByteRange('a', 'c'))).Draw(t, "texts")
		want := bytes.Join(texts, nil)
		if got, err := decode(xzOf(t, texts...), XZ, Limits{}); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%q, %v, want %q", got, err, want)
		}
	})
}

func TestTheXZProgramTakesBlocks(t *testing.T) {
	t.Parallel()
	text := sample()
	hundreds := bytes.SplitAfterN(text, []byte("\n\n"), 300)
	for name, texts := range map[string][][]byte{
		"no block": nil, "an empty text": {nil}, "one byte": {{'x'}}, "an empty text between": {text[:10], nil, text[10:]},
		"noise": {noise(100), noise(70_000)}, "more than the dictionary": {bytes.Repeat(text, 6), text}, "300 blocks": hundreds,
	} {
		path := filepath.Join(t.TempDir(), "x.xz")
		if err := os.WriteFile(path, xzOf(t, texts...), 0o666); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("xz", "-t", path).CombinedOutput(); err != nil {
			t.Errorf("%s: xz -t (of the Debian package xz-utils): %v %s", name, err, out)
		}
		if got, err := exec.Command("xz", "-dc", path).Output(); err != nil || !bytes.Equal(got, bytes.Join(texts, nil)) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		list, err := exec.Command("xz", "--robot", "-l", path).Output()
		if err != nil || !strings.Contains(string(list), "file\t1\t") {
			t.Errorf("%s is not one stream: %s %v", name, list, err)
		}
	}
}

func TestAnXZFileOfNoTextIsTheOneOfTheProgram(t *testing.T) {
	t.Parallel()
	if got, want := xzOf(t, nil), byProgram(t, XZ, nil); !bytes.Equal(got, want) {
		t.Errorf("got\n% x, want\n% x", got, want)
	}
}

func TestAnXZBlockDependsOnItsTextAlone(t *testing.T) {
	t.Parallel()
	text := sample()[5000:105_000]
	want, record, err := AppendXZBlock(nil, text)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			got, again, err := AppendXZBlock([]byte("before"), text)
			if err != nil || !bytes.Equal(got[6:], want) || string(got[:6]) != "before" || again != record {
				t.Errorf("differs, %v", err)
			}
		})
	}
	group.Wait()
}

func FuzzXZBlock(f *testing.F) {
	f.Add([]byte("Package: hello\n"), 5)
	f.Add(noise(5000), 4000)
	f.Fuzz(func(t *testing.T, text []byte, cut int) {
		cut = min(max(cut, 0), len(text))
		if got, err := decode(xzOf(t, text[:cut], text[cut:]), XZ, Limits{MaxRatio: 1 << 20}); err != nil || !bytes.Equal(got, text) {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
	})
}
