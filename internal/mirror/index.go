package mirror

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// index is a Packages or Sources file of the upstream that is wanted.
type index struct {
	path         string // of its plain form, relative to Release
	component    string
	architecture string // of a Packages file: keep those of it and for all
	sources      bool
	plain        blob.Expect // of the plain form; zero when Release does not list it
	format       compress.Format
	stored       blob.Ref // as fetched
}

// maxIndex bounds an index, plain or not, whose size Release does not tell. The
// largest of Debian has some 60 MB.
const maxIndex = 4 << 30

// indexes lists what a config wants of a release. An index that Release does not
// list is as if it were empty, but not all of them may be missing.
func (r release) indexes(c Config) (list []index, err error) {
	if c.Flat() {
		list = r.flat(c)
	} else {
		list = r.pooled(c)
	}
	list = slices.DeleteFunc(list, func(x index) bool { return len(r.forms(x.path)) == 0 })
	for i := range list {
		list[i].plain = r.files[list[i].path]
	}
	if len(list) == 0 {
		return nil, problem.New(problem.Invalid, "Release lists nothing that is wanted").In("architectures").
			WithHint("it has the components %s and the architectures %s", orNone(r.components), orNone(r.architectures))
	}
	return list, nil
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "(none)"
	}
	return strings.Join(list, ", ")
}

func (r release) flat(c Config) []index {
	list := []index{{path: "Packages", component: "main"}}
	if c.Sources {
		list = append(list, index{path: "Sources", component: "main", sources: true})
	}
	return list
}

func (r release) pooled(c Config) (list []index) {
	components, architectures := c.Components, c.Architectures
	if len(components) == 0 {
		for _, name := range r.components {
			components = append(components, name[strings.LastIndexByte(name, '/')+1:])
		}
	}
	if len(architectures) == 0 {
		architectures = r.architectures
	} else if r.allApart && !slices.Contains(architectures, "all") {
		architectures = append(slices.Clone(architectures), "all")
	}
	for _, component := range components {
		for _, a := range architectures {
			list = append(list, index{path: component + "/binary-" + a + "/Packages", component: component, architecture: a})
		}
		if c.Sources {
			list = append(list, index{path: component + "/source/Sources", component: component, sources: true})
		}
	}
	return list
}

// form is one of the shapes of an index that Release lists.
type form struct {
	format compress.Format
	path   string
	expect blob.Expect
}

// forms gives the shapes of an index in the order in which they are tried:
// quick to read and small first.
func (r release) forms(path string) (list []form) {
	for _, f := range []compress.Format{compress.Zstd, compress.XZ, compress.Gzip, compress.Bzip2, compress.LZ4, compress.None} {
		if expect, listed := r.files[path+f.Suffix()]; listed {
			list = append(list, form{f, path + f.Suffix(), expect})
		}
	}
	return list
}

// fetchIndex gets the first form of an index that the upstream really has.
func (s *Syncer) fetchIndex(ctx context.Context, c Config, r release, x *index) error {
	var first error
	for _, f := range r.forms(x.path) {
		plain := join(c.base(), f.path)
		urls := []string{plain}
		if r.byHash {
			directory := f.path[:strings.LastIndexByte(f.path, '/')+1]
			urls = []string{join(c.base(), directory+"by-hash/SHA256/"+f.expect.SHA256.String()), plain}
		}
		if f.expect.Size > maxIndex {
			return problem.New(problem.TooLarge, "%s has %d bytes, more than the limit of %d", f.path, f.expect.Size, int64(maxIndex))
		}
		ref, err := s.get(ctx, urls, f.expect)
		if err == nil {
			x.format, x.stored = f.format, ref
			return nil
		}
		if first == nil {
			first = fmt.Errorf("fetching %s: %w", f.path, err)
		}
		if !problem.Is(err, problem.NotFound) {
			return first
		}
	}
	return first
}

// entry is a package of an index and where the upstream has its files.
type entry struct {
	catalog.Entry
	remote catalog.Remote
}

// entries reads an index from the pool: the packages that the config wants. The
// text is checked against Release's own sum of it where there is one, and never
// grows past the size listed, or past what a real index could be.
func (s *Syncer) entries(ctx context.Context, c Config, x index) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		fail := func(err error) { yield(entry{}, fmt.Errorf("reading %s: %w", x.path, err)) }
		b, err := s.Pool.Open(ctx, x.stored.SHA256)
		if err != nil {
			fail(err)
			return
		}
		defer b.Close()
		limits := compress.Limits{MaxOutput: maxIndex, MaxRatio: maxIndexRatio, Slack: indexSlack}
		known := !x.plain.SHA256.IsZero()
		if known {
			limits = compress.Limits{MaxOutput: min(x.plain.Size, maxIndex)}
		}
		text, err := compress.NewReader(b, x.format, limits)
		if err != nil {
			fail(err)
			return
		}
		defer text.Close()
		hashed := &hashing{from: text, sum: digest.NewHasher(digest.Kinds{})}
		scanner := deb822.NewScanner(hashed, deb822.Options{})
		for scanner.Next() {
			e, keep, err := c.read(x, scanner.Stanza())
			if err != nil {
				fail(err)
				return
			}
			if keep && !yield(e, nil) {
				return
			}
		}
		if err := scanner.Err(); err != nil {
			fail(err)
			return
		}
		if got := hashed.sum; known && (got.SHA256() != x.plain.SHA256 || got.Size() != x.plain.Size) {
			fail(problem.New(problem.Untrusted, "its text is not what Release lists for %s", x.path))
		}
	}
}

// A Packages file compresses fivefold, rarely twentyfold.
const (
	maxIndexRatio = 200
	indexSlack    = 16 << 20
)

// read turns a stanza into an entry, unless the config does not want it.
func (c Config) read(x index, s *deb822.Stanza) (e entry, keep bool, err error) {
	if !c.wants(string(s.Get("Package"))) {
		return e, false, nil
	}
	if x.sources {
		e.Entry, e.remote, err = catalog.FromSources(s, x.component)
		return e, err == nil, err
	}
	e.Entry, e.remote, err = catalog.FromPackages(s, x.component)
	if err == nil && len(c.Architectures) > 0 && e.Architecture != "all" && !slices.Contains(c.Architectures, e.Architecture) {
		return e, false, nil // a flat index lists every architecture
	}
	return e, err == nil, err
}
