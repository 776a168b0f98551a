package aptlyroot

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

// Config is the part of an aptly configuration that an import needs. Its fields are those of aptly.conf(5), with
// aptly's defaults.
type Config struct {
	RootDir       string   `json:"rootDir"` // ~ is the home directory
	Architectures []string `json:"architectures"`

	DependencyFollowSuggests    bool `json:"dependencyFollowSuggests"`
	DependencyFollowRecommends  bool `json:"dependencyFollowRecommends"`
	DependencyFollowAllVariants bool `json:"dependencyFollowAllVariants"`
	DependencyFollowSource      bool `json:"dependencyFollowSource"`

	DownloadConcurrency    int  `json:"downloadConcurrency"`
	DownloadSourcePackages bool `json:"downloadSourcePackages"`

	GPGProvider      string   `json:"gpgProvider"` // gpg, gpg1, gpg2 or internal
	GPGDisableSign   bool     `json:"gpgDisableSign"`
	GPGDisableVerify bool     `json:"gpgDisableVerify"`
	GPGKeys          []string `json:"gpgKeys"` // that sign; empty: gpg's own default

	SkipContentsPublishing bool `json:"skipContentsPublishing"`
	SkipBz2Publishing      bool `json:"skipBz2Publishing"`

	ServeInAPIMode        bool `json:"serveInAPIMode"`
	EnableMetricsEndpoint bool `json:"enableMetricsEndpoint"`
	EnableSwaggerEndpoint bool `json:"enableSwaggerEndpoint"`
	AsyncAPI              bool `json:"AsyncAPI"`

	DatabaseBackend    DatabaseBackend    `json:"databaseBackend"`
	PackagePoolStorage PackagePoolStorage `json:"packagePoolStorage"`

	// FileSystemPublishEndpoints are directories to publish to, by their names.
	FileSystemPublishEndpoints map[string]FileSystemEndpoint `json:"FileSystemPublishEndpoints"`
	// Of the other endpoints only the names are read.
	S3PublishEndpoints    Names `json:"S3PublishEndpoints"`
	SwiftPublishEndpoints Names `json:"SwiftPublishEndpoints"`
	AzurePublishEndpoints Names `json:"AzurePublishEndpoints"`
	GCSPublishEndpoints   Names `json:"GCSPublishEndpoints"`
	JFrogPublishEndpoints Names `json:"JFrogPublishEndpoints"`
}

// FileSystemEndpoint is a directory in which aptly publishes.
type FileSystemEndpoint struct {
	RootDir      string `json:"rootDir"`
	LinkMethod   string `json:"linkMethod"`   // hardlink (also when empty), symlink or copy
	VerifyMethod string `json:"verifyMethod"` // of copies: md5 (also when empty) or size
}

// DatabaseBackend is the store of the records.
type DatabaseBackend struct {
	Type   string `json:"type"`   // leveldb (also when empty) or etcd
	DBPath string `json:"dbPath"` // below the root; empty: db
}

// PackagePoolStorage is the store of the packages' files.
type PackagePoolStorage struct {
	Type string `json:"type"` // local (also when empty) or azure
	Path string `json:"path"` // empty: pool below the root
}

// Names is a sorted list of names of endpoints.
type Names []string

// UnmarshalJSON reads the keys of an object.
func (n *Names) UnmarshalJSON(text []byte) error {
	var named map[string]json.RawMessage
	err := json.Unmarshal(text, &named)
	*n = slices.Sorted(maps.Keys(named))
	return err
}

// maxConfig is the largest size of a configuration, in bytes; a long one has a few thousand.
const maxConfig = 1 << 20

// ReadConfig reads an aptly configuration file: JSON with comments from // or # to the end of a line, or the YAML of
// aptly 1.6. It ignores unknown keys. An error is a problem that names the file: of kind NotFound, Denied, TooLarge or
// Invalid.
func ReadConfig(path string) (Config, error) {
	text, err := readBounded(path, maxConfig)
	if err != nil {
		return Config{}, err
	}
	c, err := ParseConfig(text)
	if err != nil {
		return Config{}, problem.New(problem.KindOf(err), "%w", err).In(path)
	}
	return c, nil
}

