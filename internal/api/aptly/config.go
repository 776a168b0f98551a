package aptly

// Config is what an aptly configuration says that this dialect acts upon. The
// names are those of aptly's configuration file.
type Config struct {
	Architectures  []string // of searches and publications that name none; empty: all
	AsyncAPI       bool     // calls without _async do not wait
	ServeInAPIMode bool     // /repos/ shows what is published
	Metrics        bool     // /api/metrics
	Docs           bool     // /docs.html

	GpgKeys       []string // keys that sign where a call names none
	DisableSign   bool
	DisableVerify bool

	SkipContents    bool
	SkipBz2         bool
	DownloadSources bool

	FollowRecommends, FollowSuggests, FollowSource, FollowAllVariants bool

	// Root is the folder that aptly kept everything in, for /api/storage; empty:
	// the data folder.
	Root string
	// Default is the endpoint of publications whose prefix names no storage; empty:
	// what the program serves itself.
	Default string
	// Directories gives the folder of each filesystem endpoint, by its name, and
	// that of the default one under "".
	Directories map[string]string
}

// Defaults is the configuration of a server that replaces no aptly: it offers
// everything.
func Defaults() Config {
	return Config{ServeInAPIMode: true, Metrics: true, Docs: true, SkipContents: true}
}
