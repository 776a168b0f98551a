package testkit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Packages returns the text of a real Packages index, of the component main
// of this machine's own Debian or Ubuntu release: some 60,000 stanzas and 50 MB.
// It comes from the lists that `apt-get update` left; where they are empty,
// apt-get fetches them into a private folder, which needs no root. The text is
// kept in the user's cache folder under the date of the list.
func Packages(ctx context.Context) ([]byte, error) {
	text, err := realPackages(ctx)
	if err != nil {
		return nil, fmt.Errorf("a real Packages index: %w", err)
	}
	return text, nil
}

func realPackages(ctx context.Context) ([]byte, error) {
	folder, err := cacheFolder()
	if err != nil {
		return nil, err
	}
	list, err := mainPackagesList(ctx)
	if errors.Is(err, errNoLists) {
		list, err = updatedPackagesList(ctx, filepath.Join(folder, "apt"))
	}
	if err != nil {
		return nil, err
	}
	return cachedText(ctx, folder, list)
}

// errNoLists says that apt has not been updated on this machine.
var errNoLists = errors.New("apt's lists are empty")

func cacheFolder() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		base = os.TempDir()
	}
	folder := filepath.Join(base, "aptarium-testkit")
	return folder, os.MkdirAll(folder, 0o755)
}

// mainPackagesList returns the path of the largest Packages file among apt's
// lists: that of the release's component main. Options go to apt-get.
func mainPackagesList(ctx context.Context, options ...string) (string, error) {
	args := append(options, "indextargets", "--format", "$(FILENAME)", "Created-By: Packages")
	out, err := command{}.run(ctx, "apt-get", args...)
	if err != nil {
		return "", err
	}
	largest, size := "", int64(0)
	for path := range strings.Lines(out) {
		path = strings.TrimSpace(path)
		if info, err := os.Stat(path); err == nil && info.Size() > size {
			largest, size = path, info.Size()
		}
	}
	if size < 1<<20 {
		return "", errNoLists
	}
	return largest, nil
}

// updatedPackagesList runs apt-get update with all its state in folder.
func updatedPackagesList(ctx context.Context, folder string) (string, error) {
	options := []string{"-o", "Debug::NoLocking=1"}
	for key, name := range map[string]string{"Dir::State::lists": "lists", "Dir::Cache": "cache"} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Join(path, "partial"), 0o755); err != nil {
			return "", err
		}
		options = append(options, "-o", key+"="+path)
	}
	if os.Getuid() == 0 {
		// The folder may lie where apt's own user cannot look.
		options = append(options, "-o", "APT::Sandbox::User=root")
	}
	if _, err := (command{}).run(ctx, "apt-get", append(options, "update")...); err != nil {
		return "", err
	}
	return mainPackagesList(ctx, options...)
}

// cachedText returns the plain text of one of apt's lists, which are compressed.
func cachedText(ctx context.Context, folder, list string) ([]byte, error) {
	info, err := os.Stat(list)
	if err != nil {
		return nil, err
	}
	cached := filepath.Join(folder, fmt.Sprintf("%s.%d.txt", filepath.Base(list), info.ModTime().UnixNano()))
	if text, err := os.ReadFile(cached); err == nil {
		return text, nil
	}
	text, err := command{}.run(ctx, aptHelper, "cat-file", list)
	if err != nil {
		return nil, err
	}
	return []byte(text), replaceFile(cached, text)
}

// replaceFile writes a file at once: tests of other packages may read it now.
func replaceFile(path, text string) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".packages-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }()
	_, err = temporary.WriteString(text)
	if err := errors.Join(err, temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}
