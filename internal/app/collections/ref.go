package collections

import (
	"context"
	"strconv"
	"strings"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// Kind is the kind of a collection or a reference.
type Kind = catalog.Kind

// The kinds. Published is the kind of a reference to a publication, which is no collection but
// has states too.
const (
	Mirror    = catalog.Mirror
	Repo      = catalog.Repo
	Snapshot  = catalog.Snapshot
	Published = Kind("publish")
)

// Ref names a collection or a publication, or one of its states.
type Ref struct {
	Kind Kind
	Name string // of a publication: [ENDPOINT:]PREFIX/DISTRIBUTION
	// Distribution is empty, or the distribution of a publication whose Name is only the prefix.
	Distribution string
	At           int64 // microseconds since 1970; 0: now
	Revision     int64 // number of a revision, or of a release; 0: now
}

// refHint shows the form of references.
const refHint = "write mirror:NAME, repo:NAME, snapshot:NAME or publish:PREFIX/DISTRIBUTION, with @TIME behind it for a past state, or #NUMBER for a revision or release"

// ParseRef parses a reference: mirror:NAME, repo:NAME, snapshot:NAME or publish:PREFIX/DISTRIBUTION,
// followed by nothing for its newest state, by @TIME (see [usecase.ParseInstant]) for its state at
// that time, or by #NUMBER for a revision or release. Errors are problem.Invalid in field.
func ParseRef(field, text string) (Ref, error) {
	kind, name, ok := strings.Cut(text, ":")
	r := Ref{Kind: Kind(kind)}
	known := r.Kind == Mirror || r.Kind == Repo || r.Kind == Snapshot || r.Kind == Published
	if !ok || !known {
		return Ref{}, problem.New(problem.Invalid, "%q names no collection", text).In(field).WithHint(refHint)
	}
	var err error
	if base, at, timed := strings.Cut(name, "@"); timed {
		name = base
		if r.At, err = usecase.ParseInstant(field, at); err != nil {
			return Ref{}, err
		}
	} else if base, number, numbered := strings.Cut(name, "#"); numbered {
		name = base
		if r.Revision, err = strconv.ParseInt(number, 10, 64); err != nil || r.Revision < 1 {
			return Ref{}, problem.New(problem.Invalid, "%q is not the number of a revision", number).In(field).WithHint("`aptarium log` lists them")
		}
	}
	r.Name = name
	if r.Kind == Published {
		if len(name) > 500 || !strings.Contains(name, "/") {
			return Ref{}, problem.New(problem.Invalid, "%q names no publication", text).In(field).WithHint(refHint)
		}
		return r, nil
	}
	return r, catalog.CheckName(field, name)
}

// Past reports whether the reference names a fixed state, past or newest.
func (r Ref) Past() bool { return r.At != 0 || r.Revision != 0 }

// CheckPast returns problem.NotFound for an instant that is not over. what names the object.
func (s *Service) CheckPast(at int64, what string) error {
	if at >= s.k.Now().UnixMicro() {
		return problem.New(problem.NotFound, "the state of %s at %s is not known yet", what, usecase.Stamp(at).Format(usecase.SnapshotForm)).
			WithHint("ask for a second that is over, or leave the time out for now")
	}
	return nil
}

// ReadStates checks that the caller may read, and returns what fn reads in one consistent view of
// the database. Before it, it seals the seconds that the references name: no later commit can have
// a time in them, so the answer stays the same for ever. All use cases that read the state of a
// reference go through it; changes need not, since no other commit runs beside them.
func ReadStates[T any](ctx context.Context, s *Service, refs []Ref, fn func(tx *db.Tx) (T, error)) (none T, err error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return none, err
	}
	for _, r := range refs {
		if r.At == 0 || r.At >= s.k.DB.Wall() { // fn refuses a second that is not over
			continue
		}
		if err := s.k.DB.Seal(ctx, r.At); err != nil {
			return none, err
		}
	}
	return usecase.View(ctx, s.k, fn)
}

