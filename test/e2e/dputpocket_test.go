package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aptarium/aptarium/internal/app/activities"
	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/pockets/dput"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
)

// classicDput is where test/setup unpacks Debian's package dput, which cannot be
// installed beside dput-ng.
const classicDput = "/usr/local/lib/aptarium-test/dput/usr/share/dput/execute-dput"

// uploadHouse is a server with the distribution ubuntu, its series noble, and a
// developer who may upload to its pockets.
type uploadHouse struct {
	*aptarium
	developer
	host string
}

func newUploadHouse(t *testing.T) uploadHouse {
	t.Helper()
	a := start(t, t.TempDir())
	u := uploadHouse{a, newDeveloper(t), strings.TrimSuffix(strings.TrimPrefix(a.url, "http://"), "/archive")}
	u.must(a.Keys.Generate(a.ctx, keys.NewKey{Name: "archive"}))
	u.must(a.Keys.Import(a.ctx, "dev", []byte(u.run("gpg", "--export", "--armor", "dev@example.org")), nil))
	u.must(a.Pockets.CreateDistribution(a.ctx, pockets.NewDistribution{Name: "ubuntu"}))
	u.must(a.Pockets.CreateSeries(a.ctx, pockets.NewSeries{Name: "noble", Distribution: "ubuntu"}))
	u.writeProfile("", "")
	return u
}

// must wants a call to have gone well.
func (u uploadHouse) must(_ any, err error) {
	u.aptarium.tb.Helper()
	if err != nil {
		u.aptarium.tb.Fatal(err)
	}
}

// writeProfile writes dput.cf, with what comes before the host and with another line.
// Debian's dput knows no targets with a colon, so it has a section for each pocket.
func (u uploadHouse) writeProfile(before, line string) {
	var text strings.Builder
	for section, incoming := range map[string]string{"lds": "%(lds)s", "staging": "ubuntu/noble/staging", "open": "ubuntu/noble/open"} {
		fmt.Fprintf(&text, "[%s]\nmethod = http\nfqdn = %s%s\nincoming = /upload/standalone/%s\nlogin = *\n%s\n\n", section, before, u.host, incoming, line)
	}
	u.write("dput.cf", text.String(), 0o600)
}

// pocket makes an upload pocket for amd64.
func (u uploadHouse) pocket(name string, unsigned bool) pockets.Path {
	u.aptarium.tb.Helper()
	p := pockets.Path{Distribution: "ubuntu", Series: "noble", Pocket: name}
	u.must(u.Pockets.Create(u.ctx, pockets.NewPocket{
		Path: p, Mode: pockets.Uploads, Components: []string{"main"}, Architectures: []string{"amd64", "source"}, Key: "archive", AllowUnsigned: unsigned,
	}))
	return p
}

// has wants packages in a pocket, as "name version".
func (u uploadHouse) has(p pockets.Path, want ...string) {
	u.aptarium.tb.Helper()
	areas, err := u.Pockets.ListPackages(u.ctx, p)
	if err != nil {
		u.aptarium.tb.Fatal(err)
	}
	got := []string{}
	for _, area := range areas {
		if area.Architecture == "amd64" {
			for _, each := range area.Packages {
				got = append(got, each.Name+" "+each.Version)
			}
		}
	}
	slices.Sort(want)
	if slices.Sort(got); !slices.Equal(got, want) {
		u.aptarium.tb.Errorf("the pocket %s has %q, not %q", p, got, want)
	}
}

// dputs are the programs that upload, what they call a pocket, and where each shows the
// reason of a refusal.
var dputs = map[string]struct {
	command []string
	target  string // before the pocket
	shows   string // before the status, or the reason
}{
	"dput-ng": {[]string{"dput"}, "lds:ubuntu/noble/", "HTTP error message: "},
	"dput":    {[]string{"/usr/bin/python3", classicDput}, "", "Upload failed: 4"},
}

// dput uploads to a pocket of noble, and returns what the program says and whether it
// ends well.
func (u uploadHouse) dput(program, pocket string, changes ...string) (string, error) {
	p := dputs[program]
	args := append(slices.Clone(p.command[1:]), "--force", "--config", filepath.Join(u.home, "dput.cf"), p.target+pocket)
	c := exec.CommandContext(u.ctx, p.command[0], append(args, changes...)...)
	c.Dir = u.home
	c.Env = append(os.Environ(), "HOME="+u.home, "GNUPGHOME="+filepath.Join(u.home, ".gnupg"), "LC_ALL=C.UTF-8", "no_proxy=127.0.0.1", "http_proxy=")
	out, err := c.CombinedOutput()
	return string(out), err
}

