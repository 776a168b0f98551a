package testkit

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/openpgp"
)

// AptOptions describe a private apt client. Only Sources is needed.
type AptOptions struct {
	// Architecture is the native one of the client; empty means the machine's.
	// Packages of another one can be downloaded and installed, not run.
	Architecture string
	// ForeignArchitectures are further ones that the client installs from.
	ForeignArchitectures []string
	// Sources is the text of a .sources file, sources.list(5). [AptSource]
	// makes a stanza of it.
	Sources string
	// Trusted are keys for sources that name none in Signed-By.
	Trusted *openpgp.Keyring
	// Auth is the text of an auth.conf file, apt_auth.conf(5).
	Auth string
	// Config is more text for apt.conf(5), after what makes the client private.
	Config string
	// Installed names packages that the client believes to be installed
	// already, each as name=version: what the packages under test depend on.
	Installed []string
}

// Apt is the machine's apt client (apt-get and apt-cache) with all its files in
// one folder. It knows nothing of the machine's own sources, keys, proxies,
// hooks and installed packages, needs no root, and speaks English. Several may
// run at once, but only one call at a time on the same Apt.
type Apt struct {
	dir     string // absolute
	root    string // where Install puts packages
	options AptOptions
}

// NewApt makes a client in dir, which is made when missing and may be
// removed when the client is not needed any more.
func NewApt(dir string, options AptOptions) (*Apt, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("apt's folder: %w", err)
	}
	a := &Apt{dir: dir, root: filepath.Join(dir, "root"), options: options}
	for _, folder := range []string{
		"etc/apt/apt.conf.d", "etc/apt/preferences.d", "etc/apt/sources.list.d", "etc/apt/trusted.gpg.d", "etc/apt/auth.conf.d",
		"var/lib/apt/lists/partial", "var/cache/apt/archives/partial", "var/log/apt", "downloads",
		"root/var/lib/dpkg/info", "root/var/lib/dpkg/updates", "root/var/lib/dpkg/triggers", "root/var/log",
	} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			return nil, fmt.Errorf("apt's folder: %w", err)
		}
	}
	files := map[string]string{
		"apt.conf":               a.config(),
		"etc/apt/auth.conf":      options.Auth,
		"etc/apt/preferences":    "",
		"root/var/lib/dpkg/arch": strings.Join(a.architectures(), "\n") + "\n",
	}
	if options.Trusted != nil {
		files["etc/apt/trusted.gpg.d/trusted.gpg"] = string(options.Trusted.Binary())
	}
	if err := a.pretendInstalled(files); err != nil {
		return nil, err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return nil, fmt.Errorf("apt's folder: %w", err)
		}
	}
	return a, a.SetSources(options.Sources)
}

// SetSources replaces the client's only .sources file. Lists that it fetched
// before stay until the next Update.
func (a *Apt) SetSources(text string) error {
	if err := os.WriteFile(filepath.Join(a.dir, "etc/apt/sources.list.d/test.sources"), []byte(text), 0o644); err != nil {
		return fmt.Errorf("apt's sources: %w", err)
	}
	return nil
}

// Root is the folder that [Apt.Install] installs to.
func (a *Apt) Root() string { return a.root }

// architectures lists the native architecture first. It is empty when that is
// the machine's own and there is no other.
func (a *Apt) architectures() (all []string) {
	if a.options.Architecture != "" {
		all = append(all, a.options.Architecture)
	}
	return append(all, a.options.ForeignArchitectures...)
}

// config is the apt.conf(5) that APT_CONFIG names. It is read first, and keeps
// apt from looking into /etc/apt by moving Dir.
func (a *Apt) config() string {
	var b strings.Builder
	set := func(name, value string) { fmt.Fprintf(&b, "%s %q;\n", name, value) }
	set("Dir", a.dir+"/")
	set("Dir::State::status", filepath.Join(a.root, "var/lib/dpkg/status"))
	set("Dir::Etc::netrc", "auth.conf")
	if a.options.Architecture != "" {
		set("APT::Architecture", a.options.Architecture)
	}
	for _, architecture := range a.architectures() {
		set("APT::Architectures::", architecture)
	}
	set("APT::Sandbox::User", "root") // the user _apt cannot enter a private folder
	set("APT::Update::Error-Mode", "any")
	set("APT::Get::Assume-Yes", "true")
	set("APT::Install-Recommends", "false")
	set("Acquire::Languages", "none")
	set("Acquire::Retries", "0")
	set("Acquire::http::Proxy", "DIRECT")
	set("Acquire::http::Timeout", "30")
	set("Dpkg::Use-Pty", "false")
	set("DPkg::Options::", "--root="+a.root)
	set("DPkg::Options::", "--log="+filepath.Join(a.dir, "var/log/dpkg.log"))
	set("DPkg::Options::", "--force-not-root,architecture,unsafe-io")
	set("quiet", "1")
	b.WriteString(a.options.Config)
	return b.String()
}

// pretendInstalled adds dpkg's files about the packages of Options.Installed.
func (a *Apt) pretendInstalled(files map[string]string) error {
	var status strings.Builder
	for _, entry := range a.options.Installed {
		name, version, ok := strings.Cut(entry, "=")
		if !ok {
			return fmt.Errorf("installed package %q: must be name=version", entry)
		}
		fmt.Fprintf(&status, "Package: %s\nStatus: install ok installed\nMaintainer: Test <test@example.org>\n"+
			"Architecture: all\nMulti-Arch: foreign\nVersion: %s\nDescription: taken as installed\n\n", name, version)
		files["root/var/lib/dpkg/info/"+name+".list"] = "/.\n"
	}
	files["root/var/lib/dpkg/status"] = status.String()
	return nil
}

// AptSource writes one stanza of a .sources file, sources.list(5), for binary
// packages: uri is the archive's root, suite a folder under dists or, with a
// slash at the end, one of a flat archive; components are parted by spaces,
// and empty for a flat archive. The keys become Signed-By; nil leaves that out.
func AptSource(uri, suite, components string, keys *openpgp.Keyring) (string, error) {
	fields := [][2]string{{"Types", "deb"}, {"URIs", uri}, {"Suites", suite}}
	if components != "" {
		fields = append(fields, [2]string{"Components", components})
	}
	if keys != nil {
		armored, err := keys.SignedBy()
		if err != nil {
			return "", fmt.Errorf("Signed-By: %w", err)
		}
		fields = append(fields, [2]string{"Signed-By", armored})
	}
	var text []byte
	for _, field := range fields {
		var err error
		if text, err = deb822.AppendField(text, field[0], field[1]); err != nil {
			return "", err
		}
	}
	return string(text) + "\n", nil
}

// environment for apt: nothing of the caller's, so that neither proxies nor
// languages nor APT_CONFIG come in.
func (a *Apt) environment() []string {
	return []string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"LANG=C", "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive",
		"HOME=" + a.dir,
		"TMPDIR=" + os.TempDir(), // not in dir: apt lists keyrings there, parted by commas, which names of tests have
		"APT_CONFIG=" + filepath.Join(a.dir, "apt.conf"),
	}
}

// Run runs one of apt's programs, such as apt-get or apt-cache, and returns what
// it wrote to both of its outputs. The error carries that too.
func (a *Apt) Run(ctx context.Context, program string, args ...string) (string, error) {
	return a.runIn(ctx, a.dir, program, args...)
}

func (a *Apt) runIn(ctx context.Context, dir, program string, args ...string) (string, error) {
	return command{dir: dir, env: a.environment(), both: true}.run(ctx, program, args...)
}
