package aptly

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

// snapshot is a snapshot as clients see it.
type snapshot struct {
	Name                                       string
	CreatedAt                                  time.Time
	SourceKind                                 string // local, repo (a mirror) or snapshot
	Description                                string
	Origin, NotAutomatic, ButAutomaticUpgrades string
}

func showSnapshot(s collections.Collection) snapshot {
	kind := cmp.Or(map[string]string{"repo": "local", "mirror": "repo"}[s.SourceKind], "snapshot")
	return snapshot{s.Name, s.CreatedAt, kind, s.Description, s.Origin, yes(s.NotAutomatic), yes(s.ButAutomaticUpgrades)}
}

// yes returns the value of a boolean field of Release files.
func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

func snapshotResource(s collections.Collection) string { return "S" + uuid(s.ID) }

func (s *service) snapshotRoutes() []route {
	return []route{
		{"GET", "snapshots", "List snapshots", listSnapshots},
		{"POST", "snapshots", "Make a snapshot of others, or of packages", sending(createSnapshot)},
		{"GET", "snapshots/:name", "Show a snapshot", func(c *call) (answer, error) {
			s, err := c.snapshot()
			return ok(showSnapshot(s)), err
		}},
		{"PUT", "snapshots/:name", "Edit a snapshot", sending(editSnapshot)},
		{"DELETE", "snapshots/:name", "Drop a snapshot", dropSnapshot},
		{"GET", "snapshots/:name/packages", "List or search the packages of a snapshot", func(c *call) (answer, error) {
			s, err := c.snapshot()
			if err != nil {
				return answer{}, err
			}
			return c.search(&collections.Ref{Kind: "snapshot", Name: s.Name})
		}},
		{"GET", "snapshots/:name/diff/:other", "Compare two snapshots", diffSnapshots},
		{"POST", "snapshots/:name/merge", "Merge snapshots into a new one", sending(mergeSnapshots)},
		{"POST", "snapshots/:name/pull", "Pull packages into a new snapshot", sending(pullSnapshot)},
	}
}

// snapshot returns the snapshot in the path.
func (c *call) snapshot() (collections.Collection, error) {
	return c.snapshotNamed(c.parameter("name"))
}

func (c *call) snapshotNamed(name string) (collections.Collection, error) {
	return lookup(c, name, "snapshot with name "+name+" not found", c.service.app.Collections.Snapshot, idOf)
}

func idOf(c collections.Collection) string { return c.ID }

func (c *call) snapshotsNamed(names []string) (refs, resources []string, err error) {
	for _, name := range names {
		s, err := c.snapshotNamed(name)
		if err != nil {
			return nil, nil, err
		}
		refs, resources = append(refs, "snapshot:"+name), append(resources, snapshotResource(s))
	}
	return refs, resources, nil
}

func listSnapshots(c *call) (answer, error) {
	found, err := usecase.Every(c.Context(), c.service.app.Collections.Snapshots)
	if err != nil {
		return answer{}, err
	}
	switch order := c.URL.Query().Get("sort"); order {
	case "", "name":
	case "time":
		slices.SortStableFunc(found, func(a, b collections.Collection) int { return a.CreatedAt.Compare(b.CreatedAt) })
	default:
		return answer{}, fail(http.StatusInternalServerError, "sorting method %q unknown", order)
	}
	type counted struct {
		snapshot
		NumPackages int
	}
	return ok(usecase.Map(found, func(s collections.Collection) counted { return counted{showSnapshot(s), s.Packages} })), nil
}

// snapshotTaken describes in aptly's words that a name is taken.
func snapshotTaken(err error, name string) error {
	if problem.Is(err, problem.Conflict) {
		return fail(http.StatusBadRequest, "snapshot with name %s already exists", name)
	}
	return err
}

// snapshotOf makes a snapshot of one thing as it is when the task's turn comes.
func (c *call) snapshotOf(ref, resource string, in newSnapshot, description string) (answer, error) {
	description = cmp.Or(in.Description, description)
	return c.task("Create snapshot of "+strings.Replace(ref, ":", " ", 1), []string{resource}, func(ctx context.Context, _ usecase.JobRun) (answer, error) {
		s, err := c.service.app.Collections.CreateSnapshot(ctx, collections.NewSnapshot{Name: in.Name, Description: description, From: []string{ref}})
		return answer{http.StatusCreated, showSnapshot(s)}, snapshotTaken(err, in.Name)
	})
}

func createSnapshot(c *call, in struct {
	Name            string `binding:"required"`
	Description     string
	SourceSnapshots []string
	PackageRefs     []string
}) (answer, error) {
	refs, resources, err := c.snapshotsNamed(in.SourceSnapshots)
	if err != nil {
		return answer{}, err
	}
	if in.Description == "" && len(refs) == 0 && len(in.PackageRefs) == 0 {
		in.Description = "Created as empty"
	}
	fresh := collections.NewSnapshot{Name: in.Name, Description: in.Description, From: refs, Packages: in.PackageRefs}
	return c.task("Create snapshot "+in.Name, resources, func(ctx context.Context, _ usecase.JobRun) (answer, error) {
		s, err := c.service.app.Collections.CreateSnapshot(ctx, fresh)
		return answer{http.StatusCreated, showSnapshot(s)}, as(snapshotTaken(err, in.Name), problem.NotFound, http.StatusNotFound, "")
	})
}

func editSnapshot(c *call, in struct{ Name, Description string }) (answer, error) {
	s, err := c.snapshot()
	if err != nil {
		return answer{}, err
	}
	var edit collections.SnapshotEdit
	if in.Name != "" {
		edit.Name = &in.Name
	}
	if in.Description != "" {
		edit.Description = &in.Description
	}
	return c.task("Update snapshot "+s.Name, []string{snapshotResource(s)}, func(ctx context.Context, _ usecase.JobRun) (answer, error) {
		edited, err := c.service.app.Collections.EditSnapshot(ctx, s.Name, edit)
		if problem.Is(err, problem.Conflict) {
			err = fail(http.StatusConflict, "unable to rename: snapshot %s already exists", in.Name)
		}
		return ok(showSnapshot(edited)), err
	})
}

func dropSnapshot(c *call) (answer, error) {
	s, err := c.snapshot()
	if err != nil {
		return answer{}, err
	}
	force := c.flag("force")
	return c.task("Delete snapshot "+s.Name, []string{snapshotResource(s)}, func(ctx context.Context, _ usecase.JobRun) (answer, error) {
		published := fail(http.StatusConflict, "unable to drop: snapshot is published")
		used := fail(http.StatusConflict, "won't delete snapshot that was used as source for other snapshots, use ?force=1 to override")
		if err := c.refuseUsed(ctx, "snapshot:"+s.Name, force, published, used); err != nil {
			return answer{}, err
		}
		return ok(nothing{}), c.service.app.Collections.Drop(ctx, collections.Snapshot, s.Name)
	})
}
