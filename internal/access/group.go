package access

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Limits of access groups.
const (
	maxGroups     = 10_000
	maxGroupDepth = 20
	maxTitle      = 200 // characters, of a title or name of anything here
)

// Group is an access group. Objects such as distributions and machines belong to one, and
// roles grant rights in some of them. A right in a group also holds in the groups below it.
type Group struct {
	Name      string
	Title     string
	Parent    string   // empty only for RootGroup
	Children  []string // names of the groups directly below it, sorted
	CreatedAt int64    // microseconds since 1970; 0 for RootGroup
}

// NewGroup is a group to create.
type NewGroup struct {
	Name   string // empty: derived from the title, as [GroupName] does
	Title  string // empty: the name
	Parent string // empty: RootGroup
}

// GroupName derives a name from a title: in lower case, with - for blanks, and without other
// characters than letters, digits, - and full stops.
func GroupName(title string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return '-'
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '.':
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(title))
}

// CreateGroup creates an access group. An existing name is problem.Conflict, a missing parent
// problem.NotFound.
func (s *Store) CreateGroup(ctx context.Context, tx *db.Tx, in NewGroup) (Group, error) {
	g := Group{Name: in.Name, Title: in.Title, Parent: in.Parent}
	if g.Name == "" {
		g.Name = GroupName(g.Title)
	}
	if g.Title == "" {
		g.Title = g.Name
	}
	if g.Parent == "" {
		g.Parent = RootGroup
	}
	if err := checkGroup(g); err != nil {
		return Group{}, err
	}
	all, err := s.Groups(ctx, tx, nil)
	if err != nil {
		return Group{}, err
	}
	if err := checkPosition(all, g); err != nil {
		return Group{}, err
	}
	if g.CreatedAt, err = tx.Now(ctx); err != nil {
		return Group{}, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO access_group (name, title, parent, created_at) VALUES ($1, $2, $3, $4)`, g.Name, g.Title, g.Parent, g.CreatedAt)
	return g, problem.While(err, "storing the access group %s", g.Name)
}

func checkGroup(g Group) error {
	if g.Name == "" || g.Name != GroupName(g.Name) || utf8.RuneCountInString(g.Name) > maxTitle {
		return problem.Because(problem.New(problem.Invalid, "%q is not a name of an access group", g.Title+g.Name).In("title").
			WithHint("use letters, digits, - and full stops, at most %d", maxTitle), InvalidGroup)
	}
	if err := checkLine("title", g.Title); err != nil {
		return problem.Because(err, InvalidGroup)
	}
	return nil
}

// checkLine refuses texts that are not one short line.
func checkLine(field, text string) error {
	if !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxTitle || strings.ContainsFunc(text, unicode.IsControl) {
		return problem.New(problem.Invalid, "this is not one line of text").In(field).WithHint("write at most %d characters, without line breaks", maxTitle)
	}
	return nil
}

// checkPosition checks that a group can be added to all others.
func checkPosition(all []Group, g Group) error {
	byName := map[string]Group{}
	for _, is := range all {
		byName[is.Name] = is
	}
	if _, taken := byName[g.Name]; taken {
		return problem.Because(problem.New(problem.Conflict, "there is an access group %q already", g.Name).In("title").WithHint("choose another title"), DuplicateGroup)
	}
	if len(all) >= maxGroups {
		return problem.Because(problem.New(problem.Conflict, "there are %d access groups already, and no room for more", len(all)), InvalidGroup)
	}
	depth := 1
	for name := g.Parent; name != RootGroup; depth++ {
		above, ok := byName[name]
		if !ok {
			return unknownGroup("parent", name)
		}
		name = above.Parent
	}
	if depth > maxGroupDepth {
		return problem.Because(problem.New(problem.Invalid, "access groups can be at most %d levels deep", maxGroupDepth).In("parent").WithHint("choose a parent nearer to %s", RootGroup), InvalidGroup)
	}
	return nil
}

func unknownGroup(field, name string) error {
	return problem.Because(problem.New(problem.NotFound, "there is no access group %q", name).In(field).WithHint("list the access groups to see their names"), UnknownGroup)
}

// Groups returns the access groups with these names, or all, sorted by name. It ignores
// unknown names.
func (s *Store) Groups(ctx context.Context, tx *db.Tx, names []string) ([]Group, error) {
	all, err := db.All(ctx, tx, scanGroup, `SELECT name, title, parent, created_at FROM access_group ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("listing access groups: %w", err)
	}
	tree := newGroupTree(all)
	for i, g := range all {
		all[i].Children = tree[g.Name]
	}
	if len(names) > 0 {
		all = slices.DeleteFunc(all, func(g Group) bool { return !slices.Contains(names, g.Name) })
	}
	return all, nil
}

func scanGroup(row db.Scanner) (g Group, err error) {
	err = row.Scan(&g.Name, &g.Title, &g.Parent, &g.CreatedAt)
	return g, err
}

// Group returns an access group, or problem.NotFound in the field access_group.
func (s *Store) Group(ctx context.Context, tx *db.Tx, name string) (Group, error) {
	found, err := s.Groups(ctx, tx, []string{name})
	if err != nil {
		return Group{}, err
	}
	if name == "" || len(found) == 0 {
		return Group{}, unknownGroup("access_group", name)
	}
	return found[0], nil
}

// DropGroup drops an access group and returns its parent, to which the groups below it move.
// Nobody gains rights by this, because rights in the parent also hold below it. The caller
// moves the objects of the group. Dropping RootGroup is problem.Invalid.
func (s *Store) DropGroup(ctx context.Context, tx *db.Tx, name string) (parent Group, err error) {
	g, err := s.Group(ctx, tx, name)
	if err != nil {
		return Group{}, err
	}
	if name == RootGroup {
		return Group{}, problem.Because(problem.New(problem.Invalid, "the access group %s cannot be removed: it is above all others", name).In("name"), InvalidGroup)
	}
	for _, change := range []struct {
		sql  string
		args []any
	}{
		{`UPDATE access_group SET parent = $1 WHERE parent = $2`, []any{g.Parent, name}},
		{`DELETE FROM person_role_group WHERE access_group = $1`, []any{name}},
		{`DELETE FROM access_group WHERE name = $1`, []any{name}},
	} {
		if _, err := tx.Exec(ctx, change.sql, change.args...); err != nil {
			return Group{}, fmt.Errorf("removing the access group %s: %w", name, err)
		}
	}
	return s.Group(ctx, tx, g.Parent)
}
