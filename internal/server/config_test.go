package server

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/problem"
)

// environ returns variables as os.Getenv does.
func environ(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "aptarium.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheEnvironmentOutdoesTheFileAndTheFileTheDefaults(t *testing.T) {
	t.Parallel()
	path := writeFile(t, `
data = "/srv/apt"
pool = "file:"
listen = ":80"
public_url = "https://deb.example.org/archive"
trust_loopback = true
workers = 2
downloads_per_host = 3
downloads = 5
bandwidth = 1000000
gc_every = "1h30m"
log_level = "debug"
log_format = "json"
access_log = true
trust_forwarded_host = true
`)
	got, err := Load(path, environ("APTARIUM_LISTEN", "127.0.0.1:81", "APTARIUM_WORKERS", "9", "APTARIUM_TRUST_LOOPBACK", "false", "APTARIUM_BANDWIDTH", "7"))
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		Data: "/srv/apt", Pool: "file:", Listen: "127.0.0.1:81", PublicURL: "https://deb.example.org/archive", TrustLoopback: false,
		Workers: 9, PerHost: 3, Downloads: 5, Bandwidth: 7, GCEvery: "1h30m", LogLevel: "debug", LogFormat: "json", AccessLog: true,
		TrustForwardedHost: true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := got.Check(); err != nil {
		t.Error(err)
	}
	empty, err := Load(writeFile(t, ""), environ())
	if diff := cmp.Diff(Defaults(), empty); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestConfigurationsThatCannotBeMeantAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text  string
		env   []string
		field string
		says  string
	}{
		"a setting that nobody knows":    {"workers = 1\ncolour = 'red'\n", nil, "config", `:2: there is no setting "colour"`},
		"a table":                        {"[server]\nlisten = ':80'\n", nil, "config", "there is no setting"},
		"no TOML":                        {"listen = \n", nil, "config", "aptarium.toml:1:"},
		"a text for a number":            {"workers = 'many'\n", nil, "config", "aptarium.toml:1:"},
		"a variable that is no number":   {"", []string{"APTARIUM_WORKERS", "many"}, "APTARIUM_WORKERS", "many"},
		"a variable that is neither":     {"", []string{"APTARIUM_ACCESS_LOG", "maybe"}, "APTARIUM_ACCESS_LOG", "maybe"},
		"no data folder":                 {"data = ''\n", nil, "data", "no data folder"},
		"an address without a port":      {"listen = 'localhost'\n", nil, "listen", "localhost"},
		"a public URL without a host":    {"public_url = 'deb.example.org'\n", nil, "public_url", "deb.example.org"},
		"no workers":                     {"workers = 0\n", nil, "workers", "0"},
		"too many downloads":             {"downloads = 5000\n", nil, "downloads", "5000"},
		"a speed below nothing":          {"bandwidth = -1\n", nil, "bandwidth", "-1"},
		"a level that is not there":      {"log_level = 'loud'\n", nil, "log_level", "loud"},
		"a log format that is not there": {"log_format = 'xml'\n", nil, "log_format", "xml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config, err := Load(writeFile(t, c.text), environ(c.env...))
			if err == nil {
				err = config.Check()
			}
			if p, ok := err.(*problem.Problem); !ok || p.Kind != problem.Invalid || p.Field != c.field || !strings.Contains(p.Message, c.says) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestANamedConfigurationMustBeThere(t *testing.T) {
	t.Parallel()
	if _, err := Load(filepath.Join(t.TempDir(), "none.toml"), environ()); !problem.Is(err, problem.Invalid) {
		t.Errorf("%v", err)
	}
}

func TestLogsHaveTheFormatAndLevelThatAreSet(t *testing.T) {
	t.Parallel()
	c := Defaults()
	c.LogFormat, c.LogLevel = "json", "warn"
	var b bytes.Buffer
	log, err := c.Logger(&b)
	if err != nil {
		t.Fatal(err)
	}
	log.Info("quiet")
	log.Warn("loud", "n", 1)
	if got := b.String(); strings.Contains(got, "quiet") || !strings.Contains(got, `"msg":"loud","n":1`) {
		t.Error(got)
	}
}

func TestLocalCommandsGetAnAddressThatTheyCanReach(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"127.0.0.1:80": "http://127.0.0.1:80", "192.0.2.1:80": "http://192.0.2.1:80", "0.0.0.0:80": "http://127.0.0.1:80",
		"[::]:80": "http://localhost:80", "[::1]:80": "http://[::1]:80",
	} {
		address, err := net.ResolveTCPAddr("tcp", in)
		if err != nil {
			t.Fatal(err)
		}
		if got := localURL(address); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
