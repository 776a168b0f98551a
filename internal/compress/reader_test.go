package compress

import (
	"bytes"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/aptarium/aptarium/internal/problem"
)

// programs compress with each format, and the Debian packages that have them.
var programs = map[Format][2]string{
	Gzip: {"gzip", "gzip"}, XZ: {"xz", "xz-utils"}, Zstd: {"zstd", "zstd"}, Bzip2: {"bzip2", "bzip2"}, LZ4: {"lz4", "lz4"},
}

// byProgram compresses with the format's own program.
func byProgram(t testing.TB, f Format, plain []byte, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(programs[f][0], append(args, "-c")...)
	cmd.Stdin = bytes.NewReader(plain)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s (of the Debian package %s): %v", programs[f][0], programs[f][1], err)
	}
	return out
}

// decode reads data to its end.
func decode(data []byte, f Format, lim Limits) ([]byte, error) {
	return decodeFrom(bytes.NewReader(data), f, lim)
}

func decodeFrom(from io.Reader, f Format, lim Limits) ([]byte, error) {
	r, err := NewReader(from, f, lim)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// sample is a text that compresses, of several blocks in some formats.
func sample() []byte {
	var b bytes.Buffer
	for i := range 20_000 {
		b.WriteString("Package: lib" + strings.Repeat("x", i%7) + "\nSize: " + strings.Repeat("1", i%11) + "\n\n")
	}
	return b.Bytes()
}

func TestEachFormatDecodesWhatItsProgramMade(t *testing.T) {
	t.Parallel()
	for f := range programs {
		for name, plain := range map[string][]byte{"empty": {}, "one byte": {'x'}, "text": sample()} {
			data := byProgram(t, f, plain)
			got, err := decodeFrom(iotest.HalfReader(bytes.NewReader(data)), f, Limits{})
			if err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%s, %s: %d bytes, %v", f, name, len(got), err)
			}
		}
	}
}

func TestConcatenatedMembersDecodeToTheConcatenation(t *testing.T) {
	t.Parallel()
	for f := range programs {
		plain := sample()
		data := bytes.Join([][]byte{byProgram(t, f, plain[:1000]), byProgram(t, f, nil), byProgram(t, f, plain[1000:])}, nil)
		if got, err := decode(data, f, Limits{}); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%s: %d bytes, %v", f, len(got), err)
		}
	}
}

func TestInputThatEndsEarlyIsAnError(t *testing.T) {
	t.Parallel()
	for f := range programs {
		data := byProgram(t, f, []byte("Package: hello\nVersion: 2.10-3\n"))
		two := append(data[:len(data):len(data)], data...)
		for n := range two {
			if n == len(data) {
				continue // one whole member
			}
			got, err := decode(two[:n], f, Limits{})
			if !problem.Is(err, problem.Invalid) {
				t.Errorf("%s: cut after %d bytes of %d: %q, %v", f, n, len(two), got, err)
			}
		}
	}
}

func TestAnythingAfterTheEndIsAnError(t *testing.T) {
	t.Parallel()
	for f := range programs {
		data := byProgram(t, f, []byte("text"))
		for _, garbage := range []string{"x", "xy", "xyz", "garbage at the end", "\x00\x00\x00", "\x00", "Package: evil\n"} {
			if got, err := decode(append(data[:len(data):len(data)], garbage...), f, Limits{}); !problem.Is(err, problem.Invalid) {
				t.Errorf("%s with %q: %q, %v", f, garbage, got, err)
			}
		}
	}
	padded := append(byProgram(t, XZ, []byte("text")), 0, 0, 0, 0)
	if got, err := decode(padded, XZ, Limits{}); err != nil || string(got) != "text" {
		t.Errorf("xz with its stream padding: %q, %v", got, err)
	}
}

func TestDamageIsNoticed(t *testing.T) {
	t.Parallel()
	plain := sample()[:5000]
	for f := range programs {
		args := []string{}
		if f == Zstd {
			args = append(args, "--check")
		}
		data := byProgram(t, f, plain, args...)
		data[len(data)/2] ^= 0x10
		if got, err := decode(data, f, Limits{}); err == nil && bytes.Equal(got, plain) {
			continue // a bit that means nothing
		} else if !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %d bytes, %v", f, len(got), err)
		}
	}
}

