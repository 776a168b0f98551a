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

// locatePublications resolves the places of the publications and their signing keys, for which
// it may call gpg.
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
				p.PublishOptions, err = ap.service.signedBy(ctx, p.PublishOptions)
				ap.places[place] = p
			}
		}
		if err := ap.fault(t, err); err != nil {
			return err
		}
	}
	return nil
}

// signedBy resolves the keys in options. Options without a key stay as they are.
func (s *Service) signedBy(ctx context.Context, o publications.PublishOptions) (publications.PublishOptions, error) {
	if o.Check() != nil {
		return o, nil // checkPublication reports it
	}
	if len(o.Keys) > 0 && o.GnuPG == nil {
		err := s.publications.Sign(ctx, &o, &publications.Signing{Keys: o.Keys})
		return o, atField("keys", err)
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
	p, err := ap.service.publish.Get(ctx, tx, want.Endpoint, want.Prefix, want.Distribution)
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

// checkPublication checks the settings of a publication.
func (ap *applying) checkPublication(ctx context.Context, tx *db.Tx, place string, want DeclaredPublication) error {
	t := ap.called[place]
	if _, declares := ap.in.Endpoints[want.Endpoint]; !declares && want.Endpoint != publish.BuiltIn {
		_, err := ap.service.endpoint.Get(ctx, tx, want.Endpoint)
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

// checkSource reads a source.
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

// resolved returns the sources as publications show them, if all exist.
func (ap *applying) resolved(ctx context.Context, tx *db.Tx, names []string) ([]string, error) {
	list, err := ap.service.publications.ResolveSources(ctx, tx, names)
	if problem.Is(err, problem.NotFound) {
		return names, nil // some will be created
	}
	return publish.SourceNames(list), err
}

// declaredPublication returns the declaration of a publication, with its place.
func declaredPublication(p publish.Publication) DeclaredPublication {
	o := p.Options
	if o.GnuPG != nil {
		keys := *o.GnuPG
		keys.Certificates = "" // they follow from the rest
		o.GnuPG = &keys
	}
	return DeclaredPublication{Endpoint: p.Endpoint, Prefix: p.Prefix, Distribution: p.Distribution, Sources: publish.SourceNames(p.Sources), PublishOptions: o, Retention: p.Retention}
}

// withoutPlace returns the settings that can be compared: without the place, which names the
// publication, and without those of a single release.
func (p DeclaredPublication) withoutPlace() DeclaredPublication {
	p.Endpoint, p.Prefix, p.Distribution, p.ForceOverwrite = "", "", "", false
	if p.GnuPG != nil {
		keys := *p.GnuPG
		keys.Certificates = ""
		p.GnuPG = &keys
	}
	return p
}

// keepingKeysOf keeps the signing keys of a publication if none is declared.
func (p DeclaredPublication) keepingKeysOf(now publish.Publication) DeclaredPublication {
	if len(p.Keys) == 0 && p.GnuPG == nil && !p.Unsigned && !p.Verbatim {
		p.Keys, p.GnuPG = now.Options.Keys, now.Options.GnuPG
	}
	return p
}

func (ap *applying) createPublication(ctx context.Context, t thing, want DeclaredPublication) error {
	s := ap.service
	in := publications.NewPublication{
		Endpoint: want.Endpoint, Prefix: want.Prefix, Distribution: want.Distribution, Sources: want.Sources,
		Options: want.PublishOptions, Retention: want.Retention, ForceOverwrite: want.ForceOverwrite,
	}
	return usecase.Do(ctx, s.k, usecase.Act{Permission: access.Publish, Action: "publish.create", Subject: in.Prefix + " " + in.Distribution, Detail: in}, func(tx *db.Tx, _ *usecase.Act) error {
		p, err := s.publications.Add(ctx, tx, in)
		if err != nil {
			return err
		}
		return declared.Put(ctx, tx, pending(ap.record(t, p.ID)))
	})
}

func (ap *applying) changePublication(ctx context.Context, t thing, want DeclaredPublication) error {
	s := ap.service
	edit := publications.PublicationEdit{Sources: &want.Sources, Options: &want.PublishOptions, ForceOverwrite: want.ForceOverwrite}
	return usecase.Do(ctx, s.k, usecase.Act{Permission: access.Publish, Action: "publish.update", Subject: want.Prefix + " " + want.Distribution, Detail: edit}, func(tx *db.Tx, _ *usecase.Act) error {
		p, err := s.publications.Edit(ctx, tx, publish.JoinPlace(want.Endpoint, want.Prefix), want.Distribution, edit)
		if err != nil {
			return err
		}
		if err := s.publish.Retain(ctx, tx, p, want.Retention); err != nil {
			return err
		}
		r := ap.record(t, p.ID)
		r.Pending = ap.releases(t)
		return declared.Put(ctx, tx, r)
	})
}

// releases reports whether a step makes a release of a publication.
func (ap *applying) releases(t thing) bool {
	return slices.ContainsFunc(ap.steps, func(s applyStep) bool { return s.stage == publishReleases && s.thing() == t })
}

// publish adds the step that makes the next release of a publication.
func (ap *applying) publish(t thing, needs []thing, want DeclaredPublication) {
	ap.step(publishReleases, "publish", t, append([]thing{t}, needs...), func(ctx context.Context, run *applyRun) error {
		s := ap.service
		return s.k.DB.Tx(ctx, func(tx *db.Tx) error {
			p, err := s.publish.Get(ctx, tx, want.Endpoint, want.Prefix, want.Distribution)
			if err != nil {
				return err
			}
			spec := publications.Spec(p, publications.Payload{Publication: p.ID, Overwrite: want.ForceOverwrite})
			spec.UniqueKey = "" // nobody else waits for this one
			return run.submit(ctx, tx, pending(ap.record(t, p.ID)), spec)
		})
	})
}
