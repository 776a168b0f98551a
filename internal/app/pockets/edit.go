package pockets

import (
	"context"
	"regexp"
	"slices"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/problem"
)

// PocketEdit changes a pocket; what is nil stays. Its mode, and what a pull takes, stay
// as they are.
type PocketEdit struct {
	Components    *[]string `json:"components,omitempty"`
	Architectures *[]string `json:"architectures,omitempty"`
	UDebs         *bool     `json:"udebs,omitempty"`
	Key           *string   `json:"key,omitempty" doc:"The key that signs the suite from the next release on"`
	MirrorURL     *string   `json:"mirror_url,omitempty"`
	MirrorSuite   *string   `json:"mirror_suite,omitempty"`
	MirrorKey     *string   `json:"mirror_key,omitempty" doc:"The key that signs the upstream; empty: the archive keys of this machine"`
	AllowUnsigned *bool     `json:"allow_unsigned,omitempty"`
}

// forMode refuses what pockets of this mode do not have.
func (e PocketEdit) forMode(p pocket.Pocket) error {
	if e.MirrorURL != nil || e.MirrorSuite != nil || e.MirrorKey != nil {
		if err := p.Needs(pocket.Mirror); err != nil {
			return err
		}
	}
	if e.AllowUnsigned != nil {
		return p.Needs(pocket.Upload)
	}
	return nil
}

// EditPocket changes a pocket and publishes it anew. What a mirror takes besides comes
// with its next sync, and what a pull takes with the next pull.
func (s *Service) Edit(ctx context.Context, path PocketPath, in PocketEdit) (Pocket, error) {
	var started publishing
	p, err := s.editPocket(ctx, "pocket.edit", path, in.redacted(), func(tx *db.Tx, at *pocketAt) error {
		started = nil
		if err := in.forMode(at.Pocket); err != nil {
			return err
		}
		if err := s.apply(ctx, tx, in, &at.Pocket); err != nil {
			return err
		}
		single, err := s.editMirrored(ctx, tx, in, at.Pocket)
		if err != nil {
			return err
		}
		return s.republish(ctx, tx, at.Pocket, single, &started)
	})
	if err == nil {
		s.await(ctx, started)
	}
	return p, err
}

func (e PocketEdit) redacted() PocketEdit {
	if e.MirrorURL != nil {
		shown := mirrors.MirrorConfig{URL: *e.MirrorURL}.Redacted().URL
		e.MirrorURL = &shown
	}
	return e
}

// editPocket changes what is stored of a pocket.
func (s *Service) editPocket(ctx context.Context, action string, path PocketPath, detail any, edit func(*db.Tx, *pocketAt) error) (Pocket, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Anyone, Action: action, Subject: pocketSubject(path), Detail: detail}, func(tx *db.Tx, _ *usecase.Act) (Pocket, error) {
		at, err := s.pocketToChange(ctx, tx, path)
		if err != nil {
			return Pocket{}, err
		}
		if err := edit(tx, &at); err != nil {
			return Pocket{}, err
		}
		if err := s.pocket.Save(ctx, tx, at.Pocket); err != nil {
			return Pocket{}, err
		}
		return s.ShowPocket(ctx, tx, at)
	})
}

// apply takes over what an edit says of the pocket itself.
func (s *Service) apply(ctx context.Context, tx *db.Tx, in PocketEdit, p *pocket.Pocket) (err error) {
	collections.Set(&p.Components, in.Components)
	collections.Set(&p.Architectures, in.Architectures)
	collections.Set(&p.UDebs, in.UDebs)
	collections.Set(&p.AllowUnsigned, in.AllowUnsigned)
	if err := checkLists(p.Components, p.Architectures); err != nil {
		return err
	}
	if in.Key != nil {
		if p.Key, err = s.secretKey(ctx, tx, "key", *in.Key); err != nil {
			return err
		}
	}
	if in.MirrorKey == nil {
		return nil
	}
	if p.MirrorKey = ""; *in.MirrorKey != "" {
		p.MirrorKey, err = s.StoredKey(ctx, tx, "mirror_key", *in.MirrorKey)
	}
	return err
}

// editMirrored has the mirror of a pocket follow what an edit says. single tells that
// all it has is published as one component.
func (s *Service) editMirrored(ctx context.Context, tx *db.Tx, in PocketEdit, p pocket.Pocket) (single bool, err error) {
	if p.Mode != pocket.Mirror {
		return s.single(ctx, tx, p)
	}
	m, err := s.mirror.ByID(ctx, tx, p.Collection)
	if err != nil {
		return false, err
	}
	config := m.Config
	collections.Set(&config.URL, in.MirrorURL)
	collections.Set(&config.Suite, in.MirrorSuite)
	if err := checkFlat(config.Suite, p.Components); err != nil {
		return false, err
	}
	if in.MirrorKey != nil {
		if config.Keyring, err = s.mirrorKeyring(ctx, tx, p.MirrorKey); err != nil {
			return false, err
		}
	}
	if m.Config, err = configOf(p, config).WithSecretOf(m.Config); err != nil {
		return false, err
	}
	return m.Config.Flat(), s.mirror.Save(ctx, tx, m)
}

