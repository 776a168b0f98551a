package publish

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

const packages = "dists/stable/main/binary-amd64/Packages"

func TestAReleaseListsAndServesItsIndexes(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.change(t, append(many(1000, "1"), entry("arch-all", "1", "all", "")), nil)
		h.publish(t, h.place)
		plain := h.read(t, packages, 0)
		if n := bytes.Count(plain, []byte("Package: ")); n != 1001 {
			t.Errorf("Packages lists %d packages", n)
		}
		for _, f := range []compress.Format{compress.Gzip, compress.Zstd} {
			if !bytes.Equal(unpack(t, h.read(t, packages+f.Suffix(), 0), f), plain) {
				t.Errorf("Packages%s has another text than Packages", f.Suffix())
			}
		}
		release, err := deb822.Parse(h.read(t, "dists/stable/Release", 0))
		if err != nil {
			t.Fatal(err)
		}
		listed := 0
		for sum, err := range deb822.Checksums(release.Get("SHA256"), deb822.SHA256) {
			if err != nil {
				t.Fatal(err)
			}
			data := h.read(t, "dists/stable/"+string(sum.Name), 0)
			byHash := "dists/stable/" + string(sum.Name[:bytes.LastIndexByte(sum.Name, '/')+1]) + "by-hash/SHA256/" + string(sum.Sum)
			if digest.Of(data).String() != string(sum.Sum) || !bytes.Equal(h.read(t, byHash, 0), data) {
				t.Errorf("%s is not what Release says, by name or by hash", sum.Name)
			}
			listed++
		}
		if listed != 4 {
			t.Errorf("Release lists %d files, not three forms of Packages and a Release", listed)
		}
	})
}

func TestReleaseText(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.change(t, []catalog.Entry{entry("hello", "1.0", "amd64", "")}, nil)
		p := h.publication(t, "full", "stable/updates", Options{
			Origin: "Example", Label: "Tools", Suite: "stable", Codename: "buzz", Version: "1.1", Description: "All tools",
			NotAutomatic: true, ButAutomaticUpgrades: true, ValidFor: 48 * time.Hour, Architectures: []string{"arm64", "amd64"},
			Formats: []compress.Format{compress.Gzip}, Sums: Sums{MD5: true},
		})
		h.publish(t, p)
		data, _, err := h.get(t, "full", "dists/stable/updates/Release", 0)
		if err != nil {
			t.Fatal(err)
		}
		want := `Origin: Example
Label: Tools
Suite: stable
Version: 1.1
Codename: buzz
Date: Fri, 15 Jan 2027 08:00:00 UTC
Valid-Until: Sun, 17 Jan 2027 08:00:00 UTC
NotAutomatic: yes
ButAutomaticUpgrades: yes
Acquire-By-Hash: yes
Architectures: amd64 arm64
Components: main
Description: All tools
MD5Sum:
`
		if !bytes.HasPrefix(data, []byte(want)) {
			t.Errorf("got\n%s", data)
		}
	})
}

func TestAnEmptyPublicationCanBeRead(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.publish(t, h.place)
		all := "dists/stable/main/binary-all/Packages"
		if got := unpack(t, h.read(t, all+".gz", 0), compress.Gzip); len(got) != 0 {
			t.Errorf("%d bytes", len(got))
		}
		h.change(t, many(3, "1"), nil)
		h.publish(t, h.place)
		h.change(t, nil, many(3, "1"))
		h.publish(t, h.place)
		if got := h.read(t, all, 0); len(got) != 0 {
			t.Errorf("%d bytes after everything was removed", len(got))
		}
	})
}

// TestAChangedIndexIsTheOneBuiltFromNothing is the heart of cheap publishing:
// whatever the way to a state, its release has the same bytes.
func TestAChangedIndexIsTheOneBuiltFromNothing(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) { changedIsFromNothing(t, h, 1500, compress.Zstd) })
}

