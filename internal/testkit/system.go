package testkit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// System is a small Debian of another release than the machine's, in a folder of
// its own: apt, dpkg and what these need. Its programs run in it by chroot(2), so
// tests that use one run as root; they reach servers on this machine's loopback.
type System struct{ dir string }

const (
	// systemPackages are unpacked, with what they depend on: apt, and what dpkg
	// looks for before it installs.
	systemPackages = "base-files,apt,dpkg,tar,dash,coreutils,diffutils,libc-bin"
	// systemLifetime is how long a system in the cache is used before it is made
	// again, with the then current release.
	systemLifetime = 30 * 24 * time.Hour
)

// NewSystem unpacks a Debian of a release ("trixie") in dir, which must be empty
// or missing. It is kept in the user's cache folder as a tar archive, which
// mmdebstrap(1) makes in some seconds from the machine's own Debian mirror when
// it is not there.
func NewSystem(ctx context.Context, release, dir string) (*System, error) {
	if os.Geteuid() != 0 {
		return nil, fmt.Errorf("a Debian %s: chroot is for root; run this test as root", release)
	}
	image, err := systemImage(ctx, release)
	if err != nil {
		return nil, fmt.Errorf("a Debian %s: %w", release, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("a Debian %s: %w", release, err)
	}
	if _, err := (command{dir: dir}).run(ctx, "tar", "--numeric-owner", "-xf", image); err != nil {
		return nil, fmt.Errorf("a Debian %s: %w", release, err)
	}
	s := &System{dir: dir}
	for name, text := range map[string]string{
		"etc/apt/sources.list": "",
		"etc/passwd":           "root:x:0:0:root:/root:/bin/sh\n",
		"etc/group":            "root:x:0:\n",
		"etc/apt/apt.conf": `APT::Sandbox::User "root"; APT::Get::Assume-Yes "true"; APT::Install-Recommends "false"; Acquire::http::Proxy "DIRECT";
Acquire::Languages "none"; Acquire::Retries "0"; APT::Update::Error-Mode "any"; Dpkg::Use-Pty "false"; DPkg::Options:: "--force-unsafe-io"; quiet "1";
`,
	} {
		if err := s.Write(name, text); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Write makes or replaces a file, whose path is below the root.
func (s *System) Write(name, text string) error {
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o644); err != nil {
		return fmt.Errorf("a file of the other Debian: %w", err)
	}
	return nil
}

// Run runs one of its programs and returns what it wrote to both of its outputs.
// The error carries that too.
func (s *System) Run(ctx context.Context, program string, args ...string) (string, error) {
	env := []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "HOME=/root", "DEBIAN_FRONTEND=noninteractive"}
	return command{env: env, both: true}.run(ctx, "/usr/sbin/chroot", append([]string{s.dir, program}, args...)...)
}

// InstalledVersion returns the version of an installed package, "" if it is not.
func (s *System) InstalledVersion(ctx context.Context, name string) (string, error) {
	out, err := s.Run(ctx, "dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status} ${Version}\n")
	for line := range strings.Lines(out) {
		if fields := strings.Fields(line); err == nil && len(fields) == 3 && fields[0] == name && fields[1] == "installed" {
			return fields[2], nil
		}
	}
	return "", err
}

// systemImage returns the path of the archive in the cache.
func systemImage(ctx context.Context, release string) (string, error) {
	folder, err := cacheFolder()
	if err != nil {
		return "", err
	}
	unlock, err := lockFolder(ctx, folder, "system.lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	machine, err := thisMachine(ctx)
	if err != nil {
		return "", err
	}
	image := filepath.Join(folder, "system-"+release+"-"+machine.architecture+"-1.tar")
	if info, err := os.Stat(image); err == nil && time.Since(info.ModTime()) < systemLifetime {
		return image, nil
	}
	mirror, err := debianMirror(ctx)
	if err != nil {
		return "", err
	}
	fresh := image + ".new.tar"
	_, err = command{}.run(ctx, "mmdebstrap", "--quiet", "--mode=root", "--variant=extract", "--architectures="+machine.architecture,
		"--include="+systemPackages, release, fresh, mirror)
	if err != nil {
		return "", errors.Join(err, os.Remove(fresh))
	}
	return image, os.Rename(fresh, image)
}

// debianMirror returns the address from which the machine's own apt takes Debian's
// main archive.
func debianMirror(ctx context.Context) (string, error) {
	out, err := command{}.run(ctx, "apt-get", "indextargets", "--format", "$(ORIGIN) $(LABEL) $(REPO_URI)", "Created-By: Packages")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(out) {
		if mirror, ok := strings.CutPrefix(strings.TrimSpace(line), "Debian Debian "); ok {
			return mirror, nil
		}
	}
	return "", errors.New("the machine's apt has no lists of Debian's main archive: run apt-get update as root")
}
