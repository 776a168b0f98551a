package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/aptarium/aptarium/internal/testkit"
)

// demo is the stage: the program under show, its data, and the client.
type demo struct {
	program string
	dir     string
	out     io.Writer
	address string // of the server
	slice   *testkit.Slice
	apt     *testkit.Apt
	server  *exec.Cmd
	own     testkit.Package // the package that we add
}

func run(ctx context.Context, program string, out io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "aptarium-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program, err = filepath.Abs(program)
	if err != nil {
		return err
	}
	d := &demo{program: program, dir: dir, out: out, own: testkit.Package{
		Name: "aptarium-demo", Version: "1.0", Architecture: "all", Description: "a package of our own",
	}}
	began := time.Now()
	defer d.stop()
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"take a slice of this machine's own Debian archive, signed by Debian", d.takeSlice},
		{"start the server", d.start},
		{"make an Ed25519 key", d.key},
		{"mirror it, verified with the archive's keyring", d.mirror},
		{"mirror it again: nothing is new", d.again},
		{"publish it, signed with our key", d.publish},
		{"apt-get update", d.update},
		{"apt-get download a package and compare it with Debian's", d.download},
		{"install a package into an empty root", d.install},
		{"add a package of our own and publish again", d.add},
		{"apt sees it", d.seeNew},
		{"apt sees the state before, by its time", d.seeOld},
		{"read every byte of the pool again", d.scrub},
	} {
		at := time.Now()
		fmt.Fprintf(out, "• %s\n", step.what)
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
		fmt.Fprintf(out, "  ok, %s\n", time.Since(at).Round(time.Millisecond))
	}
	fmt.Fprintf(out, "\nAll of it worked, in %s.\n", time.Since(began).Round(time.Millisecond))
	return nil
}

// say prints a line about a step.
func (d *demo) say(format string, args ...any) {
	fmt.Fprintf(d.out, "  "+format+"\n", args...)
}

// command runs the program and returns what it prints.
func (d *demo) command(ctx context.Context, args ...string) (string, error) {
	d.say("$ aptarium %s", strings.Join(short(args), " "))
	var out, problems bytes.Buffer
	c := exec.CommandContext(ctx, d.program, append(args, "--data", filepath.Join(d.dir, "data"))...)
	c.Stdout, c.Stderr = &out, &problems
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("%w\n%s%s", err, out.String(), problems.String())
	}
	return out.String(), nil
}

// short leaves out the middle of long lists of arguments.
func short(args []string) []string {
	if len(args) <= 14 {
		return args
	}
	return append(append(append([]string{}, args[:12]...), "…"), args[len(args)-1])
}

func (d *demo) takeSlice(ctx context.Context) (err error) {
	if d.slice, err = testkit.OpenSlice(ctx); err != nil {
		return err
	}
	d.say("suite %s for %s, %d packages with their files", d.slice.Codename, d.slice.Architecture, len(d.slice.Packages))
	return nil
}

