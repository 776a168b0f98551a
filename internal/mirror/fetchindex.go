package mirror

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/fetch"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

// maxIndex bounds an index, compressed or not, whose size Release does not list. Debian's largest
// has some 60 MB.
const maxIndex = 4 << 30

// form is one compression of a file that Release lists.
type form struct {
	format compress.Format
	path   string
	expect blob.Expect
}

// formats are in the order of the tries: quick to read and small first.
var formats = []compress.Format{compress.Zstd, compress.XZ, compress.Gzip, compress.Bzip2, compress.LZ4, compress.None}

// forms returns the readable forms of an index.
func (r release) forms(path string) []form { return r.formsIn(path, formats) }

// urls returns the URLs of a file, the one by hash first if the archive offers it and Release lists
// the file.
func (r release) urls(c Config, path string, expect blob.Expect) []string {
	plain := join(c.base(), path)
	if _, listed := r.files[path]; !r.byHash || !listed {
		return []string{plain}
	}
	directory := path[:strings.LastIndexByte(path, '/')+1]
	return []string{join(c.base(), directory+"by-hash/SHA256/"+expect.SHA256.String()), plain}
}

// fetchIndex downloads the first form of an index that the upstream really has, for a verbatim
// mirror in the order that suits its clients.
func (s *Syncer) fetchIndex(ctx context.Context, c Config, r release, x *index) error {
	order := formats
	if c.Verbatim {
		order = smallestFirst
	}
	var first error
	for _, f := range r.formsIn(x.path, order) {
		ref, err := s.fetchForm(ctx, c, r, f, maxIndex)
		if err == nil {
			x.format, x.stored = f.format, ref
			return nil
		}
		if first == nil {
			first = fmt.Errorf("fetching %s: %w", f.path, err)
		}
		if !absent(err) {
			return first
		}
	}
	return first
}

// formsIn returns the listed forms of a file in these formats, in their order.
func (r release) formsIn(path string, formats []compress.Format) (list []form) {
	for _, f := range formats {
		if expect, listed := r.files[path+f.Suffix()]; listed {
			list = append(list, form{f, path + f.Suffix(), expect})
		}
	}
	return list
}

// fetchForm downloads one form of a file, unless the pool has it.
func (s *Syncer) fetchForm(ctx context.Context, c Config, r release, f form, limit int64) (blob.Ref, error) {
	if f.expect.Size > limit {
		return blob.Ref{}, problem.New(problem.TooLarge, "%s has %d bytes, more than the limit of %d", f.path, f.expect.Size, limit)
	}
	size, err := s.Pool.Stat(ctx, f.expect.SHA256)
	if err == nil && (f.expect.Size < 0 || size == f.expect.Size) {
		return blob.Ref{SHA256: f.expect.SHA256, Size: size}, nil
	}
	if err != nil && !problem.Is(err, problem.NotFound) {
		return blob.Ref{}, fmt.Errorf("reading the pool: %w", err)
	}
	return s.Client.Blob(ctx, s.Pool, fetch.Request{URLs: r.urls(c, f.path, f.expect), Expect: f.expect, MaxBytes: limit})
}

// checkText decompresses an item in the pool and compares the text with Release.
func (s *Syncer) checkText(ctx context.Context, it item) error {
	b, err := s.Pool.Open(ctx, it.took.expect.SHA256)
	if err != nil {
		return err
	}
	defer b.Close()
	// One byte more for the empty text: no limit at all means the default.
	text, err := compress.NewReader(b, it.took.format, compress.Limits{MaxOutput: max(1, min(it.text.Size, maxItemSize))})
	if err != nil {
		return err
	}
	sum := digest.NewHasher(digest.Kinds{})
	_, err = io.Copy(sum, blob.WithContext(ctx, text))
	if err = errors.Join(err, text.Close()); err != nil {
		return err
	}
	if sum.SHA256() != it.text.SHA256 || sum.Size() != it.text.Size {
		return problem.New(problem.Untrusted, "the uncompressed text differs from the sums of %s in Release", it.path)
	}
	return nil
}

// maxRelease bounds InRelease, Release and Release.gpg; Debian's are 150 KB.
const maxRelease = 32 << 20

// fetched is a downloaded and verified Release file.
type fetched struct {
	text       []byte // the signed text
	name       digest.SHA256
	conditions fetch.Conditions
	detached   bool
	signedBy   []string
	unchanged  bool
	files      map[string][]byte // unchanged, by name
}

