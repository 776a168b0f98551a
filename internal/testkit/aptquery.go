package testkit

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// aptHelper is outside of PATH.
const aptHelper = "/usr/lib/apt/apt-helper"

// Update runs apt-get update. It fails when anything of any source could not be
// fetched or verified, also where apt-get itself would only warn.
func (a *Apt) Update(ctx context.Context) (output string, err error) {
	return a.Run(ctx, "apt-get", "update")
}

// Install installs packages, each given as name, name=version or name/suite,
// into [Apt.Root], with what they depend on. A package with maintainer's
// scripts cannot be installed, since the root has no shell to run them.
func (a *Apt) Install(ctx context.Context, packages ...string) (output string, err error) {
	return a.Run(ctx, "apt-get", append([]string{"install"}, packages...)...)
}

// Download fetches one package, given as name, name=version or name/suite, and
// returns the path of the file.
func (a *Apt) Download(ctx context.Context, pkg string) (path string, err error) {
	files, err := a.intoFolder(ctx, "download", pkg)
	if err != nil {
		return "", err
	}
	if len(files) != 1 {
		return "", fmt.Errorf("apt-get download %s left %d files", pkg, len(files))
	}
	return files[0], nil
}

// DownloadSource fetches a source package and returns the paths of its files:
// the .dsc and what it lists. The sources must have deb-src among their Types.
func (a *Apt) DownloadSource(ctx context.Context, source string) (paths []string, err error) {
	return a.intoFolder(ctx, "source", "--download-only", source)
}

// intoFolder runs apt-get in a fresh folder and lists what it left there.
func (a *Apt) intoFolder(ctx context.Context, args ...string) (paths []string, err error) {
	dir, err := os.MkdirTemp(filepath.Join(a.dir, "downloads"), "")
	if err != nil {
		return nil, fmt.Errorf("apt's downloads: %w", err)
	}
	if _, err := a.runIn(ctx, dir, "apt-get", args...); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("apt's downloads: %w", err)
	}
	for _, entry := range entries {
		paths = append(paths, filepath.Join(dir, entry.Name()))
	}
	return paths, nil
}

// Policy is what apt-cache policy says about a package: the installed version,
// the candidate, and every version with where it comes from.
func (a *Apt) Policy(ctx context.Context, pkg string) (string, error) {
	return a.Run(ctx, "apt-cache", "policy", pkg)
}

// Candidate is the version that apt would install, or "" when there is none.
func (a *Apt) Candidate(ctx context.Context, pkg string) (version string, err error) {
	return a.policyField(ctx, pkg, "Candidate:")
}

// InstalledVersion is the version in [Apt.Root], or "" when there is none.
func (a *Apt) InstalledVersion(ctx context.Context, pkg string) (version string, err error) {
	return a.policyField(ctx, pkg, "Installed:")
}

func (a *Apt) policyField(ctx context.Context, pkg, field string) (string, error) {
	text, err := a.Policy(ctx, pkg)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), field); ok {
			if value = strings.TrimSpace(value); value == "(none)" {
				return "", nil
			}
			return value, nil
		}
	}
	return "", nil
}

// CountPackages counts the stanzas of all Packages files as apt reads them
// back from its lists, decompressed by its own code. It fails when apt cannot
// build its cache.
func (a *Apt) CountPackages(ctx context.Context) (int, error) {
	if _, err := a.Run(ctx, "apt-cache", "gencaches"); err != nil {
		return 0, err
	}
	names, err := a.Run(ctx, "apt-get", "indextargets", "--format", "$(FILENAME)", "Created-By: Packages")
	if err != nil {
		return 0, err
	}
	count := 0
	for name := range strings.Lines(names) {
		text, err := a.ReadList(ctx, strings.TrimSpace(name))
		if err != nil {
			return 0, err
		}
		count += strings.Count("\n"+text, "\nPackage: ")
	}
	return count, nil
}

// ReadList returns the text of one of apt's lists, decompressed by its own code.
func (a *Apt) ReadList(ctx context.Context, name string) (string, error) {
	return command{env: a.environment()}.run(ctx, aptHelper, "cat-file", name)
}
