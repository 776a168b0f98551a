package collections

import (
	"context"
	"strconv"
	"strings"

	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// Published is the kind of a reference to a publication, which is no collection
// but has states as they have.
const Published catalog.Kind = "publish"

// Ref names a collection or a publication, or one of its states.
type Ref struct {
	Kind catalog.Kind
	Name string // of a publication: PREFIX/DISTRIBUTION, with ENDPOINT: before it where another server serves it
	// Distribution, when set, is that of a publication, whose Name is the prefix
	// then: no other can be meant.
	Distribution string
	At           int64 // microseconds since 1970; 0: now
	Revision     int64 // number of a revision, or of a release; 0: now
}

// refHint tells how references are written.
const refHint = "write mirror:NAME, repo:NAME, snapshot:NAME or publish:PREFIX/DISTRIBUTION, with @TIME behind it for a past state, or #NUMBER for a revision or release"

// ParseRef reads a reference: mirror:NAME, repo:NAME, snapshot:NAME or
// publish:PREFIX/DISTRIBUTION, and behind it @TIME (see [ParseInstant]) for how it
// was then, or #NUMBER for one of its revisions or releases. Field names the input
// for errors.
func ParseRef(field, text string) (Ref, error) {
	kind, name, ok := strings.Cut(text, ":")
	r := Ref{Kind: catalog.Kind(kind)}
	known := r.Kind == catalog.Mirror || r.Kind == catalog.Repo || r.Kind == catalog.Snapshot || r.Kind == Published
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
			return Ref{}, problem.New(problem.Invalid, "%q is not the number of a revision", number).In(field).WithHint("`aptarium log` lists those there are")
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

// Past tells whether the reference names a state, which may be a past one.
func (r Ref) Past() bool { return r.At != 0 || r.Revision != 0 }

// known refuses an instant that is not over.
func (s *Service) Known(at int64, what string) error {
	if at >= s.k.Now().UnixMicro() {
		return problem.New(problem.NotFound, "the state of %s at %s is not known yet", what, usecase.Stamp(at).Format(usecase.SnapshotForm)).
			WithHint("ask for a second that is over, or leave the time out for now")
	}
	return nil
}

// settle makes sure that nothing can come into the past that references name, so
// that what is read of it is the same for ever. Reads call it before they begin;
// writes need not, since nobody writes beside them.
func (s *Service) Settle(ctx context.Context, refs ...Ref) error {
	for _, r := range refs {
		if r.At == 0 || r.At >= s.k.DB.Wall() { // the latter is told when it is looked up
			continue
		}
		if err := s.k.DB.Seal(ctx, r.At); err != nil {
			return err
		}
	}
	return nil
}

// view finds what a reference to a collection names. At a time, one that was
// dropped later was there.
func (s *Service) View(ctx context.Context, tx *db.Tx, r Ref) (catalog.Collection, catalog.View, error) {
	if r.Kind == Published {
		return catalog.Collection{}, catalog.View{}, problem.New(problem.Invalid, "publish:%s is a publication; a mirror, repo or snapshot is wanted here", r.Name)
	}
	if r.At != 0 {
		if err := s.Known(r.At, string(r.Kind)+":"+r.Name); err != nil {
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
		err = problem.New(problem.NotFound, "%s has no revision %d", c.Ref(), r.Revision).WithHint("`aptarium log %s` lists those there are", c.Ref())
	case !kept:
		err = problem.New(problem.NotFound, "revision %d of %s is not kept any more", r.Revision, c.Ref()).WithHint("`aptarium log %s` lists those that are", c.Ref())
	}
	return c, v, err
}

// setOf gives the members that a reference names, or all that any collection has
// now.
func (s *Service) SetOf(ctx context.Context, tx *db.Tx, ref *Ref) (set bitset.Set, err error) {
	if ref == nil {
		return s.k.Catalog.Present(ctx, tx)
	}
	if ref.Kind == Published {
		_, r, err := s.ReleaseOf(ctx, tx, *ref)
		if err != nil {
			return set, err
		}
		return s.publish.Members(ctx, tx, r)
	}
	_, v, err := s.View(ctx, tx, *ref)
	if err != nil {
		return set, err
	}
	return s.k.Catalog.Set(ctx, tx, v)
}

// releaseOf finds the release that a reference to a publication names: its newest,
// that of a number or of a time. A publication without any has an empty one now.
func (s *Service) ReleaseOf(ctx context.Context, tx *db.Tx, r Ref) (publish.Publication, publish.Release, error) {
	if r.At != 0 {
		if err := s.Known(r.At, "publish:"+r.Name); err != nil {
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

// placeOfRef finds the publication whose prefix and distribution, joined by a
// slash, are the name: both may have slashes in them. Two of that name cannot be
// told apart.
func (s *Service) placeOfRef(r Ref, get func(endpoint, prefix, distribution string) (publish.Publication, error)) (found publish.Publication, err error) {
	if r.Distribution != "" {
		endpoint, prefix := publish.SplitPlace(r.Name)
		return get(endpoint, prefix, r.Distribution)
	}
	missing := error(problem.New(problem.NotFound, "there is no publication %s", r.Name).WithHint("`aptarium publish list` shows those there are, as PREFIX and DISTRIBUTION"))
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
				WithHint("name the prefix and the distribution apart, as `aptarium publish` does")
		default:
			found, missing = p, nil
		}
	}
	return found, missing
}
