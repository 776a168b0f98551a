package app

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/declared"
	"github.com/aptarium/aptarium/internal/keyring/gnupg"
	"github.com/aptarium/aptarium/internal/problem"
)

// Export is a declaration of what there is.
type Export struct {
	Declaration Declaration `json:"declaration"`
	LeftOut     []LeftOut   `json:"left_out,omitempty" doc:"What cannot be declared; it stays as it is"`
}

// LeftOut is a thing that cannot be declared.
type LeftOut struct {
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// ExportDeclaration declares what there is, so that an apply of it changes nothing.
// Passwords are not in it: they stay as they are stored.
func (a *App) ExportDeclaration(ctx context.Context) (Export, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return Export{}, err
	}
	trusted, err := a.GnuPG.ExportAll(ctx, gnupg.Trusted)
	if err != nil && !problem.Is(err, problem.NotFound) && !problem.Is(err, problem.Unavailable) {
		return Export{}, err
	}
	return read(ctx, a, func(tx *db.Tx) (Export, error) {
		e := Export{Declaration: Declaration{
			Endpoints: map[string]EndpointSettings{}, Mirrors: map[string]DeclaredMirror{}, Repos: map[string]DeclaredRepo{},
			Snapshots: map[string]DeclaredSnapshot{}, Publications: map[string]DeclaredPublication{},
		}}
		if trusted != "" {
			e.Declaration.Keyrings = map[string]string{gnupg.Trusted: trusted}
		}
		for _, fill := range []func(context.Context, *db.Tx, *Export) error{a.exportEndpoints, a.exportMirrors, a.exportRepos, a.exportSnapshots, a.exportPublications} {
			if err := fill(ctx, tx, &e); err != nil {
				return Export{}, err
			}
		}
		return e, nil
	})
}

func (a *App) exportEndpoints(ctx context.Context, tx *db.Tx, e *Export) error {
	list, err := a.endpoints.List(ctx, tx, "", maxDeclared)
	for _, n := range list {
		e.Declaration.Endpoints[n.Name] = n.Settings
	}
	return err
}

func (a *App) exportMirrors(ctx context.Context, tx *db.Tx, e *Export) error {
	list, err := a.mirrors.List(ctx, tx, "", maxDeclared)
	for _, m := range list {
		e.Declaration.Mirrors[m.Collection.Name] = declaredMirror(m)
	}
	return err
}

func (a *App) exportRepos(ctx context.Context, tx *db.Tx, e *Export) error {
	list, err := a.catalog.List(ctx, tx, catalog.Repo, "", maxDeclared)
	for _, c := range list {
		e.Declaration.Repos[c.Name] = DeclaredRepo{c.Description, c.Component, c.Distribution, c.Retention}
	}
	return err
}

func (a *App) exportSnapshots(ctx context.Context, tx *db.Tx, e *Export) error {
	list, err := a.catalog.List(ctx, tx, catalog.Snapshot, "", maxDeclared)
	if err != nil {
		return err
	}
	for _, c := range list {
		d, reason, err := a.exportSnapshot(ctx, tx, c)
		if err != nil {
			return err
		}
		if reason != "" {
			e.LeftOut = append(e.LeftOut, LeftOut{snapshotKind, c.Name, reason})
			continue
		}
		d.Description = c.Description
		e.Declaration.Snapshots[c.Name] = d
	}
	return nil
}

// exportSnapshot tells what a snapshot was made from: as it was declared, or else
// the collections, with the time if it is known which state was taken.
func (a *App) exportSnapshot(ctx context.Context, tx *db.Tx, c catalog.Collection) (d DeclaredSnapshot, reason string, err error) {
	spec, err := declared.Spec(ctx, tx, snapshotKind, c.ID)
	if err != nil {
		return d, "", err
	}
	if spec != "" {
		if err := json.Unmarshal([]byte(spec), &d); err != nil {
			return d, "", fmt.Errorf("reading what snapshot %s was made from: %w", c.Name, err)
		}
		return d, "", nil
	}
	sources, err := a.catalog.MadeOf(ctx, tx, c.ID)
	if err != nil {
		return d, "", err
	}
	for _, s := range sources {
		now, err := a.catalog.ByName(ctx, tx, s.Kind, s.Name)
		there, err := found(err)
		if err != nil {
			return d, "", err
		}
		if !there || now.ID != s.ID {
			return d, s.Ref() + ", which it was made from, was dropped since", nil
		}
		d.From = append(d.From, s.Ref())
	}
	switch len(sources) {
	case 0:
		set, err := a.catalog.Set(ctx, tx, c.View())
		if err == nil && !set.IsEmpty() {
			reason = "it was made of packages one by one"
		}
		return d, reason, err
	case 1:
		at, err := a.takenAt(ctx, tx, c, sources[0])
		d.From[0] += at
		return d, "", err
	}
	return d, "", nil
}

// takenAt gives the time of the state that a snapshot has, as references write it;
// nothing if it is another one than that of the time when the snapshot was made.
func (a *App) takenAt(ctx context.Context, tx *db.Tx, c, source catalog.Collection) (string, error) {
	has, err := a.catalog.Set(ctx, tx, c.View())
	if err != nil {
		return "", err
	}
	made := stamp(c.CreatedAt)
	end := made.Truncate(time.Second).Add(time.Second).UnixMicro() - 1
	for _, at := range []struct {
		micros int64
		text   string
	}{{end, made.Format(snapshotForm)}, {c.CreatedAt, made.Format(time.RFC3339Nano)}} {
		if at.micros >= a.Now().UnixMicro() {
			continue // other states may still come in that second
		}
		v, err := a.catalog.AsOf(ctx, tx, source.ID, at.micros)
		if err != nil {
			return "", err
		}
		set, err := a.catalog.Set(ctx, tx, v)
		if err != nil {
			return "", err
		}
		if set.Equal(has) && (v.Revision > 0 || at.micros >= source.CreatedAt) {
			return "@" + at.text, nil
		}
	}
	return "", nil
}

func (a *App) exportPublications(ctx context.Context, tx *db.Tx, e *Export) error {
	list, err := a.publish.List(ctx, tx, "", "", "", maxDeclared)
	for _, p := range list {
		d := declaredPublication(p)
		if isBuiltIn(d.Endpoint) {
			d.Endpoint = ""
		}
		name := placeName(p.Endpoint, p.Prefix, p.Distribution)
		if !strings.Contains(p.Distribution, "/") { // else the name alone would not tell where the prefix ends
			d.Endpoint, d.Prefix, d.Distribution = "", "", ""
		}
		e.Declaration.Publications[name] = d
	}
	return err
}
