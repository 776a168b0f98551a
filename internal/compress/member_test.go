package compress

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/internal/problem"
)

var written = []Format{None, Gzip, Zstd}

func TestMembersJoinToTheWholeText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(written).Draw(t, "format")
		texts := rapid.SliceOf(rapid.SliceOf(rapid.ByteRange('a', 'c'))).Draw(t, "texts")
		joined, err := []byte(nil), error(nil)
		for _, text := range texts {
			if joined, err = AppendMember(joined, text, f); err != nil {
				t.Fatal(err)
			}
		}
		want := bytes.Join(texts, nil)
		if len(texts) == 0 {
			return
		}
		if got, err := decode(joined, f, Limits{}); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%s: %q, %v, want %q", f, got, err, want)
		}
	})
}

func TestTheProgramsTakeJoinedMembers(t *testing.T) {
	t.Parallel()
	plain := sample()
	for f, program := range map[Format]string{Gzip: "gzip", Zstd: "zstd"} {
		joined, err := AppendMember(nil, plain[:100_000], f)
		if err == nil {
			joined, err = AppendMember(joined, nil, f)
		}
		if err == nil {
			joined, err = AppendMember(joined, plain[100_000:], f)
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "x"+f.Suffix())
		if err := os.WriteFile(path, joined, 0o666); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(program, "-t", path).CombinedOutput(); err != nil {
			t.Errorf("%s -t (of the Debian package %s): %v %s", program, program, err, out)
		}
		if got, err := exec.Command(program, "-dc", path).Output(); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%s: %d bytes, %v", program, len(got), err)
		}
	}
}

func TestAMemberDependsOnItsTextAlone(t *testing.T) {
	t.Parallel()
	plain := sample()
	text := plain[5000:105_000]
	for _, f := range written {
		want, err := AppendMember(nil, text, f)
		if err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		for worker := range 4 {
			group.Go(func() {
				for n := range 10 {
					// Earlier texts must not influence the encoder.
					if _, err := AppendMember(nil, plain[:worker*n*1000+n], f); err != nil {
						t.Error(err)
					}
					got, err := AppendMember([]byte("before"), text, f)
					if err != nil || !bytes.Equal(got[6:], want) || string(got[:6]) != "before" {
						t.Errorf("%s differs, %v", f, err)
					}
				}
			})
		}
		group.Wait()
	}
}

func TestGzipMembersCarryNoTimeAndNoName(t *testing.T) {
	t.Parallel()
	got, err := AppendMember(nil, []byte("text"), Gzip)
	if err != nil || !bytes.Equal(got[:9], []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0}) {
		t.Errorf("% x, %v", got[:10], err)
	}
}

func TestFormatsThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	for _, f := range []Format{XZ, Bzip2, LZ4, "lzma"} {
		if got, err := AppendMember([]byte("before"), nil, f); !problem.Is(err, problem.Invalid) || string(got) != "before" {
			t.Errorf("%s: %q, %v", f, got, err)
		}
	}
}

func TestMembersExpandIntoRoomOfTheirSize(t *testing.T) {
	t.Parallel()
	text := bytes.Repeat([]byte("Package: hello\nVersion: 2.10\n\n"), 500)
	for _, f := range written {
		member, err := AppendMember(nil, text, f)
		if err != nil {
			t.Fatal(err)
		}
		room := make([]byte, len(text))
		if err := Expand(room, member, f); err != nil || !bytes.Equal(room, text) {
			t.Errorf("%s: %v", f, err)
		}
		for name, bad := range map[string]error{
			"less room":   Expand(make([]byte, len(text)-1), member, f),
			"more room":   Expand(make([]byte, len(text)+1), member, f),
			"a cut":       Expand(room, member[:len(member)-1], f),
			"more behind": Expand(room, append(slices.Clone(member), 'x'), f),
		} {
			if !problem.Is(bad, problem.Invalid) {
				t.Errorf("%s with %s: %v", f, name, bad)
			}
		}
	}
}
