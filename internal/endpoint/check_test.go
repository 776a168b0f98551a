package endpoint

import (
	"context"
	"io"
	"io/fs"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// good gives a file that every place takes.
func good(path string) File {
	return File{
		Path: path, Size: 5, SHA256: digest.Of([]byte("hello")), Modified: time.Unix(1_000_000_000, 0),
		Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("hello")), nil },
	}
}

func TestPathsOfArchivesAreTaken(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"dists/trixie/InRelease", "pool/main/g/gcc-14/libstdc++6_14.2.0-19_amd64.deb", "a b", "a..b/c~", "ä/ö",
		strings.Repeat("a", MaxPart), strings.Repeat("a/", MaxPath/2-1) + "ab",
	} {
		if err := CheckPath(path); err != nil {
			t.Error(err)
		}
	}
}

func TestHostilePathsAreRefused(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"", ".", "/", "/etc/passwd", "../up", "a/../b", "a//b", "a/", "./a", "a/.", ".hidden", "a/.b/c", "...",
		"a\x00b", "a\nb", "a/\x7f", "a/\u0085", "a\xffb", strings.Repeat("a", MaxPart+1), strings.Repeat("a/", MaxPath/2) + "b",
	} {
		if err := CheckPath(path); !problem.Is(err, problem.Invalid) {
			t.Errorf("%.50q gives %v", path, err)
		}
	}
}

func TestFilesThatNoPlaceCanTakeAreRefused(t *testing.T) {
	t.Parallel()
	if err := Check(good("a")); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*File){
		"a bad path":             func(f *File) { f.Path = "../a" },
		"like a bad path":        func(f *File) { f.Like = "../a" },
		"like itself":            func(f *File) { f.Like = f.Path },
		"a negative size":        func(f *File) { f.Size = -1 },
		"no digest":              func(f *File) { f.SHA256 = digest.SHA256{} },
		"no time":                func(f *File) { f.Modified = time.Time{} },
		"the beginning of time":  func(f *File) { f.Modified = time.Unix(0, 0) },
		"a fraction of a second": func(f *File) { f.Modified = f.Modified.Add(1) },
		"no bytes":               func(f *File) { f.Open = nil },
	} {
		f := good("a")
		spoil(&f)
		if err := Check(f); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s gives %v", name, err)
		}
		if err := CheckStages([]Stage{{good("b")}, {f}}); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s in a stage gives %v", name, err)
		}
	}
}

func TestStagesThatContradictThemselvesAreRefused(t *testing.T) {
	t.Parallel()
	like := good("like")
	like.Like = "a"
	other := good("a")
	other.SHA256 = digest.Of([]byte("other"))
	longer := good("a")
	longer.Size++
	for name, c := range map[string]struct {
		stages []Stage
		taken  bool
	}{
		"nothing":                      {nil, true},
		"an empty stage":               {[]Stage{{}, {good("a")}}, true},
		"like a file there already":    {[]Stage{{like}}, true},
		"like another":                 {[]Stage{{good("a")}, {like}}, true},
		"a path twice in a stage":      {[]Stage{{good("a"), good("a")}}, false},
		"a path in two stages":         {[]Stage{{good("a")}, {good("a")}}, false},
		"like one with other bytes":    {[]Stage{{other}, {like}}, false},
		"like one of another length":   {[]Stage{{longer}, {like}}, false},
		"like one that comes after it": {[]Stage{{like}, {other}}, false},
	} {
		if err := CheckStages(c.stages); (err == nil) != c.taken || err != nil && !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzPathsThatPassStayBelowTheRoot(f *testing.F) {
	for _, seed := range []string{"dists/trixie/InRelease", "../x", "a/./b", "/x", "a\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if CheckPath(name) != nil {
			return
		}
		if !fs.ValidPath(name) || path.Join("/root", name) != "/root/"+name || strings.Contains("/"+name, "/.") || strings.ContainsAny(name, "\x00\r\n\t") {
			t.Errorf("%q passed", name)
		}
	})
}