// fetchRelease downloads and verifies InRelease, or without one Release with its detached
// signature. If it is the same as in the last sync, only unchanged is set.
func (s *Syncer) fetchRelease(ctx context.Context, m Mirror, force bool, now time.Time) (fetched, error) {
	var inline, apart State // the last sync, in the field of its form
	switch {
	case force || !m.current() || m.State.Skipped > 0:
	case m.State.Detached:
		apart = m.State
	default:
		inline = m.State
	}
	detached := sync.OnceValues(func() (fetched, error) { return s.detached(ctx, m.Config, apart, now) })
	if m.State.Detached { // first the form of the last sync: no change costs one request
		if f, err := detached(); err == nil && f.unchanged {
			return f, nil
		}
	}
	f, err := s.clearSigned(ctx, m.Config, inline, now)
	if !absent(err) {
		return f, err
	}
	f, apartErr := detached()
	if problem.Is(err, problem.Denied) && absent(apartErr) {
		return fetched{}, err // we may read nothing here: the first answer says why
	}
	return f, apartErr
}

// absent reports whether an error means a missing file. S3 answers 403 for it unless the client may
// list the bucket.
func absent(err error) bool {
	return problem.Is(err, problem.NotFound) || problem.Is(err, problem.Denied)
}

func (s *Syncer) clearSigned(ctx context.Context, c Config, known State, now time.Time) (fetched, error) {
	doc, err := s.Client.Document(ctx, join(c.base(), "InRelease"), known.Conditions, maxRelease)
	if err != nil {
		return fetched{}, fmt.Errorf("fetching InRelease: %w", err)
	}
	f := fetched{name: digest.Of(doc.Body), conditions: doc.Conditions, files: map[string][]byte{"InRelease": doc.Body}}
	if f.unchanged = doc.NotModified || f.name == known.Release; f.unchanged {
		return f, nil
	}
	if c.Keyring == "" {
		f.text, err = openpgp.Cleartext(doc.Body)
		return f, err
	}
	keys, err := openpgp.ReadKeys([]byte(c.Keyring))
	if err != nil {
		return fetched{}, err
	}
	var by []openpgp.Signature
	f.text, by, err = openpgp.VerifyClearSigned(doc.Body, keys, c.policy(now))
	if err != nil {
		return fetched{}, fmt.Errorf("verifying InRelease of %s: %w", c.Redacted().base(), err)
	}
	f.signedBy = fingerprints(by)
	return f, nil
}

func (s *Syncer) detached(ctx context.Context, c Config, known State, now time.Time) (fetched, error) {
	doc, err := s.Client.Document(ctx, join(c.base(), "Release"), known.Conditions, maxRelease)
	if err != nil {
		return fetched{}, fmt.Errorf("fetching Release: %w", err)
	}
	f := fetched{
		name: digest.Of(doc.Body), conditions: doc.Conditions, detached: true, text: doc.Body,
		files: map[string][]byte{"Release": doc.Body},
	}
	if f.unchanged = doc.NotModified || f.name == known.Release; f.unchanged || c.Keyring == "" {
		return f, nil
	}
	signature, err := s.Client.Document(ctx, join(c.base(), "Release.gpg"), fetch.Conditions{}, maxRelease)
	if absent(err) {
		return fetched{}, problem.New(problem.Untrusted, "the suite at %s is not signed: it has neither InRelease nor Release.gpg", c.Redacted().base()).
			WithHint("leave the keyring out to accept it unsigned, trusting only the connection")
	}
	if err != nil {
		return fetched{}, fmt.Errorf("fetching Release.gpg: %w", err)
	}
	keys, err := openpgp.ReadKeys([]byte(c.Keyring))
	if err != nil {
		return fetched{}, err
	}
	by, err := openpgp.VerifyDetached(doc.Body, signature.Body, keys, c.policy(now))
	if err != nil {
		return fetched{}, fmt.Errorf("verifying Release of %s: %w", c.Redacted().base(), err)
	}
	f.signedBy, f.files["Release.gpg"] = fingerprints(by), signature.Body
	return f, nil
}

func (c Config) policy(now time.Time) openpgp.Policy {
	return openpgp.Policy{Now: now, AcceptExpiredKeys: c.AcceptExpired}
}

func fingerprints(by []openpgp.Signature) []string {
	list := make([]string, len(by))
	for i, s := range by {
		list[i] = s.Fingerprint
	}
	return list
}
