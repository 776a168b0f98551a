package pocket

import (
	"context"
	"fmt"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Located is a pocket with its series and its distribution.
type Located struct {
	Distribution Distribution
	Series       Series
	Pocket       Pocket
}

// Path returns the path of the pocket.
func (at Located) Path() Path {
	return Path{Distribution: at.Distribution.Name, Series: at.Series.Name, Pocket: at.Pocket.Name}
}

// Summary describes an operation on the pocket in one line, in Landscape's form. The operation
// is a verb, such as Sync.
func (at Located) Summary(operation string) string {
	return fmt.Sprintf("%s pocket '%s' of series '%s' in distribution '%s'", operation, at.Pocket.Name, at.Series.Name, at.Distribution.Name)
}

// In returns the pocket of a path in a distribution, or problem.NotFound in the field "series" or
// "name".
func (s Store) In(ctx context.Context, tx *db.Tx, d Distribution, path Path) (at Located, err error) {
	at.Distribution = d
	if at.Series, err = s.Series(ctx, tx, d, "series", path.Series); err != nil {
		return at, err
	}
	at.Pocket, err = s.Get(ctx, tx, at.Series, "name", path.Pocket)
	return at, err
}

// Locate returns a pocket by id, or problem.NotFound.
func (Store) Locate(ctx context.Context, tx *db.Tx, id int64) (Located, error) {
	return locate(ctx, tx, "id = $1", id)
}

// CheckUnused refuses, with problem.Conflict, to delete a collection or a publication that
// belongs to a pocket; either id can be 0. The hint names the command that drops the pocket.
func (Store) CheckUnused(ctx context.Context, tx *db.Tx, collection, publication int64) error {
	at, err := locate(ctx, tx, "collection_id = $1 OR publication_id = $2", collection, publication)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return problem.New(problem.Conflict, "this is the pocket %s", at.Path()).WithHint("`aptarium pocket drop %s` drops it as a whole", at.Path())
}

// locate returns the pocket of a condition. Foreign keys keep its series and distribution.
func locate(ctx context.Context, tx *db.Tx, where string, args ...any) (at Located, err error) {
	found, err := pockets(ctx, tx, where, args...)
	if err == nil && len(found) == 0 {
		err = problem.Because(problem.New(problem.NotFound, "the pocket was dropped"), Unknown)
	}
	if err != nil {
		return at, err
	}
	at.Pocket = found[0]
	in, err := series(ctx, tx, "id = $1", at.Pocket.Series)
	if err != nil {
		return at, err
	}
	at.Series = in[0]
	of, err := distributions(ctx, tx, "id = $1", at.Series.Distribution)
	if err != nil {
		return at, err
	}
	at.Distribution = of[0]
	return at, nil
}
