package imports

import "github.com/aptarium/aptarium/internal/app/publications"

// ImportSource is a program whose repositories can be imported.
type ImportSource string

// The programs that repositories come from.
const (
	FromAptly    ImportSource = "aptly"
	FromReprepro ImportSource = "reprepro"
)

// ImportPlan states what to import from another program, and how. An import changes nothing
// of that program; but where the file system allows it, the files of its pool become links
// to the bytes in ours.
type ImportPlan struct {
	From   ImportSource `json:"from" enum:"aptly,reprepro"`
	Root   string       `json:"root,omitempty" doc:"Absolute path on the server: aptly's root directory, or reprepro's base directory; optional for aptly if its configuration states it"`
	Config string       `json:"config,omitempty" doc:"Absolute path of aptly's configuration file"`
	// Keyring and GnuPGHome are for mirrors, Unverified for mirrors of unsigned upstreams.
	Keyring    string `json:"keyring,omitempty" doc:"Public keys, armored, that may sign the upstreams of mirrors; empty: the keys of trustedkeys.gpg"`
	GnuPGHome  string `json:"gnupg_home,omitempty" doc:"Absolute path of the GnuPG home that has trustedkeys.gpg; empty: the server's own"`
	Unverified bool   `json:"unverified,omitempty" doc:"Import mirrors without keys: they accept what their upstreams send, unverified"`
	// EndpointDirectory is for publications that another web server serves.
	EndpointDirectory string                `json:"endpoint_directory,omitempty" doc:"Absolute path of a directory in which to publish, such as aptly's public; empty: the program serves publications itself"`
	Signing           *publications.Signing `json:"signing,omitempty" doc:"Who signs the publications; empty: the keys that aptly's configuration names, or our default key"`
}

// ImportSummary lists what an import did, or would do.
type ImportSummary struct {
	Items    []ImportItem `json:"items" doc:"In the order in which they are imported"`
	Added    int          `json:"added" doc:"Packages that were added to collections, each collection counted"`
	Warnings []string     `json:"warnings,omitempty"`
}

// ImportItem is a collection or a publication of an import.
type ImportItem struct {
	Kind     string `json:"kind" enum:"mirror,repo,snapshot,publication"`
	Name     string `json:"name" doc:"Its name here"`
	Status   string `json:"status" enum:"new,changed,unchanged,left out,failed"`
	Packages int    `json:"packages" doc:"Number of its packages in the other program"`
	Added    int    `json:"added" doc:"Number of the packages that were not here"`
	Reason   string `json:"reason,omitempty" doc:"Why it was left out, or failed"`
}

// The statuses of an item.
const (
	importNew       = "new"
	importChanged   = "changed"
	importUnchanged = "unchanged"
	importLeftOut   = "left out"
	importFailed    = "failed"
)
