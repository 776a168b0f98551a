package apply

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/keyring/gnupg"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

// keyringState has the fingerprints of a GnuPG keyring, existing and declared.
type keyringState struct{ has, wanted []string }

// askGnuPG reads GnuPG's keys: those of declared keyrings, and those that sign publications.
func (ap *applying) askGnuPG(ctx context.Context) error {
	for _, name := range slices.Sorted(maps.Keys(ap.in.Keyrings)) {
		t := thing{keyringKind, name}
		state, err := ap.askKeyring(ctx, name)
		if err != nil {
			if err := ap.fault(t, err); err != nil {
				return err
			}
			continue
		}
		ap.trusted[name] = state
	}
	return ap.locatePublications(ctx)
}

func (ap *applying) askKeyring(ctx context.Context, name string) (s keyringState, err error) {
	ring, err := openpgp.ReadKeys([]byte(ap.in.Keyrings[name]))
	if err != nil {
		return s, problem.New(problem.Invalid, "%w", err)
	}
	s.wanted = usecase.Map(ring.Keys(), func(k openpgp.Key) string { return k.Fingerprint })
	has, err := ap.service.k.Settings.GnuPG.List(ctx, name)
	if _, err := found(err); err != nil {
		return s, err
	}
	s.has = fingerprintsOf(has)
	slices.Sort(s.wanted)
	slices.Sort(s.has)
	return s, nil
}

func fingerprintsOf(list []gnupg.Key) []string {
	return usecase.Map(list, func(k gnupg.Key) string { return k.Fingerprint })
}

// decideKeyrings compares the GnuPG keyrings.
func (ap *applying) decideKeyrings() {
	for _, name := range slices.Sorted(maps.Keys(ap.trusted)) {
		t, state := thing{keyringKind, name}, ap.trusted[name]
		if len(state.has) > 0 {
			ap.stated(t, 0)
		}
		if slices.Equal(state.has, state.wanted) {
			continue
		}
		action := "change"
		if len(state.has) == 0 {
			action = "create"
		}
		step := ap.step(makeKeyrings, action, t, nil, func(ctx context.Context, run *applyRun) error {
			return run.keep(ctx, ap.record(t, 0), ap.bringKeyring(ctx, name, state))
		})
		if len(state.has) > 0 {
			step.Settings = []SettingChange{{"keys", state.has, state.wanted}}
		}
		step.Destructive = len(without(state.has, state.wanted)) > 0
	}
}

// bringKeyring makes the declared keys the only ones of a keyring.
func (ap *applying) bringKeyring(ctx context.Context, name string, s keyringState) error {
	if _, err := ap.service.keys.AddTrusted(ctx, name, ap.in.Keyrings[name], "", nil); err != nil {
		return err
	}
	return ap.service.dropTrusted(ctx, name, without(s.has, s.wanted))
}

// dropTrusted removes keys from a keyring.
func (s *Service) dropTrusted(ctx context.Context, keyring string, fingerprints []string) error {
	var errs []error
	for _, fingerprint := range fingerprints {
		_, err := s.keys.DropTrusted(ctx, keyring, fingerprint)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// without returns the words of a list that are not in another.
func without(list, other []string) (rest []string) {
	for _, word := range list {
		if !slices.Contains(other, word) {
			rest = append(rest, word)
		}
	}
	return rest
}
