package testkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/openpgp"
)

// Slice is a part of the machine's own Debian or Ubuntu archive, laid out as an
// archive: InRelease as its publisher signed it, the Packages file of main for
// the machine's architecture as text (InRelease lists it compressed too, and
// much more that is not there), and some of the packages. It must not be
// changed, since all tests on the machine share it.
type Slice struct {
	Dir          string         `json:"-"` // the archive's root
	Codename     string         `json:"codename"`
	Component    string         `json:"component"`    // main
	Architecture string         `json:"architecture"` // the machine's
	Keyring      string         `json:"keyring"`      // path of the file of keys that InRelease is signed with
	Packages     []SlicePackage `json:"packages"`     // the available candidates, about a dozen
}

// SlicePackage is a package whose file a Slice has.
type SlicePackage struct {
	Name         string        `json:"name"`
	Version      string        `json:"version"`
	Architecture string        `json:"architecture"`
	Filename     string        `json:"filename"` // below Slice.Dir
	Size         int64         `json:"size"`     // in bytes
	SHA256       digest.SHA256 `json:"sha256"`
}

// sliceCandidates are small packages that have no maintainer's scripts: the
// first dozen in the archive is used. Two depend on other candidates.
var sliceCandidates = []string{
	"hello", "jq", "libjq1", "libonig5", "colordiff", "libjansson4", "media-types", "ed", "xxd", "time", "tree",
	"libyaml-0-2", "pv", "jo", "entr", "ascii", "hello-traditional", "sysvbanner", "netcat-traditional", "publicsuffix",
}

const (
	slicePackages  = 12
	maxSliceFile   = 256 << 10          // bytes of one package
	sliceLifetime  = 7 * 24 * time.Hour // how long a replaced slice is kept, for tests that still read it
	updateInterval = 24 * time.Hour     // how often the lists are fetched where the machine has none
)

// OpenSlice returns a slice of what `apt-get update` fetched last on this
// machine, or fetches it, where the lists are empty or incomplete. It is made
// once, in the user's cache folder, and again when InRelease has changed. Only
// apt-get speaks to the network, and only to make a slice.
func OpenSlice(ctx context.Context) (*Slice, error) {
	folder, err := cacheFolder()
	if err != nil {
		return nil, fmt.Errorf("a slice of Debian's archive: %w", err)
	}
	unlock, err := lockFolder(ctx, folder, "slice.lock")
	if err != nil {
		return nil, fmt.Errorf("a slice of Debian's archive: %w", err)
	}
	defer unlock()
	machine, err := thisMachine(ctx)
	if err != nil {
		return nil, fmt.Errorf("a slice of Debian's archive: %w", err)
	}
	origins := []lists{machine, machine.private(filepath.Join(folder, "slice-apt"))}
	for _, origin := range origins {
		if slice, err := openBuilt(ctx, folder, origin); err == nil {
			return slice, nil
		}
	}
	var causes []error
	for _, origin := range origins {
		slice, err := buildSlice(ctx, folder, origin)
		if err == nil {
			return slice, nil
		}
		causes = append(causes, err)
	}
	return nil, fmt.Errorf("a slice of Debian's archive: %w", errors.Join(causes...))
}

// sliceName names the folder of a slice after its InRelease.
func sliceName(l lists, inRelease []byte) string {
	return fmt.Sprintf("slice-%s-%s-%s", l.codename, l.architecture, digest.Of(inRelease).String()[:16])
}

// openBuilt finds the slice of the InRelease that the lists have now.
func openBuilt(ctx context.Context, folder string, l lists) (*Slice, error) {
	if l.stale() {
		return nil, errors.New("the lists are old")
	}
	found, err := l.find(ctx)
	if err != nil {
		return nil, err
	}
	return readSlice(filepath.Join(folder, sliceName(l, found.inRelease)))
}

func readSlice(dir string) (*Slice, error) {
	text, err := os.ReadFile(filepath.Join(dir, "slice.json"))
	if err != nil {
		return nil, err
	}
	slice := &Slice{Dir: filepath.Join(dir, "archive")}
	if err := json.Unmarshal(text, slice); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return slice, nil
}