// single tells whether the pocket's publication shows all as one component, since it
// comes from a flat repository.
func (s *Service) single(ctx context.Context, tx *db.Tx, p pocket.Pocket) (bool, error) {
	place, err := s.publish.ByID(ctx, tx, p.Publication)
	return err == nil && place.Sources[0].Component != "", err
}

// republish has a pocket published with its settings as they are now.
func (s *Service) republish(ctx context.Context, tx *db.Tx, p pocket.Pocket, single bool, started *publishing) error {
	place, err := s.publish.ByID(ctx, tx, p.Publication)
	if err != nil {
		return err
	}
	place.Options = pocketOptions(p, place.Options)
	if place.Sources[0].Component = ""; single {
		place.Sources[0].Component = p.Components[0]
	}
	if err := s.publish.Update(ctx, tx, place); err != nil {
		return err
	}
	x, err := s.publications.Submit(ctx, tx, place, publications.Payload{Publication: place.ID})
	*started = append(*started, x.ID)
	return err
}

// maxFilters bounds the filters of a pocket; each has at most maxPackageName bytes.
const (
	maxFilters     = 100_000
	maxPackageName = 200
)

var packageName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9+._-]*$`)

// AddPocketFilters adds names of packages that the next pulls take, or leave, as the
// pocket's kind of filter says. Names that are there already stay.
func (s *Service) AddFilters(ctx context.Context, path PocketPath, packages []string) (Pocket, error) {
	return s.editFilters(ctx, "pocket.add-filters", path, packages, func(p *pocket.Pocket) error {
		for _, name := range packages {
			if len(name) > maxPackageName || !packageName.MatchString(name) {
				return problem.Because(problem.New(problem.Invalid, "%q is not the name of a package", name).In("packages"), problem.InvalidValue)
			}
		}
		all := append(slices.Clone(p.Filters), packages...)
		slices.Sort(all)
		if p.Filters = slices.Compact(all); len(p.Filters) > maxFilters {
			return problem.Because(problem.New(problem.TooLarge, "a pocket has at most %d filters", maxFilters).In("packages"), problem.InvalidValue)
		}
		return nil
	})
}

// RemovePocketFilters takes such names away; those that are not there do no harm.
func (s *Service) RemoveFilters(ctx context.Context, path PocketPath, packages []string) (Pocket, error) {
	return s.editFilters(ctx, "pocket.remove-filters", path, packages, func(p *pocket.Pocket) error {
		p.Filters = slices.DeleteFunc(p.Filters, func(name string) bool { return slices.Contains(packages, name) })
		return nil
	})
}

func (s *Service) editFilters(ctx context.Context, action string, path PocketPath, packages []string, edit func(*pocket.Pocket) error) (Pocket, error) {
	return s.editPocket(ctx, action, path, packages, func(_ *db.Tx, at *pocketAt) error {
		if err := at.Pocket.Needs(pocket.Pull); err != nil {
			return err
		}
		if at.Pocket.Filter == pocket.NoFilter {
			return problem.Because(problem.New(problem.Conflict, "the pocket %s was made without a filter", at.Path()).In("name").
				WithHint("make one with a filter: allowlist or blocklist"), pocket.NoFiltering)
		}
		return edit(&at.Pocket)
	})
}

// AddPocketUploaders lets the owners of stored keys send packages to a pocket.
func (s *Service) AddUploaders(ctx context.Context, path PocketPath, keys []string) (Pocket, error) {
	return s.editUploaders(ctx, "pocket.add-uploaders", path, keys, func(p *pocket.Pocket, ref, fingerprint string) error {
		if slices.Contains(p.Uploaders, fingerprint) {
			return problem.Because(problem.New(problem.Conflict, "the key %q may upload to the pocket %s already", ref, path).In("keys"), pocket.DuplicateUploader)
		}
		p.Uploaders = append(p.Uploaders, fingerprint)
		return nil
	})
}

// RemovePocketUploaders ends that.
func (s *Service) RemoveUploaders(ctx context.Context, path PocketPath, keys []string) (Pocket, error) {
	return s.editUploaders(ctx, "pocket.remove-uploaders", path, keys, func(p *pocket.Pocket, ref, fingerprint string) error {
		i := slices.Index(p.Uploaders, fingerprint)
		if i < 0 {
			return problem.Because(problem.New(problem.Conflict, "the key %q may not upload to the pocket %s", ref, path).In("keys"), pocket.UnknownUploader)
		}
		p.Uploaders = slices.Delete(p.Uploaders, i, i+1)
		return nil
	})
}

func (s *Service) editUploaders(ctx context.Context, action string, path PocketPath, keys []string, edit func(p *pocket.Pocket, ref, fingerprint string) error) (Pocket, error) {
	return s.editPocket(ctx, action, path, keys, func(tx *db.Tx, at *pocketAt) error {
		if err := at.Pocket.Needs(pocket.Upload); err != nil {
			return err
		}
		for _, ref := range keys {
			fingerprint, err := s.StoredKey(ctx, tx, "keys", ref)
			if err != nil {
				return err
			}
			if err := edit(&at.Pocket, ref, fingerprint); err != nil {
				return err
			}
		}
		return nil
	})
}
