package testkit

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/openpgp"
)

// Big is an archive of many small packages, in one suite.
type Big struct {
	Dir          string `json:"-"`            // the archive's root
	Codename     string `json:"codename"`     // big
	Component    string `json:"component"`    // main
	Architecture string `json:"architecture"` // the machine's; packages for all are listed with it
	Packages     int    `json:"packages"`     // how many it lists
	// Key signs InRelease. Its secret lies in Dir too, so that a benchmark can
	// change a copy of the archive and sign it.
	Key *openpgp.SecretKey `json:"-"`
}

const (
	// maxBig bounds the size of a Big: its indexes are made in memory.
	maxBig = 500_000
	// bigVersion is counted up when the generator writes something else, so
	// that archives in the cache are made again.
	bigVersion = 1
	// The files beside dists and pool.
	bigFile       = "big.json"
	bigKeyFile    = "key.asc"         // secret
	bigPublicFile = "archive-key.asc" // as clients take it
)

// BigArchive returns an archive of n packages from the user's cache folder, and
// makes it first when it is not there. It must not be changed.
func BigArchive(ctx context.Context, n int) (*Big, error) {
	folder, err := cacheFolder()
	if err != nil {
		return nil, fmt.Errorf("an archive of %d packages: %w", n, err)
	}
	unlock, err := lockFolder(ctx, folder, "big.lock")
	if err != nil {
		return nil, fmt.Errorf("an archive of %d packages: %w", n, err)
	}
	defer unlock()
	dir := filepath.Join(folder, fmt.Sprintf("big-%d-%d", n, bigVersion))
	if big, err := openBig(dir); err == nil {
		return big, nil
	}
	temporary, err := os.MkdirTemp(folder, ".big-*")
	if err != nil {
		return nil, fmt.Errorf("an archive of %d packages: %w", n, err)
	}
	defer os.RemoveAll(temporary)
	if _, err := WriteBigArchive(ctx, temporary, n); err != nil {
		return nil, err
	}
	if err := errors.Join(os.Chmod(temporary, 0o755), os.RemoveAll(dir), os.Rename(temporary, dir)); err != nil {
		return nil, fmt.Errorf("an archive of %d packages: %w", n, err)
	}
	return openBig(dir)
}

// WriteBigArchive makes an archive of n packages, at most 500,000, in dir,
// which is made when missing. The packages are those of a real Packages file
// (see [Packages]), spread evenly over it; if these are not enough, some are repeated
// under other names. Each has all its control fields and its
// place in the pool, and a file of about one kilobyte.
//
// It takes about 0.3 ms of a processor and 5 KB of memory for each package.
func WriteBigArchive(ctx context.Context, dir string, n int) (*Big, error) {
	if n < 1 || n > maxBig {
		return nil, fmt.Errorf("an archive of %d packages: it must be 1 to %d", n, maxBig)
	}
	text, err := Packages(ctx)
	if err != nil {
		return nil, err
	}
	models, err := chooseModels(text, n)
	if err != nil {
		return nil, fmt.Errorf("an archive of %d packages: %w", n, err)
	}
	stanzas, err := writePackages(ctx, dir, models)
	if err != nil {
		return nil, fmt.Errorf("an archive of %d packages: %w", n, err)
	}
	key, err := NewKey("Big archive")
	if err != nil {
		return nil, fmt.Errorf("an archive of %d packages: %w", n, err)
	}
	big := &Big{Dir: dir, Codename: "big", Component: "main", Architecture: nativeArchitecture(models), Packages: n, Key: key}
	if err := big.write(ctx, bytes.Join(stanzas, []byte("\n"))); err != nil {
		return nil, fmt.Errorf("an archive of %d packages: %w", n, err)
	}
	return big, nil
}

// writePackages writes all package files with as many goroutines as there are
// processors, and returns their stanzas in the order of the models.
func writePackages(ctx context.Context, dir string, models []model) ([][]byte, error) {
	stanzas := make([][]byte, len(models))
	workers := runtime.GOMAXPROCS(0)
	failures := make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(models) && failures[w] == nil; i += workers {
				stanzas[i], failures[w] = models[i].write(dir)
				failures[w] = cmp.Or(failures[w], ctx.Err())
			}
		})
	}
	wg.Wait()
	return stanzas, errors.Join(failures...)
}

// write writes all but the packages: big.json last, as the mark of a whole
// archive.
func (b *Big) write(ctx context.Context, packages []byte) error {
	suite := Suite{
		Codename: b.Codename, Components: []string{b.Component}, Architectures: []string{b.Architecture},
		Keys: []*openpgp.SecretKey{b.Key}, Formats: []compress.Format{compress.Gzip, compress.XZ},
	}.withDefaults()
	all := files{}
	listed, err := suite.addText(ctx, suite.indexPath(Package{Architecture: b.Architecture}), packages, all)
	if err != nil {
		return err
	}
	secret, secretErr := b.Key.Armored()
	public, publicErr := b.Key.Public().Armored()
	about, jsonErr := json.MarshalIndent(b, "", "\t")
	if err := errors.Join(suite.addRelease(ctx, listed, all), secretErr, publicErr, jsonErr); err != nil {
		return err
	}
	all[bigKeyFile], all[bigPublicFile] = secret, public
	return errors.Join(writeFiles(b.Dir, all), writeFile(filepath.Join(b.Dir, bigFile), about))
}

// openBig opens an archive that was written before.
func openBig(dir string) (*Big, error) {
	big := &Big{Dir: dir}
	about, err := os.ReadFile(filepath.Join(dir, bigFile))
	if err != nil {
		return nil, err
	}
	secret, err := os.ReadFile(filepath.Join(dir, bigKeyFile))
	if err != nil {
		return nil, err
	}
	if big.Key, err = openpgp.ReadSecretKey(secret, nil); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	if err := json.Unmarshal(about, big); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return big, nil
}
