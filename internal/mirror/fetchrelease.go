package mirror

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/fetch"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

// maxRelease bounds InRelease, Release and Release.gpg; Debian's are 150 KB.
const maxRelease = 32 << 20

// fetched is a Release file as it came and was verified.
type fetched struct {
	text       []byte // what was signed
	name       digest.SHA256
	conditions fetch.Conditions
	detached   bool
	signedBy   []string
	unchanged  bool
	files      map[string][]byte // as they came, by name
}

// fetchRelease gets InRelease, or Release with its detached signature where
// there is none, and verifies it. When it is what the last sync saw, nothing but
// unchanged is set.
func (s *Syncer) fetchRelease(ctx context.Context, m Mirror, force bool, now time.Time) (fetched, error) {
	var inline, apart State // what is known of each form
	switch {
	case force || !m.current() || m.State.Skipped > 0:
	case m.State.Detached:
		apart = m.State
	default:
		inline = m.State
	}
	detached := sync.OnceValues(func() (fetched, error) { return s.detached(ctx, m.Config, apart, now) })
	if m.State.Detached { // ask first for what was there, so that nothing new costs one request
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
		return fetched{}, err // nothing may be read here: the first answer says why
	}
	return f, apartErr
}

// absent tells whether a file is not there as far as we are told. S3 answers 403
// for what is not there to those who may not list the bucket.
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
			WithHint("leave the keyring out to take it unsigned, on the word of the connection alone")
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
