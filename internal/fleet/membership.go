package fleet

import (
	"context"
	"fmt"
	"slices"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// AddTags adds tags to a profile, and ignores those that it already has. An invalid tag, and too
// many tags, are problem.Invalid.
func (Store) AddTags(ctx context.Context, tx *db.Tx, p Profile, tags []string) error {
	tags, err := checkTags(tags)
	if err != nil {
		return err
	}
	tags = slices.DeleteFunc(tags, func(t string) bool { return slices.Contains(p.Tags, t) })
	if len(p.Tags)+len(tags) > maxTags {
		return problem.New(problem.Invalid, "a profile can have at most %d tags", maxTags).In("tags").WithHint("associate it with all computers, or with one common tag")
	}
	return insert(ctx, tx, "repository_profile_tag", "tag", p.ID, tags)
}

// RemoveTags removes tags from a profile, all or none: a tag that the profile does not have is
// problem.NotFound in the field "tags".
func (Store) RemoveTags(ctx context.Context, tx *db.Tx, p Profile, tags []string) error {
	for _, tag := range tags {
		if !slices.Contains(p.Tags, tag) {
			return problem.New(problem.NotFound, "the profile %s does not have the tag %.100q", p.Name, tag).In("tags").
				WithHint("`aptarium profile show %s` lists its tags", p.Name)
		}
	}
	return remove(ctx, tx, "repository_profile_tag", "tag", p.ID, tags)
}

// SetAllComputers sets whether a profile reaches all machines of its access group, or only those
// with its tags.
func (Store) SetAllComputers(ctx context.Context, tx *db.Tx, p Profile, all bool) error {
	_, err := tx.Exec(ctx, "UPDATE repository_profile SET all_computers = $1 WHERE id = $2", all, p.ID)
	return problem.While(err, "associating the profile %s", p.Name)
}

// AddPockets adds pockets to a profile, and ignores those that it already has.
func (Store) AddPockets(ctx context.Context, tx *db.Tx, p Profile, pockets []int64) error {
	pockets, err := added(p.Pockets, pockets)
	if err != nil {
		return err
	}
	return insert(ctx, tx, "repository_profile_pocket", "pocket_id", p.ID, pockets)
}

// RemovePockets removes pockets from a profile. Missing ones are not an error.
func (Store) RemovePockets(ctx context.Context, tx *db.Tx, p Profile, pockets []int64) error {
	return remove(ctx, tx, "repository_profile_pocket", "pocket_id", p.ID, pockets)
}

// ForgetPockets removes dropped pockets from all profiles.
func (Store) ForgetPockets(ctx context.Context, tx *db.Tx, pockets ...int64) error {
	_, err := db.ExecIn(ctx, tx, pockets, "DELETE FROM repository_profile_pocket WHERE pocket_id IN ()")
	return problem.While(err, "taking dropped pockets from their profiles")
}

// AddSources adds APT sources to a profile, and ignores those that it already has.
func (Store) AddSources(ctx context.Context, tx *db.Tx, p Profile, sources []Source) error {
	ids, err := added(sourceIDs(p.Sources), sourceIDs(sources))
	if err != nil {
		return err
	}
	return insert(ctx, tx, "repository_profile_source", "source_id", p.ID, ids)
}

// RemoveSources removes APT sources from a profile. Missing ones are not an error.
func (Store) RemoveSources(ctx context.Context, tx *db.Tx, p Profile, sources []Source) error {
	return remove(ctx, tx, "repository_profile_source", "source_id", p.ID, sourceIDs(sources))
}

func sourceIDs(sources []Source) []int64 {
	ids := make([]int64, len(sources))
	for i, s := range sources {
		ids[i] = s.ID
	}
	return ids
}

// added returns the new members, each once.
func added(has, more []int64) ([]int64, error) {
	more = slices.Sorted(slices.Values(more))
	more = slices.DeleteFunc(slices.Compact(more), func(id int64) bool { return slices.Contains(has, id) })
	if len(has)+len(more) > maxMembers {
		return nil, problem.New(problem.Invalid, "a profile can have at most %d pockets, and as many APT sources", maxMembers)
	}
	return more, nil
}

// insert adds values to a list of a profile that does not have them.
func insert[T any](ctx context.Context, tx *db.Tx, table, column string, profile int64, values []T) error {
	rows := func(yield func([]any) bool) {
		for _, v := range values {
			if !yield([]any{profile, v}) {
				return
			}
		}
	}
	_, err := db.Bulk(ctx, tx, table, []string{"profile_id", column}, rows)
	return problem.While(err, "adding to a profile")
}

func remove[T any](ctx context.Context, tx *db.Tx, table, column string, profile int64, values []T) error {
	_, err := db.ExecIn(ctx, tx, values, "DELETE FROM "+table+" WHERE profile_id = $1 AND "+column+" IN ()", profile)
	return problem.While(err, "taking from a profile")
}

// fill reads the tags, pockets and APT sources of profiles.
func (Store) fill(ctx context.Context, tx *db.Tx, profiles []Profile) error {
	ids, at := make([]int64, len(profiles)), map[int64]*Profile{}
	for i := range profiles {
		p := &profiles[i]
		ids[i], at[p.ID] = p.ID, p
		p.Tags, p.Pockets, p.Sources = []string{}, []int64{}, []Source{}
	}
	for tag, err := range db.EachIn(ctx, tx, member[string], ids, "SELECT profile_id, tag FROM repository_profile_tag WHERE profile_id IN () ORDER BY tag") {
		if err != nil {
			return fmt.Errorf("reading the tags of profiles: %w", err)
		}
		at[tag.of].Tags = append(at[tag.of].Tags, tag.value)
	}
	for pocket, err := range db.EachIn(ctx, tx, member[int64], ids, "SELECT profile_id, pocket_id FROM repository_profile_pocket WHERE profile_id IN () ORDER BY pocket_id") {
		if err != nil {
			return fmt.Errorf("reading the pockets of profiles: %w", err)
		}
		at[pocket.of].Pockets = append(at[pocket.of].Pockets, pocket.value)
	}
	scan := func(row db.Scanner) (m listed[Source], err error) {
		err = row.Scan(&m.of, &m.value.ID, &m.value.Name, &m.value.Line, &m.value.Key, &m.value.AccessGroup, &m.value.CreatedAt)
		return m, err
	}
	for source, err := range db.EachIn(ctx, tx, scan, ids, `SELECT p.profile_id, s.id, s.name, s.line, s.signing_key, s.access_group, s.created_at
		FROM repository_profile_source p JOIN apt_source s ON s.id = p.source_id WHERE p.profile_id IN () ORDER BY s.id`) {
		if err != nil {
			return fmt.Errorf("reading the APT sources of profiles: %w", err)
		}
		at[source.of].Sources = append(at[source.of].Sources, source.value)
	}
	return nil
}

// listed is a row of a list.
type listed[T any] struct {
	of    int64 // the id of the list's owner
	value T
}

func member[T any](row db.Scanner) (m listed[T], err error) {
	err = row.Scan(&m.of, &m.value)
	return m, err
}
