package crash

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"time"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
)

// states is how many states the upstream goes through.
const states = 3

// material is what all rounds share, made once: the states of the upstream and
// the packages that are uploaded.
type material struct {
	Upstream string // directory of the states, named 0, 1, …
	Keyring  string // armored
}

// makeMaterial writes the states of the upstream below a directory.
func makeMaterial(ctx context.Context, dir string) (m material, err error) {
	key, err := openpgp.Generate(openpgp.Params{Name: "Upstream", Created: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		return m, err
	}
	armored, err := key.Public().Armored()
	if err != nil {
		return m, err
	}
	for state := range states {
		archive := testkit.Archive{Suites: []testkit.Suite{{
			Codename: "stable", Keys: []*openpgp.SecretKey{key}, ByHash: testkit.WithByHash,
			Date:     time.Date(2026, 1, 1, state, 0, 0, 0, time.UTC),
			Packages: upstreamPackages(state), Architectures: []string{"amd64", "arm64"},
		}}}
		if err := archive.Write(ctx, filepath.Join(dir, fmt.Sprint(state))); err != nil {
			return m, err
		}
	}
	return material{Upstream: dir, Keyring: string(armored)}, nil
}

// upstreamPackages returns the packages of a state. Each state shares some with each
// other. One package is too large to be held in memory while it is downloaded.
func upstreamPackages(state int) (list []testkit.Package) {
	for i := range 7 {
		version := "1"
		if i%3 == state {
			version = fmt.Sprintf("1.%d", state)
		}
		list = append(list, example(fmt.Sprintf("example%d", i), version, []string{"amd64", "arm64", "all"}[i%3]))
	}
	noise := make([]byte, 300<<10)
	random := rand.NewChaCha8([32]byte{byte(state / 2)})
	_, _ = random.Read(noise) // never fails
	large := example("large", fmt.Sprint(state/2), "amd64")
	large.Files = []debfile.File{{Name: "usr/share/large/noise", Body: noise}}
	return append(list, large)
}

func example(name, version, architecture string) testkit.Package {
	return testkit.Package{
		Name: name, Version: version, Architecture: architecture,
		Description: "example package " + name + "\n This is about " + name + " at length.",
	}
}

func gunzip(data []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
