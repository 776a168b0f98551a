package server

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/aptarium/aptarium/internal/problem"
)

// Config is what can be set about a server. Its TOML names are those of the
// configuration file; APTARIUM_ and the name in capitals is the environment
// variable of the same meaning.
type Config struct {
	Data          string `toml:"data"`           // the data folder
	Pool          string `toml:"pool"`           // URL of the pool; file: is in the data folder
	Listen        string `toml:"listen"`         // host and port
	PublicURL     string `toml:"public_url"`     // of the published trees, as clients reach them; empty: where we listen, and no Snapshots in Release
	TrustLoopback bool   `toml:"trust_loopback"` // let clients on this machine in without a token
	AptlyConfig   string `toml:"aptly_config"`   // the configuration of the aptly whose place this server takes
	OpenUploads   bool   `toml:"open_uploads"`   // let anybody upload to pockets that take unsigned uploads
	Workers       int    `toml:"workers"`        // activities that run at one time
	PerHost       int    `toml:"downloads_per_host"`
	Downloads     int    `toml:"downloads"`  // at one time, from all hosts
	Bandwidth     int64  `toml:"bandwidth"`  // bytes a second for all downloads together; 0: no limit
	GCEvery       string `toml:"gc_every"`   // how often garbage is collected, as 24h; 0: never by itself
	LogLevel      string `toml:"log_level"`  // debug, info, warn, error
	LogFormat     string `toml:"log_format"` // text, json
	AccessLog     bool   `toml:"access_log"` // a line for every request

	// TrustForwardedHost is for a server that only a proxy reaches: requests that
	// Landscape's clients signed are checked for the host that X-Forwarded-Host names.
	TrustForwardedHost bool `toml:"trust_forwarded_host"`
}

// Defaults returns the default configuration.
func Defaults() Config {
	return Config{
		Data: DefaultData(), Pool: "file:", Listen: "127.0.0.1:8080", Workers: 4, PerHost: 8, Downloads: 32, GCEvery: "24h",
		LogLevel: "info", LogFormat: "text",
	}
}

// SystemConfig is the configuration file that is read, if it is there, when
// none is named.
const SystemConfig = "/etc/aptarium/aptarium.toml"

// DefaultData is the data folder where none is named: /var/lib/aptarium for
// root, and ~/.local/share/aptarium, or what XDG_DATA_HOME says, for others.
func DefaultData() string {
	if os.Geteuid() == 0 {
		return "/var/lib/aptarium"
	}
	if base := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(base) {
		return filepath.Join(base, "aptarium")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "aptarium"
	}
	return filepath.Join(home, ".local", "share", "aptarium")
}

// Load reads the configuration: the file over the defaults, and the environment
// over the file. Without a path, [SystemConfig] is read if it exists. Flags are
// the caller's to apply, who then calls [Config.Check].
func Load(path string, getenv func(string) string) (Config, error) {
	c := Defaults()
	named := path != ""
	if !named {
		path = SystemConfig
	}
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !named:
	case err != nil:
		return c, problem.New(problem.Invalid, "the configuration cannot be read: %w", err).In("config")
	default:
		if err := c.parse(path, text); err != nil {
			return c, err
		}
	}
	return c, c.environment(getenv)
}

// parse applies the settings of a file.
func (c *Config) parse(path string, text []byte) error {
	decoder := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields()
	err := decoder.Decode(c)
	if unknown, ok := errors.AsType[*toml.StrictMissingError](err); ok && len(unknown.Errors) > 0 {
		first := unknown.Errors[0]
		row, _ := first.Position()
		return problem.New(problem.Invalid, "%s:%d: there is no setting %q", path, row, strings.Join(first.Key(), ".")).In("config").
			WithHint("docs/operators.md lists the settings")
	}
	if wrong, ok := errors.AsType[*toml.DecodeError](err); ok {
		row, column := wrong.Position()
		return problem.New(problem.Invalid, "%s:%d:%d: %w", path, row, column, wrong).In("config")
	}
	if err != nil {
		return problem.New(problem.Invalid, "%s: %w", path, err).In("config")
	}
	return nil
}

