package e2e

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/server"
	"github.com/aptarium/aptarium/internal/testkit"
)

// childData names the data folder to a process that is going to be killed.
const childData = "APTARIUM_TEST_CHILD_DATA"

// child syncs the mirror and publishes it, again and again. It says "ready" when
// it begins, and ends with an error if anything fails.
func child(data string) int {
	ctx := app.AsProcess(context.Background())
	c := server.Defaults()
	c.Data = data
	s, err := server.Open(ctx, c, slog.New(slog.DiscardHandler))
	if err == nil {
		err = s.Start(ctx)
	}
	fmt.Println("ready")
	wait := func(x app.Activity, err error) error {
		for err == nil && !x.Finished() {
			x, err = s.App().WatchActivity(ctx, x.ID, x.Version, 10*time.Second)
		}
		if err == nil && x.Status != "done" {
			err = fmt.Errorf("%s: %s: %+v", x.Type, x.Status, x.Error)
		}
		return err
	}
	if err == nil {
		err = wait(s.App().SyncMirror(ctx, "stable", false))
	}
	if err == nil {
		err = wait(s.App().UpdatePublication(ctx, "debian", "stable", app.PublicationEdit{}))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("done")
	select {} // until it is killed
}

// world is an upstream that changes, a data folder, and the states that are
// allowed to be seen.
type world struct {
	t        *testing.T
	data     string
	upstream *testkit.Upstream
	states   []string // directories of the upstream, each a state
	key      *openpgp.SecretKey
}

// names lists the packages of a state, as "name version".
func stateNames(state int) (names []string) {
	for _, p := range statePackages(state) {
		names = append(names, p.Name+" "+p.Version)
	}
	slices.Sort(names)
	return names
}

// statePackages makes a state that shares most, but not all, with the others.
func statePackages(state int) (list []testkit.Package) {
	for i := range 60 {
		version := "1"
		if i%4 == state%4 {
			version = fmt.Sprintf("1.%d", state)
		}
		list = append(list, testkit.Package{Name: fmt.Sprintf("package%02d", i), Version: version, Architecture: "amd64"})
	}
	return list
}

// TestKilledAtRandomMoments: whatever a process was doing when it was killed, the
// next one finds the old state or the new one, whole.
func TestKilledAtRandomMoments(t *testing.T) {
	t.Parallel()
	const rounds = 100
	w := newWorld(t, 8)
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	var whole time.Duration // how long a round takes that is left alone
	interrupted := 0
	for round := range rounds {
		state := (round + 1) % len(w.states)
		w.upstream.Switch(w.states[state])
		limit := time.Duration(0)
		if whole > 0 {
			limit = time.Duration(random.Int64N(int64(whole) * 11 / 10))
		}
		took, finished := w.run(limit)
		if !finished {
			interrupted++
		} else if whole == 0 {
			whole = took
		}
		w.check(round, state)
	}
	t.Logf("%d rounds, %d of them interrupted; one left alone takes %s", rounds, interrupted, whole.Round(time.Millisecond))
	if interrupted < rounds/4 {
		t.Errorf("only %d of %d rounds were interrupted: the test says little", interrupted, rounds)
	}
}

func newWorld(t *testing.T, states int) *world {
	w := &world{t: t, data: tempData(t), key: newKey(t)}
	for state := range states {
		dir := t.TempDir()
		archive := testkit.Archive{Suites: []testkit.Suite{{
			Codename: "stable", Keys: []*openpgp.SecretKey{w.key}, Packages: statePackages(state),
			Date: time.Now().Add(-time.Hour).Truncate(time.Second),
		}}}
		if err := archive.Write(t.Context(), dir); err != nil {
			t.Fatal(err)
		}
		w.states = append(w.states, dir)
	}
	w.upstream = testkit.NewUpstream(w.states[0])
	t.Cleanup(w.upstream.Close)
	w.open(func(a *aptarium) {
		_, err := a.CreateMirror(a.ctx, app.NewMirror{Name: "stable", Config: app.MirrorConfig{
			URL: w.upstream.URL(), Suite: "stable", Keyring: armored(t, w.key), ShrinkGuard: 100, AcceptExpired: true,
		}})
		if err != nil {
			t.Fatal(err)
		}
		a.done(a.SyncMirror(a.ctx, "stable", false))
		a.publish("mirror:stable")
	})
	return w
}

// open looks at the data folder from this process.
func (w *world) open(fn func(*aptarium)) {
	w.t.Run("look", func(t *testing.T) { fn(start(t, w.data)) })
}

// run starts a child and kills it after a time, or when it is done if that is 0.
func (w *world) run(limit time.Duration) (took time.Duration, finished bool) {
	w.t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), childData+"="+w.data)
	var problems bytes.Buffer
	command.Stderr = &problems
	out, err := command.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		w.t.Fatal(err)
	}
	lines := make(chan string)
	go func() {
		defer close(lines)
		buffer := make([]byte, 100)
		for {
			n, err := out.Read(buffer)
			if n > 0 {
				lines <- string(buffer[:n])
			}
			if err != nil {
				return
			}
		}
	}()
	<-lines // ready
	began := time.Now()
	timer := make(<-chan time.Time)
	if limit > 0 {
		timer = time.After(limit)
	}
	select {
	case line := <-lines:
		finished = strings.Contains(line, "done")
	case <-timer:
	}
	took = time.Since(began)
	_ = command.Process.Kill() // SIGKILL; it may have ended by itself
	for range lines {
	}
	_ = command.Wait() // killed: that is no news
	if problems.Len() > 0 {
		w.t.Fatalf("the child says: %s", problems.String())
	}
	return took, finished
}

