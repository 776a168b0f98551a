package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/aptarium/aptarium/internal/cli/machines"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/server"
	"github.com/aptarium/aptarium/internal/testkit"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"aptarium": func() { os.Exit(Main()) }, machines.LandscapeName: func() { os.Exit(Main()) },
	})
}

// TestScripts runs what people type, as processes of their own. A script has a
// data folder, and these commands besides those of testscript:
//
//	archive DIR VERSION   writes a signed archive with the package words, and its
//	                      key as DIR/key.asc
//	deb FILE…             writes packages, of what their names say; 'FILE Depends: …'
//	                      one that depends on something
//	stalled               starts an upstream that never answers, at $STALLED
//	asked                 waits until that upstream was asked
//	appears FILE [TEXT]   waits until a file is there, with a text in it
//	terminate             asks the server of the data folder to end
//	damage DIR            changes a byte of a blob in a data folder
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Values[stallKey{}] = new(stallOf)
			e.Setenv("GORACE", "atexit_sleep_ms=0") // a second for each process is too long
			e.Setenv("APTARIUM_DATA", filepath.Join(e.WorkDir, "data"))
			e.Setenv("APTARIUM_CONFIG", filepath.Join(e.WorkDir, "aptarium.toml"))
			return os.WriteFile(filepath.Join(e.WorkDir, "aptarium.toml"), nil, 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"archive": writeArchive, "deb": writeDebs, "damage": damageBlob,
			"stalled": startStalled, "asked": waitForRequest, "appears": waitForFile, "terminate": terminateServer,
		},
	})
}

func writeArchive(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[0])
	keyFile := filepath.Join(dir, "secret")
	key, err := testkit.NewKey("Example archive")
	ts.Check(err)
	if text, err := os.ReadFile(keyFile); err == nil { // the second state of an archive has the same key
		key, err = openpgp.ReadSecretKey(text, nil)
		ts.Check(err)
	}
	words := testkit.Package{Name: "words", Version: args[1], Architecture: "all"}
	suite := testkit.Suite{Codename: "stable", Components: []string{"main"}, Packages: []testkit.Package{words}, Keys: []*openpgp.SecretKey{key}}
	ts.Check(testkit.Archive{Suites: []testkit.Suite{suite}}.Write(context.Background(), dir))
	secret, err := key.Armored()
	ts.Check(err)
	public, err := key.Public().Armored()
	ts.Check(err)
	ts.Check(errors.Join(os.WriteFile(keyFile, secret, 0o600), os.WriteFile(filepath.Join(dir, "key.asc"), public, 0o600)))
}

func writeDebs(ts *testscript.TestScript, _ bool, args []string) {
	for _, arg := range args {
		name, depends, _ := strings.Cut(arg, " Depends: ")
		parts := strings.Split(strings.TrimSuffix(filepath.Base(name), ".deb"), "_")
		deb, err := testkit.Package{Name: parts[0], Version: parts[1], Architecture: parts[2], Depends: depends}.Deb()
		ts.Check(err)
		path := ts.MkAbs(name)
		ts.Check(errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, deb, 0o600)))
	}
}

func startStalled(ts *testscript.TestScript, _ bool, _ []string) {
	upstream := testkit.NewUpstream(ts.MkAbs("."))
	stall := testkit.NewStall(0)
	upstream.Inject("*", -1, stall.Fault)
	ts.Defer(func() {
		stall.Release()
		upstream.Close()
	})
	ts.Setenv("STALLED", upstream.URL())
	ts.Value(stallKey{}).(*stallOf).Stall = stall
}

// stallOf is the stalled upstream of a script, under stallKey among its values.
type stallOf struct{ *testkit.Stall }

type stallKey struct{}

func waitForRequest(ts *testscript.TestScript, _ bool, _ []string) {
	select {
	case <-ts.Value(stallKey{}).(*stallOf).Reached():
	case <-time.After(10 * time.Second):
		ts.Fatalf("the upstream is not asked")
	}
}

func terminateServer(ts *testscript.TestScript, _ bool, _ []string) {
	address, err := server.Find(ts.Getenv("APTARIUM_DATA"))
	ts.Check(err)
	ts.Check(syscall.Kill(address.PID, syscall.SIGTERM))
}

func waitForFile(ts *testscript.TestScript, _ bool, args []string) {
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil && strings.Contains(string(text), strings.Join(args[1:], " ")) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s does not appear", args[0])
		}
	}
}

func damageBlob(ts *testscript.TestScript, _ bool, args []string) {
	blobs, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "pool", "*", "*"))
	ts.Check(err)
	if len(blobs) == 0 {
		ts.Check(fmt.Errorf("there is no blob in %s", args[0]))
	}
	data, err := os.ReadFile(blobs[0])
	ts.Check(err)
	data[0] ^= 0xff
	ts.Check(errors.Join(os.Remove(blobs[0]), os.WriteFile(blobs[0], data, 0o600)))
}
