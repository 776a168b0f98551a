package pockets

import (
	"context"
	"regexp"
	"slices"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/problem"
)

// PocketEdit changes a pocket; a nil field stays. The mode and the origin of a pocket never change.
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

// forMode refuses fields for pockets of another mode.
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

// Edit changes a pocket and publishes it. Packages of new components and architectures come with
// the next sync or pull.
func (s *Service) Edit(ctx context.Context, path Path, in PocketEdit) (Pocket, error) {
	return s.editPocket(ctx, "pocket.edit", path, in.redacted(), func(tx *db.Tx, at *pocket.Located, started *publishing) error {
		if err := in.forMode(at.Pocket); err != nil {
			return err
		}
		if err := s.apply(ctx, tx, in, &at.Pocket); err != nil {
			return err
		}
		joined, err := s.editMirror(ctx, tx, in, at.Pocket)
		if err != nil {
			return err
		}
		return s.republish(ctx, tx, at.Pocket, joined, started)
	})
}

func (e PocketEdit) redacted() PocketEdit {
	if e.MirrorURL != nil {
		shown := mirrors.Config{URL: *e.MirrorURL}.Redacted().URL
		e.MirrorURL = &shown
	}
	return e
}

// editPocket changes the settings of a pocket.
func (s *Service) editPocket(ctx context.Context, action string, path Path, detail any, edit func(*db.Tx, *pocket.Located, *publishing) error) (Pocket, error) {
	return changeAndAwait(ctx, s, scoped(action, path.Subject(), detail), func(tx *db.Tx, act *usecase.Act, started *publishing) (Pocket, error) {
		at, err := s.pocketToChange(ctx, tx, act, path)
		if err != nil {
			return Pocket{}, err
		}
		if err := edit(tx, &at, started); err != nil {
			return Pocket{}, err
		}
		if err := s.pocket.Save(ctx, tx, at.Pocket); err != nil {
			return Pocket{}, err
		}
		return s.Show(ctx, tx, at)
	})
}

// apply changes the settings of the pocket itself.
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

// editMirror changes the mirror of a pocket, if it has one. joined reports whether its suite lists
// all packages in one component.
func (s *Service) editMirror(ctx context.Context, tx *db.Tx, in PocketEdit, p pocket.Pocket) (joined bool, err error) {
	if p.Mode != pocket.Mirror {
		return s.joinsComponents(ctx, tx, p)
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

// republish publishes a pocket with its present settings.
func (s *Service) republish(ctx context.Context, tx *db.Tx, p pocket.Pocket, joined bool, started *publishing) error {
	publication, err := s.publish.ByID(ctx, tx, p.Publication)
	if err != nil {
		return err
	}
	publication.Options = pocketOptions(p, publication.Options)
	if publication.Sources[0].Component = ""; joined {
		publication.Sources[0].Component = p.Components[0]
	}
	if err := s.publish.Update(ctx, tx, publication); err != nil {
		return err
	}
	return s.publishNext(ctx, tx, publication, started)
}

// Limits of the filters of a pocket: their number, and the bytes of each.
const (
	maxFilters     = 100_000
	maxPackageName = 200
)

var packageName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9+._-]*$`)

// AddFilters adds names of packages to the filters of a pocket that pulls. The next pull applies
// them. It ignores names that the filters have.
func (s *Service) AddFilters(ctx context.Context, path Path, packages []string) (Pocket, error) {
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

// RemoveFilters removes names of packages from the filters. It ignores names that they lack.
func (s *Service) RemoveFilters(ctx context.Context, path Path, packages []string) (Pocket, error) {
	return s.editFilters(ctx, "pocket.remove-filters", path, packages, func(p *pocket.Pocket) error {
		p.Filters = slices.DeleteFunc(p.Filters, func(name string) bool { return slices.Contains(packages, name) })
		return nil
	})
}

func (s *Service) editFilters(ctx context.Context, action string, path Path, packages []string, edit func(*pocket.Pocket) error) (Pocket, error) {
	return s.editPocket(ctx, action, path, packages, func(_ *db.Tx, at *pocket.Located, _ *publishing) error {
		if err := at.Pocket.Needs(pocket.Pull); err != nil {
			return err
		}
		if at.Pocket.Filter == pocket.NoFilter {
			return problem.Because(problem.New(problem.Conflict, "the pocket %s was created without a filter", at.Path()).In("name").
				WithHint("create a pocket with a filter: allowlist or blocklist"), pocket.NoFiltering)
		}
		return edit(&at.Pocket)
	})
}

// AddUploaders adds stored keys to the uploaders of a pocket.
func (s *Service) AddUploaders(ctx context.Context, path Path, keys []string) (Pocket, error) {
	return s.editUploaders(ctx, "pocket.add-uploaders", path, keys, func(p *pocket.Pocket, ref, fingerprint string) error {
		if slices.Contains(p.Uploaders, fingerprint) {
			return problem.Because(problem.New(problem.Conflict, "the key %q may upload to the pocket %s already", ref, path).In("keys"), pocket.DuplicateUploader)
		}
		p.Uploaders = append(p.Uploaders, fingerprint)
		return nil
	})
}

// RemoveUploaders removes keys from the uploaders of a pocket.
func (s *Service) RemoveUploaders(ctx context.Context, path Path, keys []string) (Pocket, error) {
	return s.editUploaders(ctx, "pocket.remove-uploaders", path, keys, func(p *pocket.Pocket, ref, fingerprint string) error {
		i := slices.Index(p.Uploaders, fingerprint)
		if i < 0 {
			return problem.Because(problem.New(problem.Conflict, "the key %q may not upload to the pocket %s", ref, path).In("keys"), pocket.UnknownUploader)
		}
		p.Uploaders = slices.Delete(p.Uploaders, i, i+1)
		return nil
	})
}

func (s *Service) editUploaders(ctx context.Context, action string, path Path, keys []string, edit func(p *pocket.Pocket, ref, fingerprint string) error) (Pocket, error) {
	return s.editPocket(ctx, action, path, keys, func(tx *db.Tx, at *pocket.Located, _ *publishing) error {
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