// buildSlice makes a slice in a temporary folder and renames that.
func buildSlice(ctx context.Context, folder string, l lists) (*Slice, error) {
	if err := l.update(ctx); err != nil {
		return nil, err
	}
	found, err := l.find(ctx)
	if err != nil {
		return nil, err
	}
	final := filepath.Join(folder, sliceName(l, found.inRelease))
	if slice, err := readSlice(final); err == nil {
		return slice, nil
	}
	temporary, err := os.MkdirTemp(folder, ".slice-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temporary)
	if err := l.fillSlice(ctx, temporary, found); err != nil {
		return nil, err
	}
	if err := errors.Join(os.Chmod(temporary, 0o755), os.Rename(temporary, final)); err != nil {
		return nil, err
	}
	dropOldSlices(folder, filepath.Base(final))
	return readSlice(final)
}

// fillSlice writes the archive, and slice.json beside it.
func (l lists) fillSlice(ctx context.Context, dir string, found foundLists) error {
	packages, err := l.packagesText(ctx, found)
	if err != nil {
		return err
	}
	slice := Slice{Codename: l.codename, Component: "main", Architecture: l.architecture, Keyring: l.keyring}
	if slice.Packages, err = chooseForSlice(packages); err != nil {
		return err
	}
	archive := filepath.Join(dir, "archive")
	if err := l.download(ctx, filepath.Join(dir, "download"), archive, slice.Packages); err != nil {
		return err
	}
	text, err := json.MarshalIndent(slice, "", "\t")
	if err != nil {
		return err
	}
	suite := filepath.Join(archive, "dists", l.codename)
	return errors.Join(
		writeFile(filepath.Join(suite, l.packagesPath()), []byte(packages)),
		writeFile(filepath.Join(suite, "InRelease"), found.inRelease),
		writeFile(filepath.Join(dir, "slice.json"), text),
	)
}

// chooseForSlice picks packages out of a Packages file.
func chooseForSlice(text string) (chosen []SlicePackage, err error) {
	sc := deb822.NewScanner(strings.NewReader(text), deb822.Options{})
	for sc.Next() {
		stanza := sc.Stanza()
		p := SlicePackage{Name: string(stanza.Get("Package"))}
		if !slices.Contains(sliceCandidates, p.Name) {
			continue
		}
		p.Version, p.Architecture = string(stanza.Get("Version")), string(stanza.Get("Architecture"))
		p.Filename = string(stanza.Get("Filename"))
		if p.SHA256, err = digest.Parse(string(stanza.Get("SHA256"))); err != nil {
			return nil, fmt.Errorf("package %s: %w", p.Name, err)
		}
		if _, err := fmt.Sscan(string(stanza.Get("Size")), &p.Size); err != nil {
			return nil, fmt.Errorf("package %s: size: %w", p.Name, err)
		}
		if p.Size <= maxSliceFile && filepath.IsLocal(p.Filename) {
			chosen = append(chosen, p)
		}
	}
	rank := func(p SlicePackage) int { return slices.Index(sliceCandidates, p.Name) }
	slices.SortFunc(chosen, func(x, y SlicePackage) int { return rank(x) - rank(y) })
	return chosen[:min(len(chosen), slicePackages)], sc.Err()
}

// dropOldSlices deletes the slices that no test still reads. A slice that it cannot
// delete only wastes space.
func dropOldSlices(folder, current string) {
	old, _ := filepath.Glob(filepath.Join(folder, "slice-*-*-*"))
	for _, dir := range old {
		if info, err := os.Stat(dir); err == nil && filepath.Base(dir) != current && time.Since(info.ModTime()) > sliceLifetime {
			_ = os.RemoveAll(dir)
		}
	}
}

// Keys reads the keys that InRelease is signed with.
func (s *Slice) Keys() (*openpgp.Keyring, error) { return readKeyring(s.Keyring) }
