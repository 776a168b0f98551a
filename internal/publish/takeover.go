package publish

import (
	"context"
	"slices"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// takeover records that a publication put its own file at a path of the pool where another
// publication of the prefix has one with other bytes. Clients of both get the file of the last
// takeover whose publication still lists it.
type takeover struct {
	path        string // below the prefix
	publication int64
	release     int64 // the publication's first release with the file
	at          int64 // the time of the release, in microseconds since 1970
	modified    int64 // its Last-Modified, in seconds
}

func saveTakeovers(ctx context.Context, tx *db.Tx, r Release, paths []string) error {
	rows := func(yield func([]any) bool) {
		for _, path := range paths {
			if !yield([]any{r.Publication, r.Number, path, r.At, r.Modified}) {
				return
			}
		}
	}
	_, err := db.Bulk(ctx, tx, "takeover", []string{"publication_id", "release", "path", "at", "modified"}, rows)
	return problem.While(err, "storing the takeovers of a release")
}

// takeovers returns the takeovers of a prefix's publications, newest first. They are few, because
// users must force each.
func (s *Store) takeovers(ctx context.Context, tx *db.Tx, endpoint, prefix string) ([]takeover, error) {
	list, err := db.All(ctx, tx, func(row db.Scanner) (t takeover, err error) {
		err = row.Scan(&t.path, &t.publication, &t.release, &t.at, &t.modified)
		return t, err
	}, `SELECT t.path, t.publication_id, t.release, t.at, t.modified FROM takeover t
		JOIN publication p ON p.id = t.publication_id
		WHERE p.endpoint = $1 AND p.prefix = $2 ORDER BY t.at DESC, t.publication_id, t.path`, endpoint, prefix)
	return list, problem.While(err, "reading the takeovers below %s", prefix)
}

// match is a file of the pool that a publication of a tree lists.
type match struct {
	placed
	file catalog.NamedFile
}

// holder returns the file served at a path that several publications list: the file of the last
// takeover, else the first one. Modified is the time of the takeover, if any.
func (t *Tree) holder(ctx context.Context, tx *db.Tx, name string, matches []match) (held match, modified int64, err error) {
	differ := slices.ContainsFunc(matches, func(m match) bool { return m.file.SHA256 != matches[0].file.SHA256 })
	if !differ {
		return matches[0], 0, nil
	}
	all, err := t.store.takeovers(ctx, tx, matches[0].Endpoint, t.prefix)
	if err != nil {
		return matches[0], 0, err
	}
	for _, o := range all {
		i := slices.IndexFunc(matches, func(m match) bool { return m.ID == o.publication && m.release.Number >= o.release })
		if o.path == name && i >= 0 {
			return matches[i], o.modified, nil
		}
	}
	return matches[0], 0, nil
}
