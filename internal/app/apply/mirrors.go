package apply

import (
	"context"
	"errors"
	"net/url"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/declared"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

// decideMirror compares a mirror. A new one, and one that then follows something else, is
// synced.
func (ap *applying) decideMirror(ctx context.Context, tx *db.Tx, name string, want DeclaredMirror) error {
	t := thing{mirrorKind, name}
	if err := ap.checkMirror(t, want); err != nil {
		return err
	}
	want.Config = canonical(want.Config)
	m, err := ap.service.mirror.Get(ctx, tx, name)
	there, err := found(err)
	if err != nil {
		return err
	}
	if !there {
		if lacksSecret(want.Config) {
			return ap.fault(t, problem.New(problem.Invalid, "the password for this upstream is not here").In("url").
				WithHint("name a file that has it with password_file"))
		}
		ap.step(makeMirrors, "create", t, nil, func(ctx context.Context, _ *applyRun) error { return ap.createMirror(ctx, t, want) })
		if !want.FollowsNothing() {
			ap.sync(t)
		}
		return nil
	}
	if want.FollowsNothing() {
		want.Config = canonical(m.Config).Redacted() // tasks may have given it one
	}
	record := ap.stated(t, m.Collection.ID)
	changes, err := compareMirror(m, want)
	if err != nil {
		return ap.fault(t, err)
	}
	if len(changes) > 0 {
		ap.step(makeMirrors, "change", t, nil, func(ctx context.Context, _ *applyRun) error { return ap.changeMirror(ctx, t, want) }).Settings = changes
	}
	if !want.FollowsNothing() && (record.Pending || !only(changes, "description", "retention")) {
		ap.sync(t)
	}
	return nil
}

func (ap *applying) checkMirror(t thing, want DeclaredMirror) error {
	if err := ap.fault(t, catalog.CheckName("name", t.name)); err != nil {
		return err
	}
	if err := ap.fault(t, inSetting("retention", want.Retention.Check())); err != nil {
		return err
	}
	config := want.Config
	sound := map[string]string{"url": "http://localhost", "suite": "stable"}
	return ap.check(t, &config, sound, func() error { return config.Expanded().Check() })
}

// canonical returns a config as it is stored, with its keys as this program writes them.
func canonical(c mirrors.Config) mirrors.Config {
	c = c.Expanded()
	ring, err := openpgp.ReadKeys([]byte(c.Keyring))
	if err != nil {
		return c // without keys, or checkMirror reports the fault
	}
	if text, err := openpgp.Merge(ring).Armored(); err == nil {
		c.Keyring = string(text)
	}
	return c
}

// lacksSecret reports whether a URL has its password in the redacted form, which stands for
// the stored one.
func lacksSecret(c mirrors.Config) bool {
	u, err := url.Parse(c.URL)
	return err == nil && u.User != nil && c.URL == c.Redacted().URL
}

// declaredMirror returns the declaration of a mirror.
func declaredMirror(m mirror.Mirror) DeclaredMirror {
	return DeclaredMirror{Description: m.Collection.Description, Config: canonical(m.Config).Redacted(), Retention: m.Collection.Retention}
}

// compareMirror returns the settings of a mirror that differ from the declared ones. It shows
// no password, and of keys only the fingerprints.
func compareMirror(m mirror.Mirror, want DeclaredMirror) ([]SettingChange, error) {
	whole, err := want.WithSecretOf(m.Config)
	if err != nil {
		return nil, err
	}
	shown := want
	shown.Config = whole.Redacted()
	changes, err := compare(declaredMirror(m), shown)
	for i, c := range changes {
		if c.Name == "keyring" {
			changes[i].From, changes[i].To = keysOf(m.Config.Keyring), keysOf(want.Keyring)
		}
	}
	if shown.URL == m.Config.Redacted().URL && whole.URL != m.Config.URL {
		changes = append(changes, SettingChange{"url", shown.URL, "the same with another password"})
	}
	return changes, err
}

// keysOf returns the fingerprints of an armored text; nil if there are none.
func keysOf(armored string) any {
	ring, err := openpgp.ReadKeys([]byte(armored))
	if err != nil {
		return nil
	}
	return usecase.Map(ring.Keys(), func(k openpgp.Key) string { return k.Fingerprint })
}

func (ap *applying) createMirror(ctx context.Context, t thing, want DeclaredMirror) error {
	s := ap.service
	logged := mirrors.NewMirror{Name: t.name, Description: want.Description, Config: want.Redacted(), Retention: want.Retention}
	return usecase.Do(ctx, s.k, usecase.Act{Permission: access.Mirror, Action: "mirror.create", Subject: "mirror:" + t.name, Detail: logged}, func(tx *db.Tx, _ *usecase.Act) error {
		m, err := s.mirror.Create(ctx, tx, t.name, want.Description, want.Config, nil)
		if err != nil {
			return err
		}
		if err := s.k.Catalog.Retain(ctx, tx, m.Collection, want.Retention); err != nil {
			return err
		}
		r := ap.record(t, m.Collection.ID)
		r.Pending = !want.FollowsNothing()
		return declared.Put(ctx, tx, r)
	})
}

func (ap *applying) changeMirror(ctx context.Context, t thing, want DeclaredMirror) error {
	s := ap.service
	return usecase.Do(ctx, s.k, usecase.Act{Permission: access.Mirror, Action: "mirror.edit", Subject: "mirror:" + t.name, Detail: want.Redacted()}, func(tx *db.Tx, _ *usecase.Act) error {
		m, err := s.mirror.Get(ctx, tx, t.name)
		if err != nil {
			return err
		}
		changes, err := compareMirror(m, want)
		if err != nil {
			return err
		}
		m.Collection.Description = want.Description
		if err := s.k.Catalog.Edit(ctx, tx, m.Collection); err != nil {
			return err
		}
		if err := s.k.Catalog.Retain(ctx, tx, m.Collection, want.Retention); err != nil {
			return err
		}
		if m.Config, err = want.WithSecretOf(m.Config); err != nil {
			return err
		}
		if err := s.mirror.Save(ctx, tx, m); err != nil {
			return err
		}
		r := ap.record(t, m.Collection.ID)
		r.Pending = ap.known[t].Pending || !only(changes, "description", "retention")
		return declared.Put(ctx, tx, r)
	})
}

// sync adds the step that brings a mirror up to date.
func (ap *applying) sync(t thing) {
	ap.synced[t] = true
	ap.step(syncMirrors, "sync", t, []thing{t}, func(ctx context.Context, run *applyRun) error {
		s := ap.service
		return s.k.DB.Tx(ctx, func(tx *db.Tx) error {
			m, err := s.mirror.Get(ctx, tx, t.name)
			if err != nil {
				return err
			}
			ref := m.Collection.Ref()
			return run.submit(ctx, tx, pending(ap.record(t, m.Collection.ID)), activity.Spec{
				Type: mirrors.TypeSync, Subject: ref, Payload: mirrors.SyncPayload{Collection: m.Collection.ID},
				Locks: []activity.Lock{{Resource: ref}}, MaxAttempts: 3,
			})
		})
	})
}

// pending marks a record: a sync or a release is still to be done.
func pending(r declared.Record) declared.Record {
	r.Pending = true
	return r
}

// inSetting puts the name of a setting before the field of a problem.
func inSetting(name string, err error) error {
	p, ok := errors.AsType[*problem.Problem](err)
	if !ok {
		return err
	}
	renamed := *p
	if renamed.Field != "" && renamed.Field != name {
		name += "." + renamed.Field
	}
	return renamed.In(name)
}
