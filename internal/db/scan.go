package db

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

// Scanner is a row to copy columns from: [*Rows] or [Row].
type Scanner interface{ Scan(dest ...any) error }

// Value scans a row of one column:
//
//	names, err := db.All(ctx, tx, db.Value[string], `SELECT name FROM collection`)
func Value[T any](row Scanner) (T, error) {
	var v T
	err := row.Scan(&v)
	return v, err
}

// One returns the first row of a query as read by scan, or [ErrNoRows].
func One[T any](ctx context.Context, tx *Tx, scan func(Scanner) (T, error), query string, args ...any) (T, error) {
	return scan(tx.QueryRow(ctx, query, args...))
}

// First returns the first of the values that a query returned with err: err if that is not nil, and
// none if there are no values.
func First[T any](found []T, err, none error) (T, error) {
	if err == nil && len(found) > 0 {
		return found[0], nil
	}
	if err == nil {
		err = none
	}
	return *new(T), err
}

// All returns every row of a query. The query must bound their number.
func All[T any](ctx context.Context, tx *Tx, scan func(Scanner) (T, error), query string, args ...any) ([]T, error) {
	return Collect(Each(ctx, tx, scan, query, args...))
}

// Collect returns the rows of [Each] or [EachIn], or their error.
func Collect[T any](rows iter.Seq2[T, error]) ([]T, error) {
	var all []T
	for v, err := range rows {
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// Each returns the rows of a query one by one, with one in memory. An error comes last, with a zero
// value; leaving the loop early ends the query. The sequence can be ranged over only once.
func Each[T any](ctx context.Context, tx *Tx, scan func(Scanner) (T, error), query string, args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		rows, err := tx.Query(ctx, query, args...)
		if err != nil {
			yield(none, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			v, err := scan(rows)
			if err != nil {
				yield(none, err)
				return
			}
			if !yield(v, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(none, err)
		}
	}
}

// EachIn is [Each] for any number of values: it runs the query for one list of [In] after another. The
// query has "IN ()" where it needs the list, and numbers its args from 1.
func EachIn[V, T any](ctx context.Context, tx *Tx, scan func(Scanner) (T, error), values []V, query string, args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for list, in := range In(values, len(args)+1) {
			for v, err := range Each(ctx, tx, scan, withList(query, list), slices.Concat(args, in)...) {
				if !yield(v, err) || err != nil {
					return
				}
			}
		}
	}
}

// ExecIn is [Tx.Exec] for any number of values, as [EachIn].
func ExecIn[V any](ctx context.Context, tx *Tx, values []V, query string, args ...any) (changed int64, err error) {
	for list, in := range In(values, len(args)+1) {
		n, err := tx.Exec(ctx, withList(query, list), slices.Concat(args, in)...)
		if err != nil {
			return changed, err
		}
		changed += n
	}
	return changed, nil
}

func withList(query, list string) string { return strings.Replace(query, "IN ()", "IN "+list, 1) }

// While returns rows whose error says what was being done, as that of [problem.While].
func While[T any](rows iter.Seq2[T, error], doing string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v, err := range rows {
			if err != nil {
				err = problem.While(err, "%s", doing)
			}
			if !yield(v, err) {
				return
			}
		}
	}
}