// start runs the server until the demo ends.
func (d *demo) start(ctx context.Context) error {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	d.address = free.Addr().String()
	if err := free.Close(); err != nil {
		return err
	}
	d.server = exec.Command(d.program, "serve", "--listen", d.address, "--data", filepath.Join(d.dir, "data"), "--public-url", "http://"+d.address+"/archive")
	log, err := os.Create(filepath.Join(d.dir, "server.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	d.server.Stdout, d.server.Stderr = log, log
	if err := d.server.Start(); err != nil {
		return err
	}
	for range 200 {
		if r, err := http.Get("http://" + d.address + "/readyz"); err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				d.say("it listens on http://%s", d.address)
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(25 * time.Millisecond):
		}
	}
	text, _ := os.ReadFile(log.Name())
	return fmt.Errorf("it does not answer:\n%s", text)
}

func (d *demo) stop() {
	if d.server != nil && d.server.Process != nil {
		_ = d.server.Process.Signal(syscall.SIGTERM) // it may be gone already
		_ = d.server.Wait()
	}
}

func (d *demo) key(ctx context.Context) error {
	_, err := d.command(ctx, "key", "generate", "demo", "--email", "demo@example.org")
	return err
}

func (d *demo) mirror(ctx context.Context) error {
	args := []string{"mirror", "create", "debian", "file://" + d.slice.Dir, d.slice.Codename,
		"--component", "main", "--architecture", d.slice.Architecture, "--keyring", d.slice.Keyring}
	for _, p := range d.slice.Packages {
		args = append(args, "--package", p.Name)
	}
	if _, err := d.command(ctx, args...); err != nil {
		return err
	}
	out, err := d.command(ctx, "mirror", "sync", "debian", "--json")
	if err != nil {
		return err
	}
	var sync struct {
		Result struct{ Packages, Downloaded, Bytes int64 }
	}
	if err := json.Unmarshal([]byte(out), &sync); err != nil {
		return fmt.Errorf("%w in %s", err, out)
	}
	d.say("%d packages, %d files with %d bytes", sync.Result.Packages, sync.Result.Downloaded, sync.Result.Bytes)
	if sync.Result.Packages != int64(len(d.slice.Packages)) {
		return fmt.Errorf("the slice has %d packages", len(d.slice.Packages))
	}
	return nil
}

func (d *demo) again(ctx context.Context) error {
	out, err := d.command(ctx, "mirror", "sync", "debian", "--json")
	if err == nil && !strings.Contains(out, `"unchanged": true`) && !strings.Contains(out, `"unchanged":true`) {
		err = fmt.Errorf("the sync found something new: %s", out)
	}
	return err
}

func (d *demo) publish(ctx context.Context) error {
	if _, err := d.command(ctx, "repo", "create", "own"); err != nil {
		return err
	}
	_, err := d.command(ctx, "publish", "create", "debian", d.slice.Codename, "--source", "mirror:debian", "--source", "repo:own", "--key", "demo")
	return err
}

// sources returns the .sources stanza that `publish show` prints.
func (d *demo) sources(ctx context.Context) (string, error) {
	out, err := d.command(ctx, "publish", "show", "debian", d.slice.Codename, "--json")
	if err != nil {
		return "", err
	}
	var show struct {
		SourcesFile string `json:"sources_file"`
	}
	return show.SourcesFile, json.Unmarshal([]byte(out), &show)
}

func (d *demo) update(ctx context.Context) error {
	sources, err := d.sources(ctx)
	if err != nil {
		return err
	}
	if d.apt, err = testkit.NewApt(filepath.Join(d.dir, "apt"), testkit.AptOptions{
		Architecture: d.slice.Architecture, Sources: sources, Installed: []string{"libc6=2.99"},
	}); err != nil {
		return err
	}
	if _, err := d.apt.Update(ctx); err != nil {
		return err
	}
	n, err := d.apt.CountPackages(ctx)
	if err == nil && n != len(d.slice.Packages) {
		err = fmt.Errorf("apt sees %d packages", n)
	}
	d.say("apt verified it and sees %d packages", n)
	return err
}

func (d *demo) download(ctx context.Context) error {
	p := d.slice.Packages[0]
	file, err := d.apt.Download(ctx, p.Name)
	if err != nil {
		return err
	}
	got, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	want, err := os.ReadFile(filepath.Join(d.slice.Dir, p.Filename))
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%s has other bytes than Debian's", file)
	}
	d.say("%s, %d bytes, the same", filepath.Base(file), len(got))
	return nil
}

// install puts a package into an empty root. Its libc6 is only said to be there:
// nothing is run.
func (d *demo) install(ctx context.Context) error {
	const name = "hello"
	if _, err := d.apt.Install(ctx, name); err != nil {
		return err
	}
	version, err := d.apt.InstalledVersion(ctx, name)
	if err == nil && version == "" {
		err = fmt.Errorf("dpkg does not know %s", name)
	}
	d.say("dpkg has %s %s", name, version)
	return err
}

func (d *demo) add(ctx context.Context) error {
	data, err := d.own.Deb()
	if err != nil {
		return err
	}
	file := filepath.Join(d.dir, d.own.FileName())
	if err := os.WriteFile(file, data, 0o644); err != nil {
		return err
	}
	// The first release gets its second for itself, so that it can be asked for.
	time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second)))
	if _, err := d.command(ctx, "repo", "add", "own", file); err != nil {
		return err
	}
	_, err = d.command(ctx, "publish", "update", "debian", d.slice.Codename)
	return err
}

func (d *demo) candidate(ctx context.Context) (string, error) {
	if _, err := d.apt.Update(ctx); err != nil {
		return "", err
	}
	return d.apt.Candidate(ctx, d.own.Name)
}

func (d *demo) seeNew(ctx context.Context) error {
	version, err := d.candidate(ctx)
	if err == nil && version != d.own.Version {
		err = fmt.Errorf("the candidate of %s is %q", d.own.Name, version)
	}
	d.say("%s %s", d.own.Name, version)
	return err
}

func (d *demo) seeOld(ctx context.Context) error {
	out, err := d.command(ctx, "publish", "log", "debian", d.slice.Codename, "--json")
	if err != nil {
		return err
	}
	var log []struct{ Snapshot string }
	if err := json.Unmarshal([]byte(out), &log); err != nil || len(log) != 2 {
		return fmt.Errorf("the log has %d releases, not 2: %v", len(log), err)
	}
	sources, err := d.sources(ctx)
	if err != nil {
		return err
	}
	then := "/archive/debian/" + log[1].Snapshot
	if err := d.apt.SetSources(strings.Replace(sources, "/archive/debian", then, 1)); err != nil {
		return err
	}
	version, err := d.candidate(ctx)
	if err == nil && version != "" {
		err = fmt.Errorf("%s %s was there before it was added", d.own.Name, version)
	}
	d.say("http://%s%s has no %s", d.address, then, d.own.Name)
	return err
}

func (d *demo) scrub(ctx context.Context) error {
	out, err := d.command(ctx, "scrub")
	d.say("%s", strings.Join(strings.Fields(out), " "))
	return err
}
