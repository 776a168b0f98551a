package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// defineNoWait lets a command that starts an activity leave it alone.
func defineNoWait(c *cobra.Command, noWait *bool) {
	c.Flags().BoolVar(noWait, "no-wait", false, "do not wait for the activity, but write its id")
}

// await follows the activity that a command has started, and tells what it did;
// or, if nobody wants to wait, which one it is.
func (p *program) await(ctx context.Context, s *session, a usecase.Activity, noWait bool) error {
	if noWait {
		if s.local != nil {
			p.say("It runs when a server or a command that waits works on this data folder.")
		}
		return p.show(a, func(w io.Writer) { fmt.Fprintln(w, a.ID) })
	}
	a, err := p.follow(ctx, s, a.ID)
	if err != nil {
		return err
	}
	for _, warning := range warnings(a) {
		p.say("%s", warning)
	}
	return p.show(a, func(w io.Writer) {
		showPlan(w, a)
		fmt.Fprintln(w, summary(a))
	})
}

// warnings tells what an activity found odd on its way.
func warnings(a usecase.Activity) []string {
	var r result
	if err := json.Unmarshal(a.Result, &r); err != nil {
		return nil // summary says so
	}
	list := make([]string, 0, len(r.Warnings)+1)
	for _, w := range r.Warnings {
		list = append(list, a.Subject+": warning: "+w)
	}
	if r.Duplicates > 0 {
		list = append(list, fmt.Sprintf("%s: warning: the upstream lists %s twice with other content, of which the first was taken: %s",
			a.Subject, count(r.Duplicates, "package", "packages"), strings.Join(r.FirstDuplicates, ", ")))
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

// result is what a sync or a publish tells of what it did.
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

// summary tells in one line what an activity did.
func summary(a usecase.Activity) string {
	var r result
	if err := json.Unmarshal(a.Result, &r); err != nil {
		return a.Subject + ": " + a.Status
	}
	packages := count(r.Packages, "package", "packages")
	switch {
	case a.Type == "publish" && r.Unchanged:
		return fmt.Sprintf("%s: nothing has changed since release %d (%s)", a.Subject, r.Release, packages)
	case a.Type == "publish":
		return fmt.Sprintf("%s: release %d with %s", a.Subject, r.Release, packages)
	case a.Type == "mirror.prefetch":
		return fmt.Sprintf("%s: %s fetched (%s)", a.Subject, count(r.Fetched, "file", "files"), size(r.Bytes))
	case a.Type == pockets.TypePull || a.Type == pockets.TypeRevert || a.Type == pockets.TypeRemove || a.Type == pockets.TypeSync:
		return fmt.Sprintf("%s: %s added, %d removed, release %d of its suite", a.Subject, count(r.Added, "package", "packages"), r.Removed, r.Release)
	case r.DryRun:
		return fmt.Sprintf("%s: would have %s (%d added, %d removed), after %s downloaded (%s)", a.Subject, packages,
			r.Added, r.Removed, count(r.Downloaded, "file", "files"), size(r.Bytes))
	case r.Deferred > 0:
		return fmt.Sprintf("%s: %s (%d added, %d removed), %s left upstream", a.Subject, packages, r.Added, r.Removed, count(r.Deferred, "file", "files"))
	case r.Unchanged:
		return fmt.Sprintf("%s: nothing new upstream (%s)", a.Subject, packages)
	}
	return fmt.Sprintf("%s: %s (%d added, %d removed), %s downloaded (%s)", a.Subject, packages,
		r.Added, r.Removed, count(r.Downloaded, "file", "files"), size(r.Bytes))
}