// check opens what the killed process left.
func (w *world) check(round, state int) {
	w.t.Helper()
	w.open(func(a *aptarium) {
		report, err := a.Scrub(a.ctx, func(int, int64) {})
		if err != nil || !report.Clean() {
			a.tb.Fatalf("round %d: scrub: %+v, %v", round, report, err)
		}
		w.checkMirror(a, round)
		w.checkPublished(a, round)
	})
	if w.t.Failed() {
		w.t.FailNow()
	}
}

// checkMirror wants the mirror to have the packages of one of the states.
func (w *world) checkMirror(a *aptarium, round int) {
	ref, err := app.ParseRef("", "mirror:stable")
	if err != nil {
		a.tb.Fatal(err)
	}
	list, err := a.Packages(a.ctx, ref, app.Terms{}, app.Page{Limit: 500})
	if err != nil {
		a.tb.Fatal(err)
	}
	var names []string
	for _, p := range list.Items {
		names = append(names, p.Name+" "+p.Version)
	}
	if !w.isState(names) {
		a.tb.Errorf("round %d: the mirror is in no state of its upstream: %q", round, names)
	}
}

func (w *world) isState(names []string) bool {
	for state := range w.states {
		if slices.Equal(names, stateNames(state)) {
			return true
		}
	}
	return false
}

// checkPublished reads everything that is published: InRelease, every file that
// it lists, and every package that those list.
func (w *world) checkPublished(a *aptarium, round int) {
	inRelease, err := a.readAll("debian/dists/stable/InRelease")
	if err != nil {
		a.tb.Fatalf("round %d: %v", round, err)
	}
	text, err := openpgp.Cleartext(inRelease)
	if err != nil {
		a.tb.Fatalf("round %d: %v", round, err)
	}
	release, err := deb822.Parse(text)
	if err != nil {
		a.tb.Fatalf("round %d: %v", round, err)
	}
	for sum, err := range deb822.Checksums(release.Get("SHA256"), deb822.SHA256) {
		if err != nil {
			a.tb.Fatal(err)
		}
		// By hash, as apt asks: the server may be taking up the interrupted
		// publish meanwhile, and a name means another file after that.
		directory := sum.Name[:bytes.LastIndexByte(sum.Name, '/')+1]
		data, err := a.readAll("debian/dists/stable/" + string(directory) + "by-hash/SHA256/" + string(sum.Sum))
		if err != nil || digest.Of(data).String() != string(sum.Sum) {
			a.tb.Errorf("round %d: %s is not what Release lists: %v", round, sum.Name, err)
		}
		if strings.HasSuffix(string(sum.Name), "/Packages") {
			w.checkIndex(a, round, data)
		}
	}
}

func (w *world) checkIndex(a *aptarium, round int, index []byte) {
	var names []string
	scanner := deb822.NewScanner(bytes.NewReader(index), deb822.Options{})
	for scanner.Next() {
		s := scanner.Stanza()
		names = append(names, string(s.Get("Package"))+" "+string(s.Get("Version")))
		data, err := a.readAll("debian/" + string(s.Get("Filename")))
		if err != nil || digest.Of(data).String() != string(s.Get("SHA256")) {
			a.tb.Errorf("round %d: %s is not what Packages lists: %v", round, s.Get("Filename"), err)
		}
	}
	if err := scanner.Err(); err != nil || !w.isState(names) {
		a.tb.Errorf("round %d: what is published is no state of the upstream: %v", round, err)
	}
}
