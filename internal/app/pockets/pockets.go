package pockets

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/keyring"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// PocketPath names a pocket.
type PocketPath = pocket.Path

// The modes of pockets.
const (
	PocketMirrors = string(pocket.Mirror)
	PocketPulls   = string(pocket.Pull)
	PocketUploads = string(pocket.Upload)
)

// Pocket is a part of a series, as callers see it.
type Pocket struct {
	ID            int64         `json:"id"`
	Name          string        `json:"name"`
	Series        string        `json:"series"`
	Distribution  string        `json:"distribution"`
	Mode          string        `json:"mode" enum:"mirror,pull,upload"`
	Components    []string      `json:"components"`
	Architectures []string      `json:"architectures"`
	UDebs         bool          `json:"udebs"`
	Key           string        `json:"key" doc:"Name of the key that signs the suite"`
	Mirror        *PocketMirror `json:"mirror,omitempty"`
	Pull          *PocketPull   `json:"pull,omitempty"`
	Upload        *PocketUpload `json:"upload,omitempty"`
	Collection    string        `json:"collection" doc:"What it lists: its history, its past states and its packages are those of this mirror or repo"`
	Prefix        string        `json:"prefix" doc:"Where it is published"`
	Suite         string        `json:"suite" doc:"Below dists there"`
	SourceLine    string        `json:"source_line" doc:"For a sources list of apt"`
	Packages      int           `json:"packages"`
	Revision      int64         `json:"revision"`
	CreatedAt     time.Time     `json:"created_at"`
}

// PocketMirror is what a pocket that mirrors follows.
type PocketMirror struct {
	URL   string `json:"url" doc:"Without the password that it may hold"`
	Suite string `json:"suite"`
	Key   string `json:"key,omitempty" doc:"Name of the key that signs it; empty: the archive keys of this machine"`
}

// PocketPull is what a pocket that pulls takes.
type PocketPull struct {
	Series  string   `json:"series"`
	Pocket  string   `json:"pocket"`
	Filter  string   `json:"filter,omitempty" enum:",allowlist,blocklist"`
	Filters []string `json:"filters,omitempty" doc:"Names of packages"`
}

// PocketUpload is who may send to a pocket that takes uploads.
type PocketUpload struct {
	AllowUnsigned bool       `json:"allow_unsigned"`
	Keys          []keys.Key `json:"keys"`
}

// Path names the pocket.
func (p Pocket) Path() PocketPath {
	return PocketPath{Distribution: p.Distribution, Series: p.Series, Pocket: p.Name}
}

// Pocket gives one pocket.
func (s *Service) Get(ctx context.Context, path PocketPath) (Pocket, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (Pocket, error) {
		at, err := s.PocketNamed(ctx, tx, path)
		if err != nil {
			return Pocket{}, err
		}
		return s.ShowPocket(ctx, tx, at)
	})
}

// pocketAt is a pocket in its place.
type pocketAt struct {
	Distribution pocket.Distribution
	series       pocket.Series
	Pocket       pocket.Pocket
}

func (at pocketAt) Path() PocketPath {
	return PocketPath{Distribution: at.Distribution.Name, Series: at.series.Name, Pocket: at.Pocket.Name}
}

// subject names a pocket to activities and the audit log.
func (at pocketAt) subject() string { return pocketSubject(at.Path()) }

func pocketSubject(path PocketPath) string { return "pocket:" + path.String() }

// summary says in one line what is done with a pocket.
func (at pocketAt) summary(what string) string {
	return fmt.Sprintf("%s pocket '%s' of series '%s' in distribution '%s'", what, at.Pocket.Name, at.series.Name, at.Distribution.Name)
}

// pocketNamed finds a pocket that the caller may see.
func (s *Service) PocketNamed(ctx context.Context, tx *db.Tx, path PocketPath) (at pocketAt, err error) {
	if at.Distribution, err = s.pocket.Distribution(ctx, tx, path.Distribution); err != nil {
		return at, err
	}
	if err := access.RequireIn(ctx, access.Read, at.Distribution.AccessGroup); err != nil {
		return at, err
	}
	return s.PocketIn(ctx, tx, at.Distribution, path)
}