// changedIsFromNothing changes a repo of n packages at random; one compressed
// form of the index is read back each time.
func changedIsFromNothing(t *testing.T, h *house, n int, f compress.Format) {
	t.Helper()
	h.change(t, many(n, "1"), nil)
	h.publish(t, h.place)
	rapid.Check(t, func(r *rapid.T) {
		pick := func(label, version string) (list []catalog.Entry) {
			for _, i := range rapid.SliceOfN(rapid.IntRange(0, n+200), 0, 8).Draw(r, label) {
				list = append(list, entry(fmt.Sprintf("package-%05d", i), version, "amd64", ""))
			}
			return list
		}
		h.change(r, append(pick("add", "1"), pick("upgrade", "2")...), append(pick("remove", "1"), pick("remove 2", "2")...))
		if from := rapid.IntRange(0, n-100).Draw(r, "a run from"); rapid.Bool().Draw(r, "remove a run") {
			h.change(r, nil, many(n, "1")[from:from+100])
		}
		h.sameAsRebuilt(r, h.place)
		h.read(r, packages+f.Suffix(), 0)
	})
}

func TestOnePackageTouchesOneChunk(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.change(t, many(5000, "1"), nil)
		first := h.publish(t, h.place)
		before := h.blobs(t)
		h.change(t, []catalog.Entry{entry("package-02500", "2", "amd64", "")}, nil)
		second := h.publish(t, h.place)
		if added := h.blobs(t) - before; added > 4 { // a piece of gz and of zst, Release, perhaps one split in two
			t.Errorf("one package more made %d new blobs", added)
		}
		a, _ := first.file(packages)
		b, _ := second.file(packages)
		if a.SHA256 == b.SHA256 {
			t.Error("the index did not change")
		}
	})
}

func TestEveryReleaseIsServedAtItsTime(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		var releases []Release
		var texts [][]byte
		for i := range 5 {
			h.change(t, []catalog.Entry{entry("hello", fmt.Sprintf("1.%d", i), "amd64", "")}, nil)
			releases = append(releases, h.publish(t, h.place))
			texts = append(texts, h.read(t, "dists/stable/Release", 0))
		}
		for i, r := range releases {
			if got := h.read(t, "dists/stable/Release", r.At); !bytes.Equal(got, texts[i]) {
				t.Errorf("release %d at its own time is not as it was", r.Number)
			}
			deb := fmt.Sprintf("pool/main/h/hello/hello_1.%d_amd64.deb", i)
			if _, s, err := h.get(t, "debian", deb, 0); s.SHA256.IsZero() {
				t.Errorf("%s: %v", deb, err)
			}
			if i > 0 {
				if _, _, err := h.get(t, "debian", deb, releases[i-1].At); !problem.Is(err, problem.NotFound) {
					t.Errorf("%s before it was published: %v", deb, err)
				}
			}
			if i > 0 && releases[i].Modified <= releases[i-1].Modified {
				t.Error("two releases have the same Last-Modified")
			}
		}
		if _, _, err := h.get(t, "debian", "dists/stable/Release", releases[0].At-1); !problem.Is(err, problem.NotFound) {
			t.Errorf("before the first release: %v", err)
		}
	})
}

func TestWhatIsReplacedIsServedForAWhile(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		old := entry("hello", "1", "amd64", "")
		h.change(t, []catalog.Entry{old}, nil)
		first := h.publish(t, h.place)
		h.change(t, []catalog.Entry{entry("hello", "2", "amd64", "")}, []catalog.Entry{old})
		h.publish(t, h.place)
		index, _ := first.file(packages + ".gz")
		h.read(t, "dists/stable/main/binary-amd64/by-hash/SHA256/"+index.SHA256.String(), 0)
		const deb = "pool/main/h/hello/hello_1_amd64.deb"
		if _, s, _ := h.get(t, "debian", deb, 0); s.SHA256 != old.Files[0].SHA256 {
			t.Error("the package that the last index lists is gone")
		}
		h.tx(t, func(ctx context.Context, tx *db.Tx) error {
			tree, err := h.store.Now(ctx, tx, BuiltIn, "debian")
			if err != nil {
				return err
			}
			if _, err := tree.Find(ctx, tx, deb, Grace{Releases: 0, Since: time.Now().Add(time.Hour).UnixMicro()}); !problem.Is(err, problem.NotFound) {
				t.Errorf("after the grace: %v", err)
			}
			return nil
		})
	})
}

