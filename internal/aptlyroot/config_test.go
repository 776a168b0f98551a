package aptlyroot

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/problem"
)

// full is a configuration that says everything that is read.
func full() Config {
	return Config{
		RootDir: "/srv/aptly", Architectures: []string{"amd64", "arm64"},
		DependencyFollowSuggests: true, DependencyFollowRecommends: true, DependencyFollowAllVariants: true, DependencyFollowSource: true,
		DownloadConcurrency: 7, DownloadSourcePackages: true,
		GPGProvider: "gpg2", GPGDisableSign: true, GPGDisableVerify: true, GPGKeys: []string{"0123456789ABCDEF"},
		SkipContentsPublishing: true, SkipBz2Publishing: true,
		ServeInAPIMode: true, EnableMetricsEndpoint: true, EnableSwaggerEndpoint: true, AsyncAPI: true,
		DatabaseBackend:            DatabaseBackend{Type: "leveldb", DBPath: "records"},
		PackagePoolStorage:         PackagePoolStorage{Type: "local", Path: "/srv/files"},
		FileSystemPublishEndpoints: map[string]FileSystemEndpoint{"www_1": {"/srv/www", "copy", "size"}},
		S3PublishEndpoints:         Names{"a", "b"},
		SwiftPublishEndpoints:      Names{"c"},
		GCSPublishEndpoints:        Names{"d_e"},
		JFrogPublishEndpoints:      Names{"f"},
	}
}

const fullJSON = `# how we publish
{
  "rootDir": "/srv/aptly", // not ~/.aptly
  "architectures": ["amd64", "arm64",],
  "dependencyFollowSuggests": true, "dependencyFollowRecommends": true,
  "dependencyFollowAllVariants": true, "dependencyFollowSource": true,
  "downloadConcurrency": 7, "downloadSourcePackages": true,
  "gpgProvider": "gpg2", "gpgDisableSign": true, "gpgDisableVerify": true, "gpgKeys": ["0123456789ABCDEF"],
  "skipContentsPublishing": true, "skipBz2Publishing": true,
  "serveInAPIMode": true, "enableMetricsEndpoint": true, "enableSwaggerEndpoint": true, "AsyncAPI": true,
  "databaseBackend": {"type": "leveldb", "dbPath": "records", "url": ""},
  "packagePoolStorage": {"type": "local", "path": "/srv/files"},
  "FileSystemPublishEndpoints": {"www_1": {"rootDir": "/srv/www", "linkMethod": "copy", "verifyMethod": "size"}},
  "S3PublishEndpoints": {"b": {"region": "x", "bucket": "//#"}, "a": {}},
  "SwiftPublishEndpoints": {"c": {}},
  "AzurePublishEndpoints": {},
  "GCSPublishEndpoints": {"d_e": {}},
  "JFrogPublishEndpoints": {"f": {}},
  "someFutureKey": {"x": [1, 2, null]}, # nobody knows
}
and a note`

const fullYAML = `---
# how we publish
root_dir: /srv/aptly # not ~/.aptly
architectures:
- amd64
- 'arm64'
dep_follow_suggests: true
dep_follow_recommends: true
dep_follow_all_variants: true
dep_follow_source: true
download_concurrency: 7
download_sourcepackages: true
gpg_provider: gpg2
gpg_disable_sign: true
gpg_disable_verify: true
gpg_keys: ["0123456789ABCDEF"]
skip_contents_publishing: true
skip_bz2_publishing: true
serve_in_api_mode: true
enable_metrics_endpoint: true
enable_swagger_endpoint: true
async_api: true
database_backend:
    type: leveldb
    db_path: "records"
    url:
packagepool_storage:
    type: local
    path: /srv/files
filesystem_publish_endpoints:
    www_1:
        root_dir: /srv/www
        link_method: copy
        verify_method: size

    # www_2:
    #     root_dir: /srv/www2
s3_publish_endpoints:
    b:
        bucket: "a#b: c"
    a: {}
swift_publish_endpoints:
    c:
azure_publish_endpoints: {}
gcs_publish_endpoints:
    d_e:
jfrog_publish_endpoints:
    f:
some_future_key:
    - x
`

func TestParseConfig(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want Config
	}{
		"JSON with comments": {fullJSON, full()},
		"YAML":               {fullYAML, full()},
		"defaults":           {`{"rootDir": "/x"}`, Config{RootDir: "/x", DownloadConcurrency: 4, GPGProvider: "gpg"}},
		"YAML's defaults":    {"root_dir: /x\n", Config{RootDir: "/x", DownloadConcurrency: 4, GPGProvider: "gpg"}},
	} {
		got, err := ParseConfig([]byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestParseConfigRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing":                "",
		"comments alone":         "# a\n// b\n",
		"a cut JSON":             `{"rootDir": "/x"`,
		"a number for a text":    `{"rootDir": 7}`,
		"a text for a list":      "architectures: amd64\n",
		"a tab":                  "a:\n\tb: c\n",
		"a key given twice":      "a: b\na: c\n",
		"keys that are no texts": "filesystem_publish_endpoints: {1: {root_dir: x}}\n",
		"no key":                 "hello\n",
		"an odd indent":          "a: b\n  c: d\n",
	} {
		if c, err := ParseConfig([]byte(text)); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s is taken as %+v, %v", name, c, err)
		}
	}
}

func TestConfigNamesItsDirectories(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	c, err := ParseConfig([]byte(`{"FileSystemPublishEndpoints": {"w": {"rootDir": "~/www"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for what, pair := range map[string][2]string{
		"root":     {c.RootDir, filepath.Join(home, ".aptly")},
		"database": {c.Database(), filepath.Join(home, ".aptly/db")},
		"pool":     {c.Pool(), filepath.Join(home, ".aptly/pool")},
		"public":   {c.Public(), filepath.Join(home, ".aptly/public")},
		"endpoint": {c.FileSystemPublishEndpoints["w"].RootDir, filepath.Join(home, "www")},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %s, want %s", what, pair[0], pair[1])
		}
	}
	if got := full().Database() + " " + full().Pool(); got != "/srv/aptly/records /srv/files" {
		t.Errorf("database and pool are %s", got)
	}
}

func TestReadConfigNamesTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	long, bad := filepath.Join(dir, "long"), filepath.Join(dir, "bad")
	if err := os.WriteFile(long, []byte(strings.Repeat(" ", maxConfig+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bad, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, kind := range map[string]problem.Kind{
		filepath.Join(dir, "none"): problem.NotFound, long: problem.TooLarge, bad: problem.Invalid, dir: problem.Invalid,
	} {
		if _, err := ReadConfig(path); !problem.Is(err, kind) || !strings.HasPrefix(err.Error(), path) {
			t.Errorf("%s gives %v, want %s", path, err, kind)
		}
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(fullJSON))
	f.Add([]byte(fullYAML))
	f.Add([]byte("a:\n- b\n- \"c"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, err := ParseConfig(text); err != nil && !problem.Is(err, problem.Invalid) {
			t.Errorf("an error of kind %s: %v", problem.KindOf(err), err)
		}
	})
}