// environment applies the settings of environment variables.
func (c *Config) environment(getenv func(string) string) error {
	for name, target := range map[string]any{
		"DATA": &c.Data, "POOL": &c.Pool, "LISTEN": &c.Listen, "PUBLIC_URL": &c.PublicURL, "TRUST_LOOPBACK": &c.TrustLoopback, "APTLY_CONFIG": &c.AptlyConfig,
		"OPEN_UPLOADS": &c.OpenUploads,
		"WORKERS":      &c.Workers, "DOWNLOADS_PER_HOST": &c.PerHost, "DOWNLOADS": &c.Downloads, "BANDWIDTH": &c.Bandwidth, "GC_EVERY": &c.GCEvery,
		"LOG_LEVEL": &c.LogLevel, "LOG_FORMAT": &c.LogFormat, "ACCESS_LOG": &c.AccessLog,
		"TRUST_FORWARDED_HOST": &c.TrustForwardedHost,
	} {
		value := getenv("APTARIUM_" + name)
		if value == "" {
			continue
		}
		var err error
		switch t := target.(type) {
		case *string:
			*t = value
		case *bool:
			*t, err = strconv.ParseBool(value)
		case *int:
			*t, err = strconv.Atoi(value)
		case *int64:
			*t, err = strconv.ParseInt(value, 10, 64)
		}
		if err != nil {
			return problem.New(problem.Invalid, "%q cannot be meant", value).In("APTARIUM_" + name).WithHint("write a number, or true or false")
		}
	}
	return nil
}

// gcEvery returns how often garbage is collected; 0: never.
func (c Config) gcEvery() (time.Duration, error) {
	every, err := time.ParseDuration(cmp.Or(c.GCEvery, "0"))
	if err != nil || every < 0 || every > 0 && every < time.Minute {
		return 0, problem.New(problem.Invalid, "%q is not how often garbage can be collected", c.GCEvery).In("gc_every").
			WithHint("write a time of at least a minute, such as 24h, or 0 for never")
	}
	return every, nil
}

// Check refuses a configuration that cannot work.
func (c Config) Check() error {
	if c.Data == "" {
		return problem.New(problem.Invalid, "no data folder is named").In("data")
	}
	if err := BlobKinds(Seams{}).Check(c.Pool); err != nil {
		return err
	}
	if _, port, err := net.SplitHostPort(c.Listen); err != nil || port == "" {
		return problem.New(problem.Invalid, "%q is no host and port", c.Listen).In("listen").WithHint("such as 127.0.0.1:8080, or :8080 for all addresses")
	}
	if u, err := url.Parse(c.PublicURL); c.PublicURL != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return problem.New(problem.Invalid, "%q is not a URL for clients", c.PublicURL).In("public_url").WithHint("such as https://deb.example.org/archive")
	}
	for _, n := range []struct {
		field    string
		value    int
		min, max int
	}{{"workers", c.Workers, 1, 256}, {"downloads_per_host", c.PerHost, 1, 256}, {"downloads", c.Downloads, 1, 1024}} {
		if n.value < n.min || n.value > n.max {
			return problem.New(problem.Invalid, "%d is out of range", n.value).In(n.field).WithHint("%d to %d", n.min, n.max)
		}
	}
	if c.Bandwidth < 0 {
		return problem.New(problem.Invalid, "%d bytes a second cannot be", c.Bandwidth).In("bandwidth").WithHint("0 for no limit")
	}
	if _, err := c.gcEvery(); err != nil {
		return err
	}
	_, err := c.handler(nil)
	return err
}

// Logger writes to w as configured.
func (c Config) Logger(w io.Writer) (*slog.Logger, error) {
	h, err := c.handler(w)
	if err != nil {
		return nil, err
	}
	return slog.New(h), nil
}

func (c Config) handler(w io.Writer) (slog.Handler, error) {
	var options slog.HandlerOptions
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return nil, problem.New(problem.Invalid, "there is no log level %q", c.LogLevel).In("log_level").WithHint("debug, info, warn or error")
	}
	options.Level = level
	switch c.LogFormat {
	case "text":
		return slog.NewTextHandler(w, &options), nil
	case "json":
		return slog.NewJSONHandler(w, &options), nil
	}
	return nil, problem.New(problem.Invalid, "there is no log format %q", c.LogFormat).In("log_format").WithHint("text or json")
}

// localURL is where commands on this machine reach a listener.
func localURL(address net.Addr) string {
	tcp, ok := address.(*net.TCPAddr)
	if !ok {
		return fmt.Sprintf("http://%s", address)
	}
	host := tcp.IP.String()
	if tcp.IP.IsUnspecified() {
		host = "127.0.0.1"
		if tcp.IP.To4() == nil {
			host = "localhost"
		}
	}
	return "http://" + net.JoinHostPort(host, strconv.Itoa(tcp.Port))
}