// Resolve returns the collection and the view of a reference. A time also resolves to a collection
// that was dropped later. A publication is problem.Invalid, a state that is unknown or thinned
// problem.NotFound.
func (s *Service) Resolve(ctx context.Context, tx *db.Tx, r Ref) (catalog.Collection, catalog.View, error) {
	if r.Kind == Published {
		return catalog.Collection{}, catalog.View{}, problem.New(problem.Invalid, "publish:%s is a publication; a mirror, repo or snapshot is wanted here", r.Name)
	}
	if r.At != 0 {
		if err := s.CheckPast(r.At, string(r.Kind)+":"+r.Name); err != nil {
			return catalog.Collection{}, catalog.View{}, err
		}
		c, err := s.k.Catalog.ByNameAt(ctx, tx, r.Kind, r.Name, r.At)
		if err != nil {
			return c, catalog.View{}, err
		}
		v, err := s.k.Catalog.AsOf(ctx, tx, c.ID, r.At)
		return c, v, err
	}
	c, err := s.k.Catalog.ByName(ctx, tx, r.Kind, r.Name)
	if err != nil || r.Revision == 0 {
		return c, c.View(), err
	}
	v := catalog.View{Collection: c.ID, Revision: r.Revision}
	kept, err := s.k.Catalog.Has(ctx, tx, v)
	switch {
	case err != nil:
	case r.Revision > c.Head:
		err = problem.New(problem.NotFound, "%s has no revision %d", c.Ref(), r.Revision).WithHint("`aptarium log %s` lists them", c.Ref())
	case !kept:
		err = problem.New(problem.NotFound, "revision %d of %s is not kept any more", r.Revision, c.Ref()).WithHint("`aptarium log %s` lists the kept ones", c.Ref())
	}
	return c, v, err
}

// Members returns the members of the state of a reference, or (nil) the present members of all
// collections.
func (s *Service) Members(ctx context.Context, tx *db.Tx, ref *Ref) (set bitset.Set, err error) {
	if ref == nil {
		return s.k.Catalog.Present(ctx, tx)
	}
	if ref.Kind == Published {
		_, r, err := s.ResolveRelease(ctx, tx, *ref)
		if err != nil {
			return set, err
		}
		return s.publish.Members(ctx, tx, r)
	}
	_, v, err := s.Resolve(ctx, tx, *ref)
	if err != nil {
		return set, err
	}
	return s.k.Catalog.Set(ctx, tx, v)
}

// ResolveRelease returns the publication and the release of a reference to a publication. Before
// its first release, a publication resolves to a release with the number 0.
func (s *Service) ResolveRelease(ctx context.Context, tx *db.Tx, r Ref) (publish.Publication, publish.Release, error) {
	if r.At != 0 {
		if err := s.CheckPast(r.At, "publish:"+r.Name); err != nil {
			return publish.Publication{}, publish.Release{}, err
		}
	}
	p, err := s.placeOfRef(r, func(endpoint, prefix, distribution string) (publish.Publication, error) {
		if r.At != 0 {
			return s.publish.GetAt(ctx, tx, endpoint, prefix, distribution, r.At)
		}
		return s.publish.Get(ctx, tx, endpoint, prefix, distribution)
	})
	var release publish.Release
	switch {
	case err != nil:
	case r.At != 0:
		release, err = s.publish.AsOf(ctx, tx, p, r.At)
	case r.Revision != 0:
		release, err = s.publish.Numbered(ctx, tx, p, r.Revision)
	case p.Head != 0:
		release, err = s.publish.Numbered(ctx, tx, p, p.Head)
	}
	return p, release, err
}

// placeOfRef returns the publication whose prefix and distribution, joined by a slash, are the
// name. Both may contain slashes, so a name of two publications is problem.Conflict.
func (s *Service) placeOfRef(r Ref, get func(endpoint, prefix, distribution string) (publish.Publication, error)) (found publish.Publication, err error) {
	if r.Distribution != "" {
		endpoint, prefix := publish.SplitPlace(r.Name)
		return get(endpoint, prefix, r.Distribution)
	}
	missing := error(problem.New(problem.NotFound, "there is no publication %s", r.Name).WithHint("`aptarium publish list` shows all, as PREFIX and DISTRIBUTION"))
	for i, c := range r.Name {
		if c != '/' {
			continue
		}
		endpoint, prefix := publish.SplitPlace(r.Name[:i])
		p, err := get(endpoint, prefix, r.Name[i+1:])
		switch {
		case problem.Is(err, problem.NotFound):
		case err != nil:
			return p, err
		case missing == nil:
			return p, problem.New(problem.Conflict, "%s may be two publications: %s and %s", r.Name, found.Ref(), p.Ref()).
				WithHint("separate the prefix and the distribution, as `aptarium publish` does")
		default:
			found, missing = p, nil
		}
	}
	return found, missing
}
