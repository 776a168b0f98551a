package app

import (
	"context"
	"regexp"
	"slices"

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
func (a *App) EditPocket(ctx context.Context, path PocketPath, in PocketEdit) (Pocket, error) {
	var started publishing
	p, err := a.editPocket(ctx, "pocket.edit", path, in.redacted(), func(tx *db.Tx, at *pocketAt) error {
		started = nil
		if err := in.forMode(at.pocket); err != nil {
			return err
		}
		if err := a.apply(ctx, tx, in, &at.pocket); err != nil {
			return err
		}
		single, err := a.editMirrored(ctx, tx, in, at.pocket)
		if err != nil {
			return err
		}
		return a.republish(ctx, tx, at.pocket, single, &started)
	})
	if err == nil {
		a.await(ctx, started)
	}
	return p, err
}

func (e PocketEdit) redacted() PocketEdit {
	if e.MirrorURL != nil {
		shown := MirrorConfig{URL: *e.MirrorURL}.Redacted().URL
		e.MirrorURL = &shown
	}
	return e
}

// editPocket changes what is stored of a pocket.
func (a *App) editPocket(ctx context.Context, action string, path PocketPath, detail any, edit func(*db.Tx, *pocketAt) error) (Pocket, error) {
	return change(ctx, a, action, pocketSubject(path), detail, func(tx *db.Tx) (Pocket, error) {
		at, err := a.pocketToChange(ctx, tx, path)
		if err != nil {
			return Pocket{}, err
		}
		if err := edit(tx, &at); err != nil {
			return Pocket{}, err
		}
		if err := a.pockets.Save(ctx, tx, at.pocket); err != nil {
			return Pocket{}, err
		}
		return a.showPocket(ctx, tx, at)
	})
}

// apply takes over what an edit says of the pocket itself.
func (a *App) apply(ctx context.Context, tx *db.Tx, in PocketEdit, p *pocket.Pocket) (err error) {
	set(&p.Components, in.Components)
	set(&p.Architectures, in.Architectures)
	set(&p.UDebs, in.UDebs)
	set(&p.AllowUnsigned, in.AllowUnsigned)
	if err := checkLists(p.Components, p.Architectures); err != nil {
		return err
	}
	if in.Key != nil {
		if p.Key, err = a.secretKey(ctx, tx, "key", *in.Key); err != nil {
			return err
		}
	}
	if in.MirrorKey == nil {
		return nil
	}
	if p.MirrorKey = ""; *in.MirrorKey != "" {
		p.MirrorKey, err = a.storedKey(ctx, tx, "mirror_key", *in.MirrorKey)
	}
	return err
}

// editMirrored has the mirror of a pocket follow what an edit says. single tells that
// all it has is published as one component.
func (a *App) editMirrored(ctx context.Context, tx *db.Tx, in PocketEdit, p pocket.Pocket) (single bool, err error) {
	if p.Mode != pocket.Mirror {
		return a.single(ctx, tx, p)
	}
	m, err := a.mirrors.ByID(ctx, tx, p.Collection)
	if err != nil {
		return false, err
	}
	config := m.Config
	set(&config.URL, in.MirrorURL)
	set(&config.Suite, in.MirrorSuite)
	if err := checkFlat(config.Suite, p.Components); err != nil {
		return false, err
	}
	if in.MirrorKey != nil {
		if config.Keyring, err = a.mirrorKeyring(ctx, tx, p.MirrorKey); err != nil {
			return false, err
		}
	}
	if m.Config, err = configOf(p, config).WithSecretOf(m.Config); err != nil {
		return false, err
	}
	return m.Config.Flat(), a.mirrors.Save(ctx, tx, m)
}

// single tells whether the pocket's publication shows all as one component, since it
// comes from a flat repository.
func (a *App) single(ctx context.Context, tx *db.Tx, p pocket.Pocket) (bool, error) {
	place, err := a.publish.ByID(ctx, tx, p.Publication)
	return err == nil && place.Sources[0].Component != "", err
}

// republish has a pocket published with its settings as they are now.
func (a *App) republish(ctx context.Context, tx *db.Tx, p pocket.Pocket, single bool, started *publishing) error {
	place, err := a.publish.ByID(ctx, tx, p.Publication)
	if err != nil {
		return err
	}
	place.Options = pocketOptions(p, place.Options)
	if place.Sources[0].Component = ""; single {
		place.Sources[0].Component = p.Components[0]
	}
	if err := a.publish.Update(ctx, tx, place); err != nil {
		return err
	}
	x, err := a.submitPublish(ctx, tx, place, publishPayload{Publication: place.ID})
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
func (a *App) AddPocketFilters(ctx context.Context, path PocketPath, packages []string) (Pocket, error) {
	return a.editFilters(ctx, "pocket.add-filters", path, packages, func(p *pocket.Pocket) error {
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
func (a *App) RemovePocketFilters(ctx context.Context, path PocketPath, packages []string) (Pocket, error) {
	return a.editFilters(ctx, "pocket.remove-filters", path, packages, func(p *pocket.Pocket) error {
		p.Filters = slices.DeleteFunc(p.Filters, func(name string) bool { return slices.Contains(packages, name) })
		return nil
	})
}

func (a *App) editFilters(ctx context.Context, action string, path PocketPath, packages []string, edit func(*pocket.Pocket) error) (Pocket, error) {
	return a.editPocket(ctx, action, path, packages, func(_ *db.Tx, at *pocketAt) error {
		if err := at.pocket.Needs(pocket.Pull); err != nil {
			return err
		}
		if at.pocket.Filter == pocket.NoFilter {
			return problem.Because(problem.New(problem.Conflict, "the pocket %s was made without a filter", at.path()).In("name").
				WithHint("make one with a filter: allowlist or blocklist"), pocket.NoFiltering)
		}
		return edit(&at.pocket)
	})
}

// AddPocketUploaders lets the owners of stored keys send packages to a pocket.
func (a *App) AddPocketUploaders(ctx context.Context, path PocketPath, keys []string) (Pocket, error) {
	return a.editUploaders(ctx, "pocket.add-uploaders", path, keys, func(p *pocket.Pocket, ref, fingerprint string) error {
		if slices.Contains(p.Uploaders, fingerprint) {
			return problem.Because(problem.New(problem.Conflict, "the key %q may upload to the pocket %s already", ref, path).In("keys"), pocket.DuplicateUploader)
		}
		p.Uploaders = append(p.Uploaders, fingerprint)
		return nil
	})
}

// RemovePocketUploaders ends that.
func (a *App) RemovePocketUploaders(ctx context.Context, path PocketPath, keys []string) (Pocket, error) {
	return a.editUploaders(ctx, "pocket.remove-uploaders", path, keys, func(p *pocket.Pocket, ref, fingerprint string) error {
		i := slices.Index(p.Uploaders, fingerprint)
		if i < 0 {
			return problem.Because(problem.New(problem.Conflict, "the key %q may not upload to the pocket %s", ref, path).In("keys"), pocket.UnknownUploader)
		}
		p.Uploaders = slices.Delete(p.Uploaders, i, i+1)
		return nil
	})
}

func (a *App) editUploaders(ctx context.Context, action string, path PocketPath, keys []string, edit func(p *pocket.Pocket, ref, fingerprint string) error) (Pocket, error) {
	return a.editPocket(ctx, action, path, keys, func(tx *db.Tx, at *pocketAt) error {
		if err := at.pocket.Needs(pocket.Upload); err != nil {
			return err
		}
		for _, ref := range keys {
			fingerprint, err := a.storedKey(ctx, tx, "keys", ref)
			if err != nil {
				return err
			}
			if err := edit(&at.pocket, ref, fingerprint); err != nil {
				return err
			}
		}
		return nil
	})
}
