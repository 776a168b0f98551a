package mirror

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// entry is a package of an index and where the upstream has its files.
type entry struct {
	catalog.Entry
	remote catalog.Remote
}

// reading goes once through all indexes of a plan. A suite lists a package once
// in a component; where an upstream lists another file as the same version, the
// first counts, as the files of both could not stand at one path of a pool. apt
// takes such archives too. A plan's second reading knows from its first what to
// pass over, and remembers nothing of what it saw.
type reading struct {
	syncer        *Syncer
	config        Config
	listed        uint32              // entries so far, counted from 0
	seen          map[identity]uint64 // with what tells the files apart; nil in the second reading
	architectures map[string]bool     // met so far; only a flat suite decides on them itself
	repeated      bitset.Builder      // numbers of the entries that are not the first of their kind
	passOver      bitset.Set          // the same, known from the first reading
	duplicates    int                 // entries passed over that have other files than the first
	firstFew      []string            // of the duplicates
	choosing      *choosing           // in a reading that only chooses what is kept
}

// identity is a short digest of a component and what names a package in it.
type identity [16]byte

// Bounds of what the indexes of one sync may list. All of Debian bookworm has
// 700,000 packages.
const (
	maxPackages   = 4 << 20
	maxEntries    = 16 * maxPackages // the repeated ones included: an "all" is listed for each architecture
	maxDuplicates = 5                // that are named
)

func (s *Syncer) newReading(c Config) *reading {
	return &reading{syncer: s, config: c, seen: map[identity]uint64{}, architectures: map[string]bool{}}
}

// firstReading is that of a plan: it remembers what is to be passed over. Where
// the config chooses packages, that is known from a reading before.
func (p *Plan) firstReading(ctx context.Context) (*reading, error) {
	r := p.syncer.newReading(p.mirror.Config)
	if !p.mirror.Config.chooses() {
		return r, nil
	}
	if err := r.choose(ctx, p.indexes); err != nil {
		return nil, err
	}
	r.passOver, r.repeated = r.repeated.Set(), bitset.Builder{}
	r.seen, r.listed = nil, 0
	return r, nil
}

// reread is the second reading of a plan.
func (p *Plan) reread() *reading {
	return &reading{syncer: p.syncer, config: p.mirror.Config, passOver: p.repeated}
}

