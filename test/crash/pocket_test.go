package crash

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

// The pockets of the scenario: one mirrors the upstream, the other pulls from it.
var (
	mirrored = pockets.Path{Distribution: "ubuntu", Series: "noble", Pocket: "release"}
	pulled   = pockets.Path{Distribution: "ubuntu", Series: "stable", Pocket: "release"}
)

// createPockets makes them, with the keys that they name.
func createPockets(s *session) error {
	if _, err := s.Keys.Import(s.ctx, "upstream", []byte(s.world.Material.Keyring), nil); err != nil {
		return err
	}
	if _, err := s.Keys.Get(s.ctx, "pockets"); problem.Is(err, problem.NotFound) {
		if _, err := s.Keys.Generate(s.ctx, keys.NewKey{Name: "pockets"}); err != nil {
			return err
		}
	}
	_, err := s.Pockets.CreateDistribution(s.ctx, pockets.NewDistribution{Name: "ubuntu"})
	if err = s.made(err); err != nil {
		return err
	}
	_, err = s.Pockets.CreateSeries(s.ctx, pockets.NewSeries{
		Name: "noble", Distribution: "ubuntu", Pockets: []string{"release"}, Components: []string{"main"}, Architectures: []string{"amd64", "arm64"},
		Key: "pockets", MirrorURL: s.world.URL, MirrorSeries: "stable", MirrorKey: "upstream",
	})
	if err = s.made(err); err != nil {
		return err
	}
	_, err = s.Pockets.DeriveSeries(s.ctx, "ubuntu", "noble", "stable")
	return errors.Join(s.made(err), s.settle())
}

// onPocket is a step that works on a pocket, and publishes it.
func onPocket(name string, start func(*session) (usecase.Activity, error)) step {
	return step{name, func(s *session) error { return s.done(start(s)) }, false}
}

func syncPocket() step {
	return onPocket("pocket sync", func(s *session) (usecase.Activity, error) { return s.Pockets.Sync(s.ctx, mirrored) })
}

func pullPocket() step {
	return onPocket("pocket pull", func(s *session) (usecase.Activity, error) { return s.Pockets.Pull(s.ctx, pulled) })
}

// pocketTree is what is published of the pockets.
type pocketTree struct{ *session }

func (t pocketTree) read(name string) ([]byte, error) {
	f, err := t.Publications.File(t.ctx, "repository/standalone/ubuntu/"+name)
	if problem.Is(err, problem.NotFound) {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	return readAll(t.ctx, f)
}

func readAll(ctx context.Context, f publications.File) ([]byte, error) {
	r, err := f.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func (t pocketTree) has(name, sha256 string) error { return hasBytes(t.read, name, sha256) }

// pocketsSound wants the releases of the pockets to be whole.
func (s *session) pocketsSound() error {
	for _, suite := range []string{mirrored.Suite(), pulled.Suite(), uploaded.Suite()} {
		if _, err := look(pocketTree{s}, suite); err != nil {
			return fmt.Errorf("the suite %s of the pockets: %w", suite, err)
		}
	}
	return nil
}

// pocketsNewest wants both to list, and to publish, what the upstream had at the end.
func (s *session) pocketsNewest() error {
	wanted, err := s.world.offered()
	if err != nil {
		return err
	}
	for suite, collection := range map[string]string{mirrored.Suite(): "mirror:" + mirrored.Collection(), pulled.Suite(): "repo:" + pulled.Collection()} {
		listed, err := s.listed(collection)
		if err != nil {
			return err
		}
		r, err := look(pocketTree{s}, suite)
		if err != nil {
			return err
		}
		if r == nil || !slices.Equal(listed, wanted) || !slices.Equal(r.packages, wanted) {
			return fmt.Errorf("the suite %s has not what the upstream had at the end, %q; its pocket has %q", suite, wanted, listed)
		}
	}
	return nil
}