// pocketIn finds a pocket of a distribution.
func (s *Service) PocketIn(ctx context.Context, tx *db.Tx, d pocket.Distribution, path PocketPath) (at pocketAt, err error) {
	at.Distribution = d
	if at.series, err = s.pocket.Series(ctx, tx, d, "series", path.Series); err != nil {
		return at, err
	}
	at.Pocket, err = s.pocket.Get(ctx, tx, at.series, "name", path.Pocket)
	return at, err
}

// pocketByID finds the place of a pocket.
func (s *Service) PocketByID(ctx context.Context, tx *db.Tx, id int64) (at pocketAt, err error) {
	if at.Pocket, err = s.pocket.ByID(ctx, tx, id); err != nil {
		return at, err
	}
	if at.series, err = s.pocket.SeriesOf(ctx, tx, at.Pocket); err != nil {
		return at, err
	}
	at.Distribution, err = s.pocket.DistributionOf(ctx, tx, at.series)
	return at, err
}

// pocketToChange finds a pocket that the caller may change, of a distribution on which
// nothing is at work.
func (s *Service) pocketToChange(ctx context.Context, tx *db.Tx, path PocketPath) (pocketAt, error) {
	d, err := s.distribution(ctx, tx, path.Distribution)
	if err != nil {
		return pocketAt{}, err
	}
	at, err := s.PocketIn(ctx, tx, d, path)
	if err != nil {
		return at, err
	}
	return at, idle(ctx, tx, d)
}

// prefixOfDistribution is where the pockets of a distribution are published.
func prefixOfDistribution(name string) string { return "repository/" + Account + "/" + name }

func (s *Service) ShowPocket(ctx context.Context, tx *db.Tx, at pocketAt) (Pocket, error) {
	p, path := at.Pocket, at.Path()
	c, err := s.k.Catalog.ByID(ctx, tx, p.Collection)
	if err != nil {
		return Pocket{}, err
	}
	set, err := s.k.Catalog.Set(ctx, tx, c.View())
	if err != nil {
		return Pocket{}, err
	}
	if set, err = s.k.Catalog.PackagesOf(ctx, tx, set); err != nil {
		return Pocket{}, err
	}
	show := Pocket{
		ID: p.ID, Name: p.Name, Series: at.series.Name, Distribution: at.Distribution.Name, Mode: string(p.Mode),
		Components: usecase.OrEmpty(p.Components), Architectures: usecase.OrEmpty(p.Architectures), UDebs: p.UDebs,
		Collection: c.Ref(), Prefix: prefixOfDistribution(at.Distribution.Name), Suite: path.Suite(),
		Packages: set.Len(), Revision: c.Head, CreatedAt: usecase.Stamp(p.CreatedAt),
	}
	address, err := s.publications.Address(ctx, tx, publish.BuiltIn)
	if err != nil {
		return Pocket{}, err
	}
	show.SourceLine = fmt.Sprintf("deb %s/%s %s %s", strings.TrimSuffix(address, "/archive"), show.Prefix, show.Suite, strings.Join(p.Components, " "))
	if show.Key, err = s.KeyName(ctx, tx, p.Key); err != nil {
		return Pocket{}, err
	}
	return show, s.showMode(ctx, tx, p, &show)
}

// showMode adds what only pockets of the mode have.
func (s *Service) showMode(ctx context.Context, tx *db.Tx, p pocket.Pocket, show *Pocket) error {
	switch p.Mode {
	case pocket.Mirror:
		m, err := s.mirror.ByID(ctx, tx, p.Collection)
		if err != nil {
			return err
		}
		show.Mirror = &PocketMirror{URL: m.Config.Redacted().URL, Suite: m.Config.Suite}
		if p.MirrorKey != "" {
			show.Mirror.Key, err = s.KeyName(ctx, tx, p.MirrorKey)
		}
		return err
	case pocket.Pull:
		show.Pull = &PocketPull{Series: p.PullSeries, Pocket: p.PullPocket, Filter: string(p.Filter), Filters: p.Filters}
	case pocket.Upload:
		show.Upload = &PocketUpload{AllowUnsigned: p.AllowUnsigned, Keys: []keys.Key{}}
		for _, fingerprint := range p.Uploaders {
			k, err := s.keyring.Get(ctx, tx, fingerprint)
			if err != nil {
				return err
			}
			show.Upload.Keys = append(show.Upload.Keys, s.keys.Show(k))
		}
	}
	return nil
}

