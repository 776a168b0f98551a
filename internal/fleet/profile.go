package fleet

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Profile is a repository profile: the pockets and APT sources of some machines.
type Profile struct {
	ID          int64
	Name        string // derived from the first title; never changes
	Title       string
	Description string
	AccessGroup string
	// AllComputers means that every machine of the access group has the profile. While it
	// is set, the tags are kept but ignored.
	AllComputers bool
	Tags         []string // of its machines, sorted
	Pockets      []int64  // ids, sorted
	Sources      []Source // sorted by id
	CreatedAt    int64    // microseconds since 1970
}

// Reaches reports whether a machine with some tags, in the profile's access group, has the profile.
func (p Profile) Reaches(tags []string) bool {
	return p.AllComputers || slices.ContainsFunc(p.Tags, func(t string) bool { return slices.Contains(tags, t) })
}

// NewProfile is a profile to create.
type NewProfile struct{ Title, Description, AccessGroup string }

// CreateProfile creates a profile that reaches no machine yet. Its name is the title in lower case,
// with dashes for spaces; if another profile has that name, a number follows: web-servers,
// web-servers-2. A title that results in no name is problem.Invalid.
func (s Store) CreateProfile(ctx context.Context, tx *db.Tx, in NewProfile) (Profile, error) {
	if err := checkTitle(in.Title); err != nil {
		return Profile{}, err
	}
	if err := checkDescription(in.Description); err != nil {
		return Profile{}, err
	}
	base, err := slugOf(in.Title)
	if err != nil {
		return Profile{}, err
	}
	name, err := freeName(ctx, tx, base)
	if err != nil {
		return Profile{}, fmt.Errorf("naming the profile %s: %w", base, err)
	}
	id, now, err := tx.NewRow(ctx, "repository_profile")
	if err != nil {
		return Profile{}, err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO repository_profile (id, name, title, description, access_group, all_computers, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, id, name, in.Title, in.Description, in.AccessGroup, false, now); err != nil {
		return Profile{}, fmt.Errorf("storing the profile %s: %w", name, err)
	}
	return s.Profile(ctx, tx, name)
}

// freeName returns the first unused name: base, base-2, base-3.
func freeName(ctx context.Context, tx *db.Tx, base string) (string, error) {
	used := map[string]bool{}
	for name, err := range db.Each(ctx, tx, db.Value[string], `SELECT name FROM repository_profile WHERE name >= $1 AND name < $2`, base, base+".") { // "." follows "-"
		if err != nil {
			return "", err
		}
		used[name] = true
	}
	name := base
	for n := 2; used[name]; n++ {
		name = base + "-" + strconv.Itoa(n)
	}
	return name, nil
}

// Profile returns a profile, or problem.NotFound.
func (s Store) Profile(ctx context.Context, tx *db.Tx, name string) (Profile, error) {
	found, err := s.Profiles(ctx, tx, ProfileFilter{Names: []string{name}}, "", 1)
	return db.First(found, err, NoProfile(name))
}

// NoProfile returns the error for an unknown profile.
func NoProfile(name string) error {
	return problem.New(problem.NotFound, "there is no repository profile %.100q", name).In("name").
		WithHint("`aptarium profile list` lists the profiles, `aptarium profile create` creates one")
}

// ProfileFilter selects profiles. Empty fields select all.
type ProfileFilter struct {
	Names        []string // at most 500 of them
	AccessGroups []string // in one of these
	Tag          string   // with this tag, also if AllComputers is set
	Pocket       int64    // with this pocket
	Source       string   // with the APT source of this name
	Text         string   // in the name or the title, in any case
}

// Profiles returns up to limit profiles after a name, sorted by name.
func (s Store) Profiles(ctx context.Context, tx *db.Tx, f ProfileFilter, after string, limit int) ([]Profile, error) {
	var w where
	w.add(after != "", "name > ?", after)
	w.among("name", f.Names)
	w.among("access_group", f.AccessGroups)
	w.add(f.Tag != "", "id IN (SELECT profile_id FROM repository_profile_tag WHERE tag = ?)", f.Tag)
	w.add(f.Pocket != 0, "id IN (SELECT profile_id FROM repository_profile_pocket WHERE pocket_id = ?)", f.Pocket)
	w.add(f.Source != "", "id IN (SELECT profile_id FROM repository_profile_source WHERE source_id IN (SELECT id FROM apt_source WHERE name = ?))", f.Source)
	w.text("title", f.Text)
	found, err := db.All(ctx, tx, scanProfile, "SELECT id, name, title, description, access_group, all_computers, created_at FROM repository_profile"+
		w.String()+fmt.Sprintf(" ORDER BY name LIMIT $%d", len(w.args)+1), append(w.args, int64(limit))...)
	if err != nil {
		return nil, fmt.Errorf("reading profiles: %w", err)
	}
	return found, s.fill(ctx, tx, found)
}

func scanProfile(row db.Scanner) (p Profile, err error) {
	err = row.Scan(&p.ID, &p.Name, &p.Title, &p.Description, &p.AccessGroup, &p.AllComputers, &p.CreatedAt)
	return p, err
}

// ProfileEdit is a change of the fields that are not nil.
type ProfileEdit struct{ Title, Description *string }

// EditProfile changes the texts of a profile, but not its name.
func (s Store) EditProfile(ctx context.Context, tx *db.Tx, p Profile, edit ProfileEdit) (Profile, error) {
	set(&p.Title, edit.Title)
	set(&p.Description, edit.Description)
	if err := checkTitle(p.Title); err != nil {
		return Profile{}, err
	}
	if err := checkDescription(p.Description); err != nil {
		return Profile{}, err
	}
	if _, err := tx.Exec(ctx, "UPDATE repository_profile SET title = $1, description = $2 WHERE id = $3", p.Title, p.Description, p.ID); err != nil {
		return Profile{}, fmt.Errorf("editing the profile %s: %w", p.Name, err)
	}
	return s.Profile(ctx, tx, p.Name)
}

// DropProfile deletes a profile, but not its pockets and APT sources.
func (Store) DropProfile(ctx context.Context, tx *db.Tx, p Profile) error {
	_, err := tx.Exec(ctx, "DELETE FROM repository_profile WHERE id = $1", p.ID)
	return problem.While(err, "dropping the profile %s", p.Name)
}