// release builds a version of hello for a suite, and returns the path of its signed
// .changes file.
func (u uploadHouse) release(version, suite string, options ...string) string {
	u.aptarium.tb.Helper()
	d := u.developer
	d.tree = filepath.Join(u.home, "build", version, "hello-"+version)
	u.run("mkdir", "-p", filepath.Dir(d.tree))
	u.run("cp", "-r", u.tree, d.tree)
	d.write("build/"+version+"/hello-"+version+"/debian/changelog",
		fmt.Sprintf("hello (%s) %s; urgency=medium\n\n  * New.\n\n -- Dev <dev@example.org>  Fri, 20 Nov 2026 12:00:00 +0000\n", version, suite), 0o600)
	d.run("dpkg-source", "--build", ".")
	d.run("mkdir", "debian/tmp/DEBIAN")
	d.run("dpkg-gencontrol", "-phello", "-Pdebian/tmp")
	d.run("dpkg-deb", "--root-owner-group", "--build", "debian/tmp", "..")
	changes := filepath.Join(u.home, "build", version, "hello_"+version+"_all.changes")
	u.sign(filepath.Join(filepath.Dir(changes), "hello_"+version+".dsc"))
	d.run("dpkg-genchanges", append(options, "-O"+changes)...)
	u.sign(changes)
	return changes
}

// sign signs a file in its place, as debsign(1) does.
func (u uploadHouse) sign(path string) {
	u.aptarium.tb.Helper()
	u.run("gpg", "--clear-sign", "--output", path+".asc", path)
	if err := os.Rename(path+".asc", path); err != nil {
		u.aptarium.tb.Fatal(err)
	}
}

// copyOf writes another .changes file beside one.
func (u uploadHouse) copyOf(changes, name string, edit func(string) string) string {
	u.aptarium.tb.Helper()
	text, err := os.ReadFile(changes)
	if err != nil {
		u.aptarium.tb.Fatal(err)
	}
	path := filepath.Join(filepath.Dir(changes), name)
	if err := os.WriteFile(path, []byte(edit(string(text))), 0o600); err != nil {
		u.aptarium.tb.Fatal(err)
	}
	return path
}

// unsigned takes a text out of its signature.
func unsigned(text string) string {
	signed, err := openpgp.Cleartext([]byte(text))
	if err != nil {
		panic(err) // gpg made it a moment ago
	}
	return string(signed)
}

// TestDputUploadsToAPocketAndAptInstals does what developers do with both programs:
// upload, correct a refused package, and install it.
func TestDputUploadsToAPocketAndAptInstalls(t *testing.T) {
	t.Parallel()
	u := newUploadHouse(t)
	staging := u.pocket("staging", false)
	good := u.release("1.0", "noble-staging")
	elsewhere := u.release("1.1", "unstable")
	bare := u.copyOf(good, "bare_1.0_all.changes", unsigned)
	for program, p := range dputs {
		refused := func(changes, line, says string) {
			t.Helper()
			u.writeProfile("", line)
			out, err := u.dput(program, "staging", changes)
			if err == nil || !strings.Contains(out, p.shows) || !strings.Contains(out, says) {
				t.Errorf("%s ends with %v and does not say %q:\n%s", program, err, says, out)
			}
		}
		refused(good, "", "no uploader keys")
		u.must(u.Pockets.AddUploaders(u.ctx, staging, []string{"dev"}))
		refused(bare, "allow_unsigned_uploads = 1", "bare_1.0_all.changes is not signed, and the pocket ubuntu/noble/staging accepts only signed uploads (sign it with debsign")
		refused(elsewhere, "", `the upload is for "unstable", and the pocket ubuntu/noble/staging is the suite noble-staging`)
		u.must(u.Pockets.RemoveUploaders(u.ctx, staging, []string{"dev"}))
	}
	u.has(staging)

	u.must(u.Pockets.AddUploaders(u.ctx, staging, []string{"dev"}))
	u.writeProfile("", "")
	for program := range dputs { // the second one sends what is there
		if out, err := u.dput(program, "staging", good); err != nil {
			t.Errorf("%s: %v\n%s", program, err, out)
		}
	}
	u.has(staging, "hello 1.0")
	u.aptInstalls(staging, "hello", "1.0")

	u.done(u.Pockets.Remove(u.ctx, staging, []string{"hello"}))
	for program, p := range dputs {
		if out, err := u.dput(program, "staging", good); err == nil || !strings.Contains(out, p.shows) || !strings.Contains(out, "was uploaded before") {
			t.Errorf("%s sends a replay and ends with %v:\n%s", program, err, out)
		}
	}
	u.toldByActivities("is not signed", `for "unstable"`, "was uploaded before")
}

