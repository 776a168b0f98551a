package imports

import (
	"cmp"
	"context"
	"path/filepath"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

const typeImport = "import"

// ImportSource is a program whose repositories can be brought over.
type ImportSource string

// The programs that repositories come from.
const (
	FromAptly    ImportSource = "aptly"
	FromReprepro ImportSource = "reprepro"
)

// ImportPlan says what is to be brought over from another program, and how.
// Nothing of the other program's is changed; but files of its pool become links to
// the same bytes where the file system allows it.
type ImportPlan struct {
	From   ImportSource `json:"from" enum:"aptly,reprepro"`
	Root   string       `json:"root,omitempty" doc:"Absolute path on the server: aptly's root directory, or reprepro's base; for aptly it may be told by the configuration alone"`
	Config string       `json:"config,omitempty" doc:"Absolute path of aptly's configuration file"`
	// Keyring and GnuPGHome are for mirrors, Unverified for those that nobody signs.
	Keyring    string `json:"keyring,omitempty" doc:"Public keys, armored, that may sign what mirrors follow; empty: those of trustedkeys.gpg"`
	GnuPGHome  string `json:"gnupg_home,omitempty" doc:"Absolute path of the GnuPG home that has trustedkeys.gpg; empty: the server's own"`
	Unverified bool   `json:"unverified,omitempty" doc:"Mirrors without keys take what their upstream says on the word of the connection"`
	// EndpointDirectory has publications appear where another web server serves them.
	EndpointDirectory string                `json:"endpoint_directory,omitempty" doc:"Absolute path of a directory in which to publish, such as aptly's public; empty: the program serves publications itself"`
	Signing           *publications.Signing `json:"signing,omitempty" doc:"Who signs the publications; empty: the keys that aptly's configuration names, or our default key"`
}

// ImportSummary tells what an import did, or would do.
type ImportSummary struct {
	Items    []ImportItem `json:"items" doc:"In the order in which they are brought over"`
	Added    int          `json:"added" doc:"Packages that collections were given, those of each counted"`
	Warnings []string     `json:"warnings,omitempty"`
}

// ImportItem is one thing that was brought over.
type ImportItem struct {
	Kind     string `json:"kind" enum:"mirror,repo,snapshot,publication"`
	Name     string `json:"name" doc:"As it is called here"`
	Status   string `json:"status" enum:"new,changed,unchanged,left out,failed"`
	Packages int    `json:"packages" doc:"That it has there"`
	Added    int    `json:"added" doc:"Of them, those that were not here"`
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

// PlanImport tells what an import would do, and changes nothing. Names that other
// things have here already are a problem of kind Conflict that names them all.
func (s *Service) Plan(ctx context.Context, in ImportPlan) (ImportSummary, error) {
	if err := access.Require(ctx, access.Admin); err != nil {
		return ImportSummary{}, err
	}
	im, err := s.openImport(ctx, in)
	if err != nil {
		return ImportSummary{}, err
	}
	defer im.close()
	if err := im.decide(ctx); err != nil {
		return ImportSummary{}, err
	}
	return im.foresee(ctx)
}

// Import starts to bring over what another program has: repos, mirrors and
// snapshots with their packages, and publications, of which the first releases
// are built. What was brought over before is known again: an import adds what is
// new there and changes nothing else, so it can be repeated, also when it was
// killed. The result of the activity is an ImportSummary.
func (s *Service) Start(ctx context.Context, in ImportPlan) (usecase.Activity, error) {
	if _, err := s.Plan(ctx, in); err != nil { // whoever asks is told at once
		return usecase.Activity{}, err
	}
	logged := in
	logged.Keyring = ""
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Anyone, Action: "import", Subject: string(in.From) + ":" + cmp.Or(in.Root, in.Config), Detail: logged}, func(tx *db.Tx, _ *usecase.Act) (usecase.Activity, error) {
		return s.k.Submit(ctx, tx, activity.Spec{
			Type: typeImport, Subject: "import:" + string(in.From), Payload: in, MaxAttempts: 3,
			Locks: []activity.Lock{{Resource: "import"}},
		})
	})
}

// registerImports makes the kind of imports known.
func (s *Service) register() {
	usecase.Register(s.k, usecase.Kind[ImportPlan, ImportSummary]{Type: typeImport, Run: s.runImport})
}

// runImport is the activity of an import.
func (s *Service) runImport(ctx context.Context, run *activity.Run, in ImportPlan) (ImportSummary, error) {
	defer s.k.Hold("import of " + string(in.From))()
	im, err := s.openImport(ctx, in)
	if err != nil {
		return ImportSummary{}, err
	}
	defer im.close()
	if err := im.decide(ctx); err != nil {
		return ImportSummary{}, err
	}
	im.run = run
	return im.bringOver(ctx)
}

// openImport opens what is to be brought over.
func (s *Service) openImport(ctx context.Context, in ImportPlan) (*importing, error) {
	for _, path := range []struct{ field, value string }{
		{"root", in.Root}, {"config", in.Config}, {"gnupg_home", in.GnuPGHome}, {"endpoint_directory", in.EndpointDirectory},
	} {
		if path.value != "" && !filepath.IsAbs(path.value) {
			return nil, problem.New(problem.Invalid, "%q is no absolute path", path.value).In(path.field)
		}
	}
	im := &importing{app: s, plan: in, memo: map[memoKey]uint32{}}
	var err error
	switch in.From {
	case FromAptly:
		im.foreign, err = s.openAptly(ctx, in)
	case FromReprepro:
		im.foreign, err = s.openReprepro(in)
	default:
		err = problem.New(problem.Invalid, "nothing can be brought over from %q", in.From).In("from").WithHint("name aptly or reprepro")
	}
	return im, err
}

// foreign is what another program keeps.
type foreign struct {
	source       string // names the program, and the place if its names need that
	packages     packageSource
	collections  []*foreignCollection // each after those that it was made from
	publications []*foreignPublication
	warnings     []string
	signing      *publications.Signing // who signs what is published, if nobody says otherwise
}

// packageSource gives the packages of another program.
type packageSource interface {
	// list gives keys of the packages of a collection: the same package has the same
	// key for ever.
	list(ctx context.Context, subject string) ([]string, error)
	// keyOf gives the key that a member of ours has there.
	keyOf(catalog.Summary) string
	// take brings the files of a package into the pool and gives what lists it. A
	// problem is about this package alone.
	take(ctx context.Context, key string, components []string) ([]catalog.Entry, error)
	close() error
}

// stampMicro gives a time as the catalog has it; 0 when there is none.
func stampMicro(t time.Time) int64 {
	if t.IsZero() || t.Unix() <= 0 {
		return 0
	}
	return t.UnixMicro()
}
