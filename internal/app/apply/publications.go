package apply

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/declared"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// locatePublications finds out where the publications are, and who is to sign them,
// which gpg may have to tell.
func (ap *applying) locatePublications(ctx context.Context) error {
	for _, name := range slices.Sorted(maps.Keys(ap.in.Publications)) {
		t := thing{publicationKind, name}
		p, err := ap.in.Publications[name].located(name)
		if err == nil {
			p.Endpoint = cmp.Or(p.Endpoint, publish.BuiltIn)
			place := placeName(p.Endpoint, p.Prefix, p.Distribution)
			if other, twice := ap.called[place]; twice {
				err = problem.New(problem.Invalid, "%q is at the same place", other.name).WithHint("leave out one of the two")
			} else {
				ap.called[place] = t
				p.PublishOptions, err = ap.app.signedBy(ctx, p.PublishOptions)
				ap.places[place] = p
			}
		}
		if err := ap.fault(t, err); err != nil {
			return err
		}
	}
	return nil
}

// signedBy finds the keys that options name. Without any it is left open who signs.
func (s *Service) signedBy(ctx context.Context, o publications.PublishOptions) (publications.PublishOptions, error) {
	if o.Check() != nil {
		return o, nil // told later
	}
	if len(o.Keys) > 0 && o.GnuPG == nil {
		return o, atField("keys", s.publications.Sign(ctx, &o, &publications.Signing{Keys: o.Keys}))
	}
	if o.GnuPG == nil {
		return o, nil
	}
	ours, others, err := s.publications.OwnKeys(ctx, o.Keys)
	if err == nil && len(others) > 0 {
		err = problem.New(problem.NotFound, "there is no key %q with a secret", others[0]).WithHint("`aptarium key list` shows those there are; name GnuPG's below gnupg")
	}
	if err != nil {
		return o, atField("keys", err)
	}
	o.Keys = ours
	g := o.GnuPG
	o.GnuPG, err = s.publications.GnuPGKeys(ctx, &publications.Signing{Keyring: g.Keyring, SecretKeyring: g.SecretKeyring, PassphraseFile: g.PassphraseFile}, g.Keys)
	return o, atField("gnupg", err)
}

// decidePublication compares a publication.
func (ap *applying) decidePublication(ctx context.Context, tx *db.Tx, place string, want DeclaredPublication) error {
	t := thing{publicationKind, place}
	before := len(ap.faults)
	if err := ap.checkPublication(ctx, tx, place, want); err != nil {
		return err
	}
	needs := []thing{{endpointKind, want.Endpoint}}
	fed := false
	for i, text := range want.Sources {
		ref, err := ap.checkSource(ctx, tx, fmt.Sprintf("sources.%d", i), text)
		if err := ap.fault(ap.called[place], err); err != nil {
			return err
		}
		source := thing{string(ref.Kind), ref.Name}
		needs = append(needs, source)
		fed = fed || ap.synced[source] && !ref.Past()
	}
	if len(ap.faults) > before {
		return nil
	}
	p, err := ap.app.publish.Get(ctx, tx, want.Endpoint, want.Prefix, want.Distribution)
	there, err := found(err)
	if err != nil {
		return err
	}
	if !there {
		ap.step(makePublications, "create", t, needs, func(ctx context.Context, _ *applyRun) error { return ap.createPublication(ctx, t, want) })
		ap.publish(t, needs, want)
		return nil
	}
	record := ap.stated(t, p.ID)
	want = want.keepingKeysOf(p)
	shown := want.withoutPlace()
	if shown.Sources, err = ap.resolved(ctx, tx, want.Sources); err != nil {
		return err
	}
	changes, err := compare(declaredPublication(p).withoutPlace(), shown)
	if err != nil {
		return err
	}
	if len(changes) > 0 {
		ap.step(makePublications, "change", t, needs, func(ctx context.Context, _ *applyRun) error { return ap.changePublication(ctx, t, want) }).Settings = changes
	}
	if fed || record.Pending || !only(changes, "retention") {
		ap.publish(t, needs, want)
	}
	return nil
}

// checkPublication looks at what a publication says of itself.
func (ap *applying) checkPublication(ctx context.Context, tx *db.Tx, place string, want DeclaredPublication) error {
	t := ap.called[place]
	if _, declares := ap.in.Endpoints[want.Endpoint]; !declares && want.Endpoint != publish.BuiltIn {
		_, err := ap.app.endpoint.Get(ctx, tx, want.Endpoint)
		if err := ap.fault(t, err); err != nil {
			return err
		}
	}
	if len(want.Sources) == 0 {
		err := problem.New(problem.Invalid, "a publication needs a source").In("sources").WithHint("name one, such as mirror:bookworm or main=repo:tools")
		if err := ap.fault(t, err); err != nil {
			return err
		}
	}
	for _, err := range []error{publish.CheckPlace(want.Prefix, want.Distribution), inSetting("retention", want.Retention.Check())} {
		if err := ap.fault(t, err); err != nil {
			return err
		}
	}
	o := want.PublishOptions
	return ap.check(t, &o, nil, func() error { return o.Check() })
}

