package apply

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/declared"
	"github.com/aptarium/aptarium/internal/keyring/gnupg"
	"github.com/aptarium/aptarium/internal/problem"
)

// Export is a declaration of what exists.
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

// Export returns a declaration of what exists: its apply changes nothing. It has no passwords,
// which stay as they are stored.
func (s *Service) Export(ctx context.Context) (Export, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return Export{}, err
	}
	trusted, err := s.k.Settings.GnuPG.ExportAll(ctx, gnupg.Trusted)
	if err != nil && !problem.Is(err, problem.NotFound) && !problem.Is(err, problem.Unavailable) {
		return Export{}, err
	}
	return usecase.View(ctx, s.k, func(tx *db.Tx) (Export, error) {
		e := Export{Declaration: Declaration{
			Endpoints: map[string]publications.EndpointSettings{}, Mirrors: map[string]DeclaredMirror{}, Repos: map[string]DeclaredRepo{},
			Snapshots: map[string]DeclaredSnapshot{}, Publications: map[string]DeclaredPublication{},
		}}
		if trusted != "" {
			e.Declaration.Keyrings = map[string]string{gnupg.Trusted: trusted}
		}
		for _, fill := range []func(context.Context, *db.Tx, *Export) error{s.exportEndpoints, s.exportMirrors, s.exportRepos, s.exportSnapshots, s.exportPublications} {
			if err := fill(ctx, tx, &e); err != nil {
				return Export{}, err
			}
		}
		return e, tooMany(e)
	})
}

// tooMany refuses an export that could not be applied.
func tooMany(e Export) error {
	d := e.Declaration
	if n := len(d.Endpoints) + len(d.Mirrors) + len(d.Repos) + len(d.Snapshots) + len(d.Publications); n > maxDeclared {
		return problem.New(problem.TooLarge, "there are more than the %d things that one declaration may state", maxDeclared)
	}
	return nil
}

func (s *Service) exportEndpoints(ctx context.Context, tx *db.Tx, e *Export) error {
	list, err := s.endpoint.List(ctx, tx, "", maxDeclared+1)
	for _, n := range list {
		e.Declaration.Endpoints[n.Name] = s.endpoint.Kinds.Redacted(n.Settings)
	}
	return err
}

func (s *Service) exportMirrors(ctx context.Context, tx *db.Tx, e *Export) error {
	list, err := s.mirror.List(ctx, tx, "", maxDeclared+1)
	for _, m := range list {
		e.Declaration.Mirrors[m.Collection.Name] = declaredMirror(m)
	}
	return err
}

func (s *Service) exportRepos(ctx context.Context, tx *db.Tx, e *Export) error {
	list, err := s.k.Catalog.List(ctx, tx, catalog.Repo, "", maxDeclared+1)
	for _, c := range list {
		e.Declaration.Repos[c.Name] = DeclaredRepo{c.Description, c.Component, c.Distribution, c.Retention}
	}
	return err
}

func (s *Service) exportSnapshots(ctx context.Context, tx *db.Tx, e *Export) error {
	list, err := s.k.Catalog.List(ctx, tx, catalog.Snapshot, "", maxDeclared+1)
	if err != nil {
		return err
	}
	for _, c := range list {
		d, reason, err := s.exportSnapshot(ctx, tx, c)
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

// exportSnapshot returns the settings of a snapshot as it was declared, or else its sources with
// the time of their states. A reason says why there is none.
func (s *Service) exportSnapshot(ctx context.Context, tx *db.Tx, c catalog.Collection) (d DeclaredSnapshot, reason string, err error) {
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
	sources, err := s.k.Catalog.MadeOf(ctx, tx, c.ID)
	if err != nil {
		return d, "", err
	}
	has, err := s.k.Catalog.Set(ctx, tx, c.View())
	if err != nil || has.IsEmpty() && len(sources) == 0 {
		return d, "", err
	}
	d, reproducible, err := s.reproduce(ctx, tx, c, sources, has)
	if err == nil && !reproducible {
		reason = "nobody knows how to make it of these packages again"
	}
	return d, reason, err
}

// reproduce finds settings that make the same snapshot of its sources: of their states at the
// time of its creation, or of an earlier state.
func (s *Service) reproduce(ctx context.Context, tx *db.Tx, c catalog.Collection, sources []catalog.Collection, has bitset.Set) (d DeclaredSnapshot, found bool, err error) {
	if len(sources) == 0 {
		return d, false, nil
	}
	made := usecase.Stamp(c.CreatedAt)
	end := made.Truncate(time.Second).Add(time.Second).UnixMicro() - 1
	for _, at := range []moment{{end, made.Format(usecase.SnapshotForm)}, {c.CreatedAt, made.Format(time.RFC3339Nano)}} {
		if at.micros >= s.k.Now().UnixMicro() {
			continue // other states may still come in that second
		}
		if d, found, err = s.reproduceAt(ctx, tx, at, sources, has); found || err != nil {
			return d, found, err
		}
	}
	if len(sources) > 1 {
		return d, false, nil
	}
	log, err := s.k.Catalog.Log(ctx, tx, sources[0].ID, 0, maxSearched)
	if err != nil {
		return d, false, err
	}
	for _, r := range log {
		if r.Members != has.Len() {
			continue
		}
		at := moment{r.At, usecase.Stamp(r.At).Format(time.RFC3339Nano)}
		if d, found, err = s.reproduceAt(ctx, tx, at, sources, has); found || err != nil {
			return d, found, err
		}
	}
	return d, false, nil
}

// moment is a time, as stored and as references write it.
type moment struct {
	micros int64
	text   string
}

// maxSearched bounds the revisions that reproduce tries.
const maxSearched = 1000

// reproduceAt finds the rule that makes a set of some sources as they were at a time.
func (s *Service) reproduceAt(ctx context.Context, tx *db.Tx, at moment, sources []catalog.Collection, has bitset.Set) (d DeclaredSnapshot, found bool, err error) {
	views := make([]collections.Source, len(sources))
	for i, c := range sources {
		named, v, err := s.collections.Resolve(ctx, tx, collections.Ref{Kind: c.Kind, Name: c.Name, At: at.micros})
		if problem.Is(err, problem.NotFound) || err == nil && named.ID != c.ID {
			return d, false, nil // another collection has its name, or that state is not kept
		}
		if err != nil {
			return d, false, err
		}
		views[i] = collections.Source{Collection: c, View: v}
		d.From = append(d.From, c.Ref()+"@"+at.text)
	}
	for _, rule := range []DeclaredSnapshot{{}, {Latest: true}, {KeepAll: true}} {
		set, err := s.collections.SnapshotMembers(ctx, tx, views, rule.wanted(""))
		if err != nil {
			return d, false, err
		}
		if set.Equal(has) {
			d.Latest, d.KeepAll = rule.Latest, rule.KeepAll
			return d, true, nil
		}
	}
	return d, false, nil
}

func (s *Service) exportPublications(ctx context.Context, tx *db.Tx, e *Export) error {
	list, err := s.publish.List(ctx, tx, "", "", "", maxDeclared+1)
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