func TestBombsAreStopped(t *testing.T) {
	t.Parallel()
	zeros := make([]byte, 8<<20)
	for f := range programs {
		data := byProgram(t, f, zeros)
		for name, lim := range map[string]Limits{
			"output": {MaxOutput: 1 << 20, MaxRatio: 1 << 30},
			"ratio":  {MaxRatio: 10, Slack: 1 << 20},
		} {
			got, err := decode(data, f, lim)
			if !problem.Is(err, problem.TooLarge) {
				t.Errorf("%s, %s: %v", f, name, err)
			}
			if most := 1<<20 + 10*len(data); len(got) > most {
				t.Errorf("%s, %s: gave %d bytes, over %d", f, name, len(got), most)
			}
		}
		if got, err := decode(data, f, Limits{MaxOutput: int64(len(zeros)), MaxRatio: 1 << 20}); err != nil || len(got) != len(zeros) {
			t.Errorf("%s within its limits: %d bytes, %v", f, len(got), err)
		}
	}
}

func TestWindowsAreBounded(t *testing.T) {
	t.Parallel()
	zeros := make([]byte, 1<<20)
	for f, args := range map[Format][]string{Zstd: {"--ultra", "--long=31"}, XZ: {"--lzma2=dict=256MiB"}} {
		// Only input of unknown length uses the requested window.
		if _, err := decode(byProgram(t, f, zeros, args...), f, Limits{MaxRatio: 1 << 20}); !problem.Is(err, problem.TooLarge) {
			t.Errorf("%s: %v, want too-large", f, err)
		}
	}
}

func TestNoneIsBoundedToo(t *testing.T) {
	t.Parallel()
	if got, err := decode([]byte("text"), None, Limits{}); err != nil || string(got) != "text" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := decode(nil, None, Limits{}); err != nil || len(got) != 0 {
		t.Errorf("empty: %q, %v", got, err)
	}
	if _, err := decode([]byte("text"), None, Limits{MaxOutput: 3}); !problem.Is(err, problem.TooLarge) {
		t.Errorf("over the limit: %v", err)
	}
}

func TestAnUnknownFormatIsInvalid(t *testing.T) {
	t.Parallel()
	if _, err := decode([]byte("text"), "lzma", Limits{}); !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), `unknown compression "lzma"`) {
		t.Error(err)
	}
}

func TestAnErrorOfTheSourceComesThrough(t *testing.T) {
	t.Parallel()
	broken := errors.New("the line is dead")
	for f := range programs {
		data := byProgram(t, f, sample())
		for _, n := range []int{0, 3, 20, len(data) / 2, len(data)} {
			from := io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(broken))
			if _, err := decodeFrom(from, f, Limits{}); err != broken {
				t.Errorf("%s after %d bytes: %v", f, n, err)
			}
		}
	}
}

func TestClosingTwiceAndReadingOn(t *testing.T) {
	t.Parallel()
	for f := range programs {
		data := byProgram(t, f, sample())
		r, err := NewReader(bytes.NewReader(data), f, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := r.Close(); err != nil {
				t.Errorf("%s: %v", f, err)
			}
		}
		if n, err := r.Read(make([]byte, 10)); n != 0 || err == nil || err == io.EOF {
			t.Errorf("%s: a closed reader gives %d bytes, %v", f, n, err)
		}
	}
}

func TestDecodersAreReusedAfterDamage(t *testing.T) {
	t.Parallel()
	plain := sample()
	for f := range programs {
		data := byProgram(t, f, plain)
		for n := range 20 {
			_, _ = decode(data[:n*len(data)/20], f, Limits{})
			if got, err := decode(data, f, Limits{}); err != nil || !bytes.Equal(got, plain) {
				t.Fatalf("%s: %d bytes, %v", f, len(got), err)
			}
		}
	}
}

func FuzzNewReader(f *testing.F) {
	formats := []Format{Gzip, XZ, Zstd, Bzip2, LZ4}
	for i, format := range formats {
		f.Add(byProgram(f, format, []byte("Package: hello\nVersion: 2.10-3\n")), byte(i))
	}
	f.Fuzz(func(t *testing.T, data []byte, which byte) {
		format := formats[int(which)%len(formats)]
		got, err := decode(data, format, Limits{MaxOutput: 1 << 20})
		if kind := problem.KindOf(err); err != nil && kind != problem.Invalid && kind != problem.TooLarge {
			t.Fatalf("%s: kind %s: %v", format, kind, err)
		}
		if len(got) > 1<<20 {
			t.Fatalf("%s: %d bytes", format, len(got))
		}
	})
}