// checkSource reads what a source names.
func (ap *applying) checkSource(ctx context.Context, tx *db.Tx, field, text string) (collections.Ref, error) {
	component, name, named := strings.Cut(text, "=")
	if !named {
		name = text
	} else if err := publish.CheckComponent(field, component); err != nil {
		return collections.Ref{}, err
	}
	ref, _, err := ap.reference(ctx, tx, field, name)
	return ref, err
}

// resolved names the sources as publications show them, where all are there.
func (ap *applying) resolved(ctx context.Context, tx *db.Tx, names []string) ([]string, error) {
	list, err := ap.app.publications.ResolveSources(ctx, tx, names)
	if problem.Is(err, problem.NotFound) {
		return names, nil // some are to be made yet
	}
	return publish.SourceNames(list), err
}

// declaredPublication shows a publication as it would be declared, with its place.
func declaredPublication(p publish.Publication) DeclaredPublication {
	o := p.Options
	if o.GnuPG != nil {
		keys := *o.GnuPG
		keys.Certificates = "" // they follow from the rest
		o.GnuPG = &keys
	}
	d := DeclaredPublication{Endpoint: p.Endpoint, Prefix: p.Prefix, Distribution: p.Distribution, Sources: publish.SourceNames(p.Sources), PublishOptions: o, Retention: p.Retention}
	return d
}

// withoutPlace leaves what can be compared: not the place, which names the
// publication, nor what is about a single release.
func (p DeclaredPublication) withoutPlace() DeclaredPublication {
	p.Endpoint, p.Prefix, p.Distribution, p.ForceOverwrite = "", "", "", false
	if p.GnuPG != nil {
		keys := *p.GnuPG
		keys.Certificates = ""
		p.GnuPG = &keys
	}
	return p
}

// keepingKeysOf has those sign who did, where no key is declared.
func (p DeclaredPublication) keepingKeysOf(now publish.Publication) DeclaredPublication {
	if len(p.Keys) == 0 && p.GnuPG == nil && !p.Unsigned && !p.Verbatim {
		p.Keys, p.GnuPG = now.Options.Keys, now.Options.GnuPG
	}
	return p
}

func (ap *applying) createPublication(ctx context.Context, t thing, want DeclaredPublication) error {
	a := ap.app
	in := publications.NewPublication{
		Endpoint: want.Endpoint, Prefix: want.Prefix, Distribution: want.Distribution, Sources: want.Sources,
		Options: want.PublishOptions, Retention: want.Retention, ForceOverwrite: want.ForceOverwrite,
	}
	_, err := usecase.Change(ctx, a.k, usecase.Act{Permission: access.Anyone, Action: "publish.create", Subject: in.Prefix + " " + in.Distribution, Detail: in}, func(tx *db.Tx, _ *usecase.Act) (none struct{}, err error) {
		p, err := a.publications.Add(ctx, tx, in)
		if err != nil {
			return none, err
		}
		return none, declared.Put(ctx, tx, pending(ap.record(t, p.ID)))
	})
	return err
}

func (ap *applying) changePublication(ctx context.Context, t thing, want DeclaredPublication) error {
	a := ap.app
	edit := publications.PublicationEdit{Sources: &want.Sources, Options: &want.PublishOptions, ForceOverwrite: want.ForceOverwrite}
	_, err := usecase.Change(ctx, a.k, usecase.Act{Permission: access.Anyone, Action: "publish.update", Subject: want.Prefix + " " + want.Distribution, Detail: edit}, func(tx *db.Tx, _ *usecase.Act) (none struct{}, err error) {
		p, err := a.publications.Edit(ctx, tx, publish.JoinPlace(want.Endpoint, want.Prefix), want.Distribution, edit)
		if err != nil {
			return none, err
		}
		if err := a.publish.Retain(ctx, tx, p, want.Retention); err != nil {
			return none, err
		}
		r := ap.record(t, p.ID)
		r.Pending = ap.releases(t)
		return none, declared.Put(ctx, tx, r)
	})
	return err
}

// releases tells whether a step makes a release of a publication.
func (ap *applying) releases(t thing) bool {
	return slices.ContainsFunc(ap.steps, func(s applyStep) bool { return s.stage == publishReleases && s.thing() == t })
}

// publish adds the step that makes the next release of a publication.
func (ap *applying) publish(t thing, needs []thing, want DeclaredPublication) {
	ap.step(publishReleases, "publish", t, append([]thing{t}, needs...), func(ctx context.Context, run *applyRun) error {
		a := ap.app
		return a.k.DB.Tx(ctx, func(tx *db.Tx) error {
			p, err := a.publish.Get(ctx, tx, want.Endpoint, want.Prefix, want.Distribution)
			if err != nil {
				return err
			}
			spec := publications.Spec(p, publications.Payload{Publication: p.ID, Overwrite: want.ForceOverwrite})
			spec.UniqueKey = "" // nobody else waits for this one
			return run.submit(ctx, tx, pending(ap.record(t, p.ID)), spec)
		})
	})
}