func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, notReadable(path, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, notReadable(path, err)
	}
	if int64(len(text)) > limit {
		return nil, problem.New(problem.TooLarge, "has more than %d bytes", limit).In(path)
	}
	return text, nil
}

// notReadable returns why a file could not be read.
func notReadable(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return problem.New(problem.NotFound, "does not exist: %w", err).In(path)
	case errors.Is(err, fs.ErrPermission):
		return problem.New(problem.Denied, "cannot be read: %w", err).In(path).WithHint("run this as aptly's user")
	}
	return problem.New(problem.Invalid, "%w", err).In(path)
}

// ParseConfig parses the text of a configuration.
func ParseConfig(text []byte) (Config, error) {
	c := Config{RootDir: "~/.aptly", DownloadConcurrency: 4, GPGProvider: "gpg"}
	plain := withoutComments(text)
	if first := bytes.TrimSpace(plain); len(first) == 0 || first[0] != '{' {
		tree, err := parseYAML(text)
		if err != nil {
			return Config{}, err
		}
		if plain, err = json.Marshal(jsonKeys(tree)); err != nil {
			return Config{}, problem.New(problem.Invalid, "%w", err)
		}
	}
	// As in aptly, only the first value counts: some files have notes after it.
	if err := json.NewDecoder(bytes.NewReader(plain)).Decode(&c); err != nil {
		return Config{}, problem.New(problem.Invalid, "this is not a configuration of aptly: %w", err).
			WithHint("`aptly config show` prints a valid one")
	}
	c.RootDir = atHome(c.RootDir)
	c.PackagePoolStorage.Path = atHome(c.PackagePoolStorage.Path)
	for name, e := range c.FileSystemPublishEndpoints {
		e.RootDir = atHome(e.RootDir)
		c.FileSystemPublishEndpoints[name] = e
	}
	return c, nil
}

// atHome replaces a ~ at the start by the home directory.
func atHome(path string) string {
	if path != "~" && !strings.HasPrefix(path, "~/") {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return path
	}
	return filepath.Join(home, path[1:])
}

// Database returns the directory of the LevelDB database.
func (c Config) Database() string {
	if c.DatabaseBackend.DBPath == "" {
		return filepath.Join(c.RootDir, "db")
	}
	return c.below(c.DatabaseBackend.DBPath)
}

// Pool returns the directory of the packages' files.
func (c Config) Pool() string {
	if c.PackagePoolStorage.Path == "" {
		return filepath.Join(c.RootDir, "pool")
	}
	return c.below(c.PackagePoolStorage.Path)
}

// Public returns the directory in which aptly publishes what names no endpoint.
func (c Config) Public() string { return filepath.Join(c.RootDir, "public") }

func (c Config) below(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(c.RootDir, path)
}

// withoutComments replaces aptly's extensions of JSON by blanks: comments, and a comma before a closing bracket. Lines
// keep their positions for errors.
func withoutComments(text []byte) []byte {
	plain := slices.Clone(text)
	comma := -1 // the place of a comma with nothing but blanks behind it so far
	for i := 0; i < len(plain); i++ {
		switch b := plain[i]; {
		case b == '"':
			i = endOfString(plain, i)
			comma = -1
		case b == '#' || b == '/' && i+1 < len(plain) && plain[i+1] == '/':
			for ; i < len(plain) && plain[i] != '\n'; i++ {
				plain[i] = ' '
			}
		case b == ',':
			comma = i
		case (b == '}' || b == ']') && comma >= 0:
			plain[comma] = ' '
			comma = -1
		case b > ' ':
			comma = -1
		}
	}
	return plain
}

// endOfString returns the place of the quote that ends a string, or the last byte.
func endOfString(text []byte, start int) int {
	for i := start + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return len(text) - 1
}