// entries gives each package once.
func (r *reading) entries(ctx context.Context, indexes []index) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		for _, x := range indexes {
			for e, err := range r.index(ctx, x) {
				if err != nil {
					yield(entry{}, fmt.Errorf("reading %s: %w", x.path, err))
					return
				}
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}

// index reads an index from the pool: the packages that the config wants. The
// text is checked against Release's own sum of it where there is one, and never
// grows past the size listed, or past what a real index could be.
func (r *reading) index(ctx context.Context, x index) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		text, err := r.open(ctx, x)
		if err != nil {
			yield(entry{}, err)
			return
		}
		defer text.Close()
		hashed := &hashing{from: text, sum: digest.NewHasher(digest.Kinds{})}
		scanner := deb822.NewScanner(hashed, deb822.Options{})
		for scanner.Next() {
			e, keep, err := r.read(ctx, x, scanner.Stanza())
			if err == nil && !keep {
				continue
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
		if err := scanner.Err(); err != nil {
			yield(entry{}, err)
			return
		}
		if got := hashed.sum; x.known && (got.SHA256() != x.plain.SHA256 || got.Size() != x.plain.Size) {
			yield(entry{}, problem.New(problem.Untrusted, "its text is not what Release lists for %s", x.path))
		}
	}
}

// open decompresses an index.
func (r *reading) open(ctx context.Context, x index) (io.ReadCloser, error) {
	b, err := r.syncer.Pool.Open(ctx, x.stored.SHA256)
	if err != nil {
		return nil, err
	}
	limits := compress.Limits{MaxOutput: maxIndex, MaxRatio: maxIndexRatio, Slack: indexSlack}
	if x.known { // one byte more for the empty text: no limit at all means the default
		limits = compress.Limits{MaxOutput: max(1, min(x.plain.Size, maxIndex))}
	}
	text, err := compress.NewReader(b, x.format, limits)
	if err != nil {
		b.Close()
		return nil, err
	}
	return closeBoth{text, b}, nil
}

// A Packages file compresses fivefold, rarely twentyfold.
const (
	maxIndexRatio = 200
	indexSlack    = 16 << 20
)

// closeBoth closes what it reads and what that is read from.
type closeBoth struct {
	io.ReadCloser
	below io.Closer
}

func (c closeBoth) Close() error {
	c.ReadCloser.Close()
	return c.below.Close() // the decoder only gives its memory back
}

// hashing takes the sum of what is read through it.
type hashing struct {
	from io.Reader
	sum  *digest.Hasher
}

func (h *hashing) Read(p []byte) (int, error) {
	n, err := h.from.Read(p)
	h.sum.Write(p[:n])
	return n, err
}

// read turns a stanza into an entry, unless the config does not want it.
func (r *reading) read(ctx context.Context, x index, s *deb822.Stanza) (e entry, keep bool, err error) {
	if !r.config.wants(string(s.Get("Package"))) {
		return e, false, nil
	}
	if x.sources {
		e.Entry, e.remote, err = catalog.FromSources(s, x.component)
	} else {
		architecture := string(s.Get("Architecture"))
		if x.keep != nil && architecture != "" && !slices.Contains(x.keep, architecture) {
			return e, false, nil // apt ignores what is for other machines
		}
		e.Entry, e.remote, err = catalog.FromPackages(s, x.component)
	}
	if err != nil {
		return entry{}, false, err
	}
	number := r.listed
	keep, err = r.admit(&e.Entry)
	if keep && err == nil && r.choosing != nil {
		return e, false, r.choosing.consider(ctx, number, &e.Entry, s)
	}
	return e, keep, err
}

// admit tells whether an entry is the first of its kind.
func (r *reading) admit(e *catalog.Entry) (first bool, err error) {
	number := r.listed
	r.listed++
	if r.seen == nil {
		return !r.passOver.Contains(number), nil
	}
	if number == maxEntries {
		return false, problem.New(problem.TooLarge, "the suite lists more than %d packages, repeated ones included", maxEntries).
			WithHint("mirror fewer components, architectures or packages")
	}
	if e.Architecture != "all" && e.Type != catalog.Source {
		r.architectures[e.Architecture] = true
	}
	if len(r.architectures) > maxNames {
		return false, problem.New(problem.TooLarge, "it lists packages for more than %d architectures", maxNames).
			WithHint("name those that the mirror is to have")
	}
	id, files := identify(e), fingerprint(e.Files)
	if known, seen := r.seen[id]; seen {
		if known != files {
			r.note(e)
		}
		r.repeated.Add(number)
		return false, nil
	}
	if len(r.seen) == maxPackages {
		return false, problem.New(problem.TooLarge, "the suite has more than %d packages", maxPackages).
			WithHint("mirror fewer components, architectures or packages")
	}
	r.seen[id] = files
	return true, nil
}

// note counts an entry that was passed over.
func (r *reading) note(e *catalog.Entry) {
	if r.duplicates++; len(r.firstFew) < maxDuplicates {
		r.firstFew = append(r.firstFew, fmt.Sprintf("%s %s %s in %s", e.Name, e.Version, e.Architecture, e.Component))
	}
}

func identify(e *catalog.Entry) identity {
	text := make([]byte, 0, 256)
	for _, part := range [...]string{string(e.Type), e.Component, e.Name, e.Version, e.Architecture} {
		text = append(append(text, part...), 0)
	}
	sum := digest.Of(text)
	return identity(sum[:len(identity{})])
}

// fingerprint tells the files of two packages apart, in whatever order.
func fingerprint(files []catalog.File) (sum uint64) {
	for _, f := range files {
		sum += binary.LittleEndian.Uint64(f.SHA256[:])
	}
	return sum
}