// toldByActivities wants failed uploads with some reasons.
func (u uploadHouse) toldByActivities(reasons ...string) {
	u.aptarium.tb.Helper()
	list, err := u.Activities.List(u.ctx, activities.Filter{Type: "pocket.upload", Status: "failed"}, usecase.Page{})
	if err != nil {
		u.aptarium.tb.Fatal(err)
	}
	for _, reason := range reasons {
		if !slices.ContainsFunc(list.Items, func(x usecase.Activity) bool { return strings.Contains(x.Error.Problem().Error(), reason) }) {
			u.aptarium.tb.Errorf("no activity failed because it %s", reason)
		}
	}
}

// aptInstalls has a machine with the pocket's suite install a package.
func (u uploadHouse) aptInstalls(p pockets.Path, name, version string) {
	t := u.aptarium.tb
	t.Helper()
	u.published()
	show, err := u.Publications.Get(u.ctx, "repository/standalone/"+p.Distribution, p.Suite())
	if err != nil {
		t.Fatal(err)
	}
	apt, err := testkit.NewApt(t.TempDir(), testkit.AptOptions{Architecture: "amd64", Sources: show.SourcesFile})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := apt.Update(u.ctx); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := apt.Install(u.ctx, name); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got, err := apt.InstalledVersion(u.ctx, name); got != version || err != nil {
		t.Errorf("%s is installed as %q, %v", name, got, err)
	}
}

// published waits for the releases of all uploads, which come after these were answered.
func (u uploadHouse) published() {
	u.aptarium.tb.Helper()
	list, err := u.Activities.List(u.ctx, activities.Filter{Type: "pocket.upload", Status: "done"}, usecase.Page{})
	if err != nil {
		u.aptarium.tb.Fatal(err)
	}
	for _, x := range list.Items {
		var taken dput.Taken
		if err := json.Unmarshal(x.Result, &taken); err != nil {
			u.aptarium.tb.Fatal(err)
		}
		if taken.Publish != 0 {
			u.done(u.Activities.Get(u.ctx, taken.Publish))
		}
	}
}

// TestUnsignedUploadsNeedAToken has dput-ng send a token as password; dput would ask
// for it on a terminal.
func TestUnsignedUploadsNeedAToken(t *testing.T) {
	t.Parallel()
	u := newUploadHouse(t)
	open := u.pocket("open", true)
	bare := u.copyOf(u.release("1.0", "noble-open", "-b"), "hello_1.0_bare.changes", unsigned)
	publisher, reader := u.token("publisher"), u.token("reader")
	for program, says := range map[string]string{"dput-ng": "the sender needs a permission", "dput": "need authentication"} {
		u.writeProfile("", "allow_unsigned_uploads = 1")
		if out, err := u.dput(program, "open", bare); err == nil || !strings.Contains(out, says) {
			t.Errorf("%s without a token ends with %v:\n%s", program, err, out)
		}
	}
	u.writeProfile("http://ci:"+reader+"@", "allow_unsigned_uploads = 1")
	if out, err := u.dput("dput-ng", "open", bare); err == nil || !strings.Contains(out, "it needs the permission") {
		t.Errorf("with a token that has no right: %v\n%s", err, out)
	}
	u.has(open)
	u.writeProfile("http://ci:"+publisher+"@", "allow_unsigned_uploads = 1")
	if out, err := u.dput("dput-ng", "open", bare); err != nil {
		t.Errorf("with a token: %v\n%s", err, out)
	}
	u.has(open, "hello 1.0")
	u.aptInstalls(open, "hello", "1.0")
}

// token makes a token of a role.
func (u uploadHouse) token(role string) string {
	u.aptarium.tb.Helper()
	_, secret, err := u.People.CreateToken(u.ctx, role, role, 0)
	if err != nil {
		u.aptarium.tb.Fatal(err)
	}
	return secret
}

// TestEightUploadsAtOnceAllLand starts eight of dput-ng together.
func TestEightUploadsAtOnceAllLand(t *testing.T) {
	t.Parallel()
	u := newUploadHouse(t)
	staging := u.pocket("staging", false)
	u.must(u.Pockets.AddUploaders(u.ctx, staging, []string{"dev"}))
	first := u.release("1.0", "noble-staging", "-b")
	var changes, want []string
	for i := range 8 {
		version := fmt.Sprintf("1.%d", i)
		want = append(want, "hello "+version)
		if i == 0 {
			changes = append(changes, first)
			continue
		}
		changes = append(changes, u.release(version, "noble-staging", "-b"))
	}
	var running sync.WaitGroup
	for _, c := range changes {
		running.Go(func() {
			if out, err := u.dput("dput-ng", "staging", c); err != nil {
				t.Errorf("%s: %v\n%s", filepath.Base(c), err, out)
			}
		})
	}
	running.Wait()
	u.has(staging, want...)
	show, err := u.Pockets.Get(u.ctx, staging)
	if err != nil || show.Revision != 8 {
		t.Errorf("the pocket is at revision %d, %v", show.Revision, err)
	}
	u.aptInstalls(staging, "hello", "1.7")
}