// keyName gives the name of a stored key by its fingerprint.
func (s *Service) KeyName(ctx context.Context, tx *db.Tx, fingerprint string) (string, error) {
	k, err := s.keyring.Get(ctx, tx, fingerprint)
	return k.Name, err
}

// DropPocket drops a pocket: nothing is served at its suite from now on, but its past
// times are. Pockets that pull from it keep what they have; profiles lose it.
func (s *Service) Drop(ctx context.Context, path PocketPath) error {
	_, err := usecase.Change(ctx, s.k, usecase.Act{Permission: access.Anyone, Action: "pocket.drop", Subject: pocketSubject(path)}, func(tx *db.Tx, _ *usecase.Act) (struct{}, error) {
		at, err := s.pocketToChange(ctx, tx, path)
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, s.dropPocket(ctx, tx, at.Pocket)
	})
	return err
}

func (s *Service) dropPocket(ctx context.Context, tx *db.Tx, p pocket.Pocket) error {
	if err := s.pocket.Drop(ctx, tx, p); err != nil {
		return err
	}
	if err := s.fleet.ForgetPockets(ctx, tx, p.ID); err != nil {
		return err
	}
	place, err := s.publish.ByID(ctx, tx, p.Publication)
	if err != nil {
		return err
	}
	if err := s.publish.Drop(ctx, tx, place); err != nil {
		return err
	}
	c, err := s.k.Catalog.ByID(ctx, tx, p.Collection)
	if err != nil {
		return err
	}
	if err := s.queue.Forget(ctx, tx, c.ID); err != nil {
		return err
	}
	return s.collections.DropUnused(ctx, tx, c)
}

// storedKey finds a key that a parameter names.
func (s *Service) StoredKey(ctx context.Context, tx *db.Tx, field, ref string) (fingerprint string, err error) {
	k, err := s.keyring.Get(ctx, tx, ref)
	if problem.Is(err, problem.NotFound) {
		err = problem.New(problem.NotFound, "there is no key %q", ref).In(field).WithHint("`aptarium key list` shows which there are")
	}
	return k.Fingerprint, problem.Because(err, keyring.UnknownKey)
}

// secretKey finds a key that can sign.
func (s *Service) secretKey(ctx context.Context, tx *db.Tx, field, ref string) (fingerprint string, err error) {
	if ref == "" {
		return "", problem.Because(problem.New(problem.Invalid, "no key is named").In(field), problem.MissingValue)
	}
	if fingerprint, err = s.StoredKey(ctx, tx, field, ref); err != nil {
		return "", err
	}
	k, err := s.keyring.Get(ctx, tx, fingerprint)
	if err == nil && !k.HasSecret {
		err = problem.Because(problem.New(problem.Conflict, "the secret of key %q is not here, so it cannot sign", ref).In(field).
			WithHint("import the secret key"), keyring.NoSecret)
	}
	return fingerprint, err
}

// mirrorKeyring gives the armored keys that must sign an upstream.
func (s *Service) mirrorKeyring(ctx context.Context, tx *db.Tx, fingerprint string) (string, error) {
	if fingerprint != "" {
		k, err := s.keyring.Get(ctx, tx, fingerprint)
		if err != nil {
			return "", err
		}
		text, err := k.Public.Armored()
		return string(text), err
	}
	if s.archiveKeys == nil {
		return "", noArchiveKeys()
	}
	text, err := s.archiveKeys()
	if err == nil && text == "" {
		err = noArchiveKeys()
	}
	return text, err
}

func noArchiveKeys() error {
	return problem.Because(problem.New(problem.Invalid, "this machine has no archive keys, so the upstream's must be named").In("mirror_key").
		WithHint("import the key that signs the upstream and name it, or install a package such as ubuntu-keyring or debian-archive-keyring here"), problem.MissingValue)
}

// awaitAtMost is how long a call waits for the first release of what it made.
const awaitAtMost = 10 * time.Second

// publishing are the activities that publish what a transaction made.
type publishing []int64

// await waits a little for releases, so that who made a pocket finds it published. How
// they end is told by their activities.
func (s *Service) await(ctx context.Context, started publishing) {
	ctx, cancel := context.WithTimeout(ctx, awaitAtMost)
	defer cancel()
	for _, id := range started {
		if _, err := s.k.Engine.Wait(ctx, id); err != nil {
			return
		}
	}
}
