package command

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Await follows an activity that the command has started, and shows what it did. With --no-wait it
// shows the activity's id at once.
func (r *Run) Await(a usecase.Activity) error {
	if r.noWait {
		if r.opened.Own() {
			r.Say("It runs when a server or a command that waits works on this data folder.")
		}
		return r.Show(a, func() { r.Print("%d", a.ID) })
	}
	a, err := r.Follow(r.ctx, a.ID)
	if err != nil {
		return err
	}
	for _, warning := range warnings(a) {
		r.Say("%s", warning)
	}
	return r.Show(a, func() {
		r.showPlan(a)
		r.Print("%s", Summary(a))
	})
}

// AwaitResult follows an activity as Await does, but shows its result.
func AwaitResult[T any](r *Run, a usecase.Activity, show func(r *Run, result T)) error {
	if r.noWait {
		return r.Await(a)
	}
	a, err := r.Follow(r.ctx, a.ID)
	if err != nil {
		return err
	}
	var result T
	if err := json.Unmarshal(a.Result, &result); err != nil {
		return fmt.Errorf("reading the result of activity %d: %w", a.ID, err)
	}
	return r.Show(result, func() { show(r, result) })
}

// warnings returns the warnings of an activity.
func warnings(a usecase.Activity) []string {
	var r result
	if err := json.Unmarshal(a.Result, &r); err != nil {
		return nil // Summary shows the status then
	}
	list := make([]string, 0, len(r.Warnings)+1)
	for _, w := range r.Warnings {
		list = append(list, a.Subject+": warning: "+w)
	}
	if r.Duplicates > 0 {
		list = append(list, fmt.Sprintf("%s: warning: the upstream lists %s twice with other content, of which the first was taken: %s",
			a.Subject, Count(r.Duplicates, "package", "packages"), strings.Join(r.FirstDuplicates, ", ")))
	}
	if r.Changes != nil {
		for _, kind := range []mirrors.TaskChanged{r.Changes.Sources, r.Changes.Binaries} {
			for _, name := range kind.Skipped.Names {
				list = append(list, a.Subject+": skipped "+name+": the upstream refuses its files; the next run asks again")
			}
		}
	}
	return list
}

// result is the result of a sync or a publish.
type result struct {
	Unchanged  bool  `json:"unchanged"`
	Packages   int   `json:"packages"`
	Release    int64 `json:"release"`
	Added      int   `json:"added"`
	Removed    int   `json:"removed"`
	Downloaded int   `json:"downloaded"`
	Bytes      int64 `json:"bytes"`
	Deferred   int   `json:"deferred"`
	Fetched    int   `json:"fetched"`

	Duplicates      int      `json:"duplicates"`
	FirstDuplicates []string `json:"first_duplicates"`
	Warnings        []string `json:"warnings"`

	DryRun  bool                 `json:"dry_run"`
	Changes *mirrors.TaskChanges `json:"changes"`
}

// Summary returns a line about what an activity did.
func Summary(a usecase.Activity) string {
	var r result
	if err := json.Unmarshal(a.Result, &r); err != nil {
		return a.Subject + ": " + a.Status
	}
	packages := Count(r.Packages, "package", "packages")
	switch {
	case a.Type == "publish" && r.Unchanged:
		return fmt.Sprintf("%s: nothing has changed since release %d (%s)", a.Subject, r.Release, packages)
	case a.Type == "publish":
		return fmt.Sprintf("%s: release %d with %s", a.Subject, r.Release, packages)
	case a.Type == "mirror.prefetch":
		return fmt.Sprintf("%s: %s fetched (%s)", a.Subject, Count(r.Fetched, "file", "files"), Size(r.Bytes))
	case a.Type == pockets.TypePull || a.Type == pockets.TypeRevert || a.Type == pockets.TypeRemove || a.Type == pockets.TypeSync:
		return fmt.Sprintf("%s: %s added, %d removed, release %d of its suite", a.Subject, Count(r.Added, "package", "packages"), r.Removed, r.Release)
	case r.DryRun:
		return fmt.Sprintf("%s: would have %s (%d added, %d removed), after %s downloaded (%s)", a.Subject, packages,
			r.Added, r.Removed, Count(r.Downloaded, "file", "files"), Size(r.Bytes))
	case r.Deferred > 0:
		return fmt.Sprintf("%s: %s (%d added, %d removed), %s left upstream", a.Subject, packages, r.Added, r.Removed, Count(r.Deferred, "file", "files"))
	case r.Unchanged:
		return fmt.Sprintf("%s: nothing new upstream (%s)", a.Subject, packages)
	}
	return fmt.Sprintf("%s: %s (%d added, %d removed), %s downloaded (%s)", a.Subject, packages,
		r.Added, r.Removed, Count(r.Downloaded, "file", "files"), Size(r.Bytes))
}

// showPlan writes a line for each change that a dry run found.
func (p *Program) showPlan(a usecase.Activity) {
	var found result
	if err := json.Unmarshal(a.Result, &found); err != nil || !found.DryRun || found.Changes == nil {
		return
	}
	for _, kind := range []mirrors.TaskChanged{found.Changes.Sources, found.Changes.Binaries, found.Changes.Indexes} {
		p.showNames("add", kind.Added)
		p.showNames("replace", kind.Replaced)
		p.showNames("remove", kind.Removed)
	}
}

func (p *Program) showNames(verb string, names mirrors.TaskNames) {
	for _, name := range names.Names {
		p.Print("%-7s  %s", verb, name)
	}
	if more := names.Total - len(names.Names); more > 0 {
		p.Print("%-7s  %d more like these", verb, more)
	}
}
