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

// entry is a package of an index, with the upstream's paths of its files.
type entry struct {
	catalog.Entry
	remote   catalog.Remote
	number   uint32 // among all entries of the indexes
	forgiven bool   // if the upstream refuses its files, it is left out
}

// reading reads all indexes of a plan once. A suite lists a package once in a component. If an
// upstream lists other files as the same version, the first counts, because both cannot have the
// same path in a pool. apt accepts such archives too; a strict config does not. A plan's second
// reading knows from its first which entries to pass over, and remembers none.
type reading struct {
	syncer        *Syncer
	config        Config
	filters       *filters              // used only in the first reading
	indexes       []index               // being read
	at            int                   // number of the index at hand
	listed        uint32                // entries so far, counted from 0
	seen          map[identity]sighting // nil in the second reading
	architectures map[string]bool       // so far; only a flat suite can have arbitrary ones
	repeated      bitset.Builder        // numbers of the entries that are not the first of their kind
	passOver      bitset.Set            // the same, known from the first reading
	duplicates    int                   // entries passed over that have other files than the first
	firstFew      []string              // names of the first duplicates
	conflicts     conflicts             // of a strict config
	forgive       bitset.Builder        // numbers of the entries that are forgiven
	forgiven      bitset.Set            // the same, known from the first reading
	choosing      *choosing             // in a reading that only chooses what is kept
}

// identity is a short digest of a package's identifying fields: a suite lists each identity once.
type identity [16]byte

// Bounds of the entries in the indexes of one sync. Debian bookworm has 700,000 packages.
const (
	maxPackages   = 4 << 20
	maxEntries    = 16 * maxPackages // the repeated ones included: an "all" is listed for each architecture
	maxDuplicates = 5                // that are named
)

func (s *Syncer) newReading(c Config) (*reading, error) {
	f, err := c.filters()
	return &reading{syncer: s, config: c, filters: f, seen: map[identity]sighting{}, architectures: map[string]bool{}}, err
}

// firstReading returns a plan's first reading, which records the entries to pass over. If the
// config chooses packages, an earlier reading has decided that.
func (p *Plan) firstReading(ctx context.Context) (*reading, error) {
	r, err := p.syncer.newReading(p.mirror.Config)
	if err != nil || !p.mirror.Config.chooses() {
		return r, err
	}
	if err := r.choose(ctx, p.indexes); err != nil {
		return nil, err
	}
	r.passOver, r.repeated = r.repeated.Set(), bitset.Builder{}
	r.forgiven = r.forgive.Set()
	r.seen, r.listed = nil, 0
	return r, nil
}

// reread returns a plan's second reading.
func (p *Plan) reread() *reading {
	return &reading{syncer: p.syncer, config: p.mirror.Config, passOver: p.repeated, forgiven: p.forgiven}
}

// entries returns each package once.
func (r *reading) entries(ctx context.Context, indexes []index) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		r.indexes = indexes
		for i, x := range indexes {
			r.at = i
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

// index returns the wanted packages of an index in the pool. It checks the text against its sum in
// Release, if listed, and bounds it by the listed size, or by the largest real index.
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
			yield(entry{}, problem.New(problem.Untrusted, "the uncompressed text differs from the sums of %s in Release", x.path))
		}
	}
}

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

// closeBoth closes a decoder and its source.
type closeBoth struct {
	io.ReadCloser
	below io.Closer
}

func (c closeBoth) Close() error {
	c.ReadCloser.Close()
	return c.below.Close() // the decoder only frees memory
}

// hashing computes the sum of the text read through it.
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
			return e, false, nil // apt ignores other architectures too
		}
		e.Entry, e.remote, err = catalog.FromPackages(s, x.component)
	}
	if err != nil {
		return entry{}, false, err
	}
	e.number = r.listed
	keep, err = r.admit(&e, s)
	if keep && err == nil && r.choosing != nil {
		return e, false, r.choosing.consider(ctx, e.number, &e.Entry, s)
	}
	return e, keep, err
}

// admit reports whether to keep an entry: it is the first of its kind, and the filters match it.
func (r *reading) admit(e *entry, s *deb822.Stanza) (keep bool, err error) {
	r.listed++
	if r.seen == nil {
		e.forgiven = r.forgiven.Contains(e.number)
		return !r.passOver.Contains(e.number), nil
	}
	if err := r.bound(e); err != nil {
		return false, err
	}
	matches, forgives, err := r.filters.match(&e.Entry, s)
	if err != nil {
		return false, err
	}
	if e.forgiven = forgives; forgives {
		r.forgive.Add(e.number)
	}
	if keep, err = r.first(e, s, matches); !keep {
		r.repeated.Add(e.number)
	}
	return keep, err
}

// bound refuses an index with more entries than any real suite.
func (r *reading) bound(e *entry) error {
	if e.number == maxEntries {
		return problem.New(problem.TooLarge, "the suite lists more than %d packages, repeated ones included", maxEntries).
			WithHint("mirror fewer components, architectures or packages")
	}
	if e.Architecture != "all" && e.Type != catalog.Source {
		r.architectures[e.Architecture] = true
	}
	if len(r.architectures) > maxNames {
		return problem.New(problem.TooLarge, "it lists packages for more than %d architectures", maxNames).
			WithHint("name the architectures to mirror")
	}
	if len(r.seen) == maxPackages {
		return problem.New(problem.TooLarge, "the suite has more than %d packages", maxPackages).
			WithHint("mirror fewer components, architectures or packages")
	}
	return nil
}

// first reports whether a matching entry is the first of its kind. A strict config remembers the
// other entries too, to detect contradictions.
func (r *reading) first(e *entry, s *deb822.Stanza, matches bool) (bool, error) {
	if !matches && !r.config.Strict {
		return false, nil
	}
	id, now := r.identify(e), sighting{files: fingerprint(e.Files), index: uint16(r.at), matches: matches}
	if r.config.Strict {
		now.stanza = r.conflicts.stanza(s)
	}
	before, again := r.seen[id]
	switch {
	case !again:
		r.seen[id] = now
		return matches, nil
	case r.config.Strict:
		r.conflicts.compare(e, r.indexes, before, now)
	case before.files != now.files:
		r.note(&e.Entry)
	}
	return false, nil
}

// note counts a duplicate entry.
func (r *reading) note(e *catalog.Entry) {
	if r.duplicates++; len(r.firstFew) < maxDuplicates {
		r.firstFew = append(r.firstFew, fmt.Sprintf("%s %s %s in %s", e.Name, e.Version, e.Architecture, e.Component))
	}
}

// identify returns the identity of an entry, for a strict config without its component.
func (r *reading) identify(e *entry) identity {
	component := e.Component
	if r.config.Strict {
		component = ""
	}
	text := make([]byte, 0, 256)
	for _, part := range [...]string{string(e.Type), component, e.Name, e.Version, e.Architecture} {
		text = append(append(text, part...), 0)
	}
	sum := digest.Of(text)
	return identity(sum[:len(identity{})])
}

// fingerprint returns a checksum of a package's files that does not depend on their order.
func fingerprint(files []catalog.File) (sum uint64) {
	for _, f := range files {
		sum += binary.LittleEndian.Uint64(f.SHA256[:])
	}
	return sum
}
