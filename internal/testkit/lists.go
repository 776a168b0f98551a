package testkit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/openpgp"
)

// lists are what an `apt-get update` with the machine's own sources left
// behind: in the machine's folders or in private ones.
type lists struct {
	distribution string   // Debian or Ubuntu, as in Origin, in any case
	codename     string   // of the machine's release
	architecture string   // the machine's
	keyring      string   // path of the distribution's keys
	folder       string   // of private lists; empty means the machine's
	options      []string // for apt-get
}

// foundLists are the files of the release's main archive among the lists.
type foundLists struct {
	inRelease []byte
	packages  string // path of the Packages file, in whatever compression apt keeps it
}

// thisMachine describes the machine's own lists.
func thisMachine(ctx context.Context) (lists, error) {
	release, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return lists{}, err
	}
	l := lists{}
	for line := range strings.Lines(string(release)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch value = strings.Trim(value, `"'`); name {
		case "ID":
			l.distribution = value
		case "VERSION_CODENAME":
			l.codename = value
		}
	}
	if l.codename == "" || l.distribution != "debian" && l.distribution != "ubuntu" {
		return lists{}, fmt.Errorf("/etc/os-release names %q %q: these tests run on Debian and Ubuntu", l.distribution, l.codename)
	}
	l.keyring = "/usr/share/keyrings/" + l.distribution + "-archive-keyring.gpg"
	if _, err := os.Stat(l.keyring); err != nil {
		return lists{}, fmt.Errorf("%w: install the Debian package %s-archive-keyring", err, l.distribution)
	}
	architecture, err := command{}.run(ctx, "dpkg", "--print-architecture")
	l.architecture = strings.TrimSpace(architecture)
	return l, err
}

// private describes lists of the same sources that are kept in a folder.
func (l lists) private(folder string) lists {
	l.folder = folder
	l.options = []string{
		"-o", "Dir::State::lists=" + filepath.Join(folder, "lists"),
		"-o", "Dir::Cache=" + filepath.Join(folder, "cache"),
		"-o", "Acquire::Languages=none",
		"-o", "APT::Sandbox::User=root", // the user _apt cannot enter a private folder
	}
	return l
}

func (l lists) apt(ctx context.Context, dir string, args ...string) (string, error) {
	env := append(os.Environ(), "LC_ALL=C")
	return command{dir: dir, env: env}.run(ctx, "apt-get", append(l.options, args...)...)
}

// stamp is a file as old as the private lists.
func (l lists) stamp() string { return filepath.Join(l.folder, "updated") }

// stale reports whether private lists are missing or old. The age of the
// machine's own is the machine's matter.
func (l lists) stale() bool {
	if l.folder == "" {
		return false
	}
	info, err := os.Stat(l.stamp())
	return err != nil || time.Since(info.ModTime()) > updateInterval
}

// update fetches private lists that are stale. It is no failure when some
// source cannot be reached, as long as there are lists from before.
func (l lists) update(ctx context.Context) error {
	if !l.stale() {
		return nil
	}
	for _, name := range []string{"lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(l.folder, name), 0o755); err != nil {
			return err
		}
	}
	_, failed := l.apt(ctx, "", "update")
	if _, err := l.find(ctx); err != nil {
		return errors.Join(failed, err)
	}
	if failed != nil {
		return nil
	}
	return os.WriteFile(l.stamp(), nil, 0o644)
}

// packagesPath is where the suite has the Packages file.
func (l lists) packagesPath() string { return "main/binary-" + l.architecture + "/Packages" }

// find looks for the files of the release's main archive, not those of its
// updates or of other archives for the same release.
func (l lists) find(ctx context.Context) (foundLists, error) {
	const format = "$(RELEASE)|$(CODENAME)|$(ORIGIN)|$(METAKEY)|$(FILENAME)"
	out, err := l.apt(ctx, "", "indextargets", "--format", format, "Created-By: Packages")
	if err != nil {
		return foundLists{}, err
	}
	for line := range strings.Lines(out) {
		field := strings.Split(strings.TrimSpace(line), "|")
		if len(field) != 5 || !strings.EqualFold(field[2], l.distribution) || field[3] != l.packagesPath() {
			continue
		}
		if field[0] != l.codename && (field[1] != l.codename || strings.Contains(field[0], "-")) {
			continue
		}
		stem := strings.ReplaceAll(field[3], "/", "_")
		suite, _, ok := strings.Cut(field[4], "_"+stem)
		if !ok {
			continue
		}
		inRelease, err := os.ReadFile(suite + "_InRelease")
		if err != nil {
			return foundLists{}, err
		}
		return foundLists{inRelease, field[4]}, nil
	}
	return foundLists{}, fmt.Errorf("apt's lists lack main of %s: run apt-get update, with the distribution's archive among the sources", l.codename)
}

// packagesText returns the Packages file. It must be listed in InRelease, and InRelease
// must be signed by the distribution.
func (l lists) packagesText(ctx context.Context, found foundLists) (string, error) {
	keys, err := readKeyring(l.keyring)
	if err != nil {
		return "", err
	}
	signed, _, err := openpgp.VerifyClearSigned(found.inRelease, keys, openpgp.Policy{AcceptExpiredKeys: true})
	if err != nil {
		return "", fmt.Errorf("InRelease of %s: %w", l.codename, err)
	}
	release, err := deb822.Parse(signed)
	if err != nil {
		return "", fmt.Errorf("InRelease of %s: %w", l.codename, err)
	}
	text, err := command{}.run(ctx, aptHelper, "cat-file", found.packages)
	if err != nil {
		return "", err
	}
	sum := digest.Of([]byte(text)).String()
	for entry, err := range deb822.Checksums(release.Get("SHA256"), deb822.SHA256) {
		if err != nil {
			return "", fmt.Errorf("InRelease of %s: %w", l.codename, err)
		}
		if string(entry.Name) == l.packagesPath() && string(entry.Sum) == sum {
			return text, nil
		}
	}
	return "", fmt.Errorf("%s is not what InRelease lists: run apt-get update", found.packages)
}

// download lets apt-get fetch packages, and puts them where they are in the
// archive.
func (l lists) download(ctx context.Context, dir, archive string, packages []SlicePackage) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	args, wanted := []string{"-q", "download"}, map[digest.SHA256]string{}
	if l.folder == "" {
		args = append(args, "-o", "APT::Sandbox::User=root")
	}
	for _, p := range packages {
		args = append(args, p.Name+"="+p.Version)
		wanted[p.SHA256] = p.Filename
	}
	if _, err := l.apt(ctx, dir, args...); err != nil {
		return err
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, file := range files {
		content, err := os.ReadFile(filepath.Join(dir, file.Name()))
		if err != nil {
			return err
		}
		name, ok := wanted[digest.Of(content)]
		if !ok {
			return fmt.Errorf("apt-get downloaded %s, which is not in the Packages file", file.Name())
		}
		delete(wanted, digest.Of(content))
		if err := writeFile(filepath.Join(archive, name), content); err != nil {
			return err
		}
	}
	if len(wanted) > 0 {
		return fmt.Errorf("apt-get downloaded %d of %d packages", len(packages)-len(wanted), len(packages))
	}
	return nil
}

func readKeyring(path string) (*openpgp.Keyring, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return openpgp.ReadKeys(data)
}