func TestHostilePathsFindNothing(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.change(t, []catalog.Entry{entry("hello", "1", "amd64", "")}, nil)
		r := h.publish(t, h.place)
		index, _ := r.file(packages)
		for _, path := range []string{
			"", "dists", "dists/", "dists/stable", "dists/stable/../stable/Release", "pool/main/h/hello/", "pool/main/h/hello/hello_2_amd64.deb",
			"pool/main/l/hello/hello_1_amd64.deb", "pool/contrib/h/hello/hello_1_amd64.deb", "pool/hello_1_amd64.deb", "pool//h/hello/hello_1_amd64.deb",
			"dists/stable/main/by-hash/SHA256/" + index.SHA256.String(),
			"dists/stable/main/binary-amd64/by-hash/MD5Sum/" + index.SHA256.String(),
			"dists/stable/main/binary-amd64/by-hash/SHA256/" + strings.ToUpper(index.SHA256.String()),
			"dists/stable/main/binary-amd64/by-hash/SHA256/../../../Release", "etc/passwd",
		} {
			if _, _, err := h.get(t, "debian", path, 0); !problem.Is(err, problem.NotFound) {
				t.Errorf("%q: %v", path, err)
			}
		}
	})
}

func TestConflictsAreToldBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.change(t, []catalog.Entry{entry("hello", "1", "amd64", ""), entry("hello", "1", "amd64", "other bytes")}, nil)
		if _, err := h.build(t, h.place, false); !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "hello 1 amd64") {
			t.Errorf("two contents in one publication: %v", err)
		}
		h.change(t, nil, []catalog.Entry{entry("hello", "1", "amd64", "")})
		h.publish(t, h.place)
		h.change(t, []catalog.Entry{entry("hello", "1", "amd64", "")}, []catalog.Entry{entry("hello", "1", "amd64", "other bytes")})
		beside := h.publication(t, "debian", "testing", Options{})
		if _, err := h.build(t, beside, false); !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "pool/main/h/hello/hello_1_amd64.deb") {
			t.Errorf("two contents below one prefix: %v", err)
		}
		elsewhere := h.publication(t, "other", "testing", Options{})
		if _, err := h.build(t, elsewhere, false); err != nil {
			t.Errorf("another prefix: %v", err)
		}
	})
}

func TestASecondCommitOfOneReleaseIsRefused(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.change(t, many(3, "1"), nil)
		b, err := h.build(t, h.place, false)
		if err != nil {
			t.Fatal(err)
		}
		h.publish(t, h.place)
		err = h.db.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := h.store.Commit(t.Context(), tx, b, 0)
			return err
		})
		if !problem.Is(err, problem.Conflict) {
			t.Errorf("got %v", err)
		}
	})
}

func TestNothingNewIsSeen(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.change(t, many(3, "1"), nil)
		h.publish(t, h.place)
		b, err := h.build(t, h.place, false)
		if err != nil || !b.Same() {
			t.Errorf("the same views again: same is %v, %v", b.Same(), err)
		}
		h.change(t, many(4, "1"), nil)
		if b, err = h.build(t, h.place, false); err != nil || b.Same() {
			t.Errorf("one package more: same is %v, %v", b.Same(), err)
		}
	})
}

func TestPlacesThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ prefix, distribution string }{
		{"", "stable"}, {"/debian", "stable"}, {"debian/", "stable"}, {"a//b", "stable"}, {"../x", "stable"}, {"a/dists/b", "stable"},
		{"a/20260101T000000Z", "stable"}, {"debian", ""}, {"debian", "."}, {"debian", "a/../b"}, {"debian", "stable/"}, {"debian", "a b"}, {"debian", "x/by-hash"},
	} {
		if err := CheckPlace(c.prefix, c.distribution); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q %q: %v", c.prefix, c.distribution, err)
		}
	}
	for _, c := range []struct{ prefix, distribution string }{{"debian", "bookworm"}, {"a/b_c", "stable/updates"}, {"x", "1.0+dev~1"}} {
		if err := CheckPlace(c.prefix, c.distribution); err != nil {
			t.Errorf("%q %q: %v", c.prefix, c.distribution, err)
		}
	}
}
