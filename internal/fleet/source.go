package fleet

import (
	"context"
	"fmt"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Source is an APT source: a line for an archive that this server does not publish.
type Source struct {
	ID          int64
	Name        string
	Line        string // in the form of [Line.String]
	Key         string // fingerprint of its signing key; empty if machines have the key
	AccessGroup string
	CreatedAt   int64 // microseconds since 1970
}

// NewSource is an APT source to create.
type NewSource struct{ Name, Line, Key, AccessGroup string }

// CreateSource stores an APT source. An existing name is problem.Conflict. An invalid name or line,
// and a line that names a second key, are problem.Invalid in the field "name" or "line".
func (s Store) CreateSource(ctx context.Context, tx *db.Tx, in NewSource) (Source, error) {
	if err := checkName(in.Name); err != nil {
		return Source{}, err
	}
	line, err := checkLine(in.Line, in.Key)
	if err != nil {
		return Source{}, err
	}
	taken := problem.New(problem.Conflict, "there is an APT source %s already", in.Name).In("name").WithHint("choose another name, or drop that one first")
	if err := free(ctx, tx, "apt_source", in.Name, taken); err != nil {
		return Source{}, err
	}
	id, now, err := tx.NewRow(ctx, "apt_source")
	if err != nil {
		return Source{}, err
	}
	if _, err := tx.Exec(ctx, "INSERT INTO apt_source (id, name, line, signing_key, access_group, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
		id, in.Name, line.String(), in.Key, in.AccessGroup, now); err != nil {
		return Source{}, fmt.Errorf("storing the APT source %s: %w", in.Name, err)
	}
	return s.Source(ctx, tx, in.Name)
}

// SourceEdit is a change of the fields that are not nil.
type SourceEdit struct{ Line, Key *string }

// EditSource changes an APT source, but not its name. Its errors are those of [Store.CreateSource].
func (s Store) EditSource(ctx context.Context, tx *db.Tx, was Source, edit SourceEdit) (Source, error) {
	set(&was.Line, edit.Line)
	set(&was.Key, edit.Key)
	line, err := checkLine(was.Line, was.Key)
	if err != nil {
		return Source{}, err
	}
	if _, err := tx.Exec(ctx, "UPDATE apt_source SET line = $1, signing_key = $2 WHERE id = $3", line.String(), was.Key, was.ID); err != nil {
		return Source{}, fmt.Errorf("editing the APT source %s: %w", was.Name, err)
	}
	return s.Source(ctx, tx, was.Name)
}

// checkLine parses a line, and refuses a second key in it.
func checkLine(text, key string) (Line, error) {
	line, err := ParseLine(text)
	if err == nil && key != "" && line.Option("signed-by") != "" {
		err = badLine("the line already names a key").WithHint("name the key once: as an option of the line, or as a stored key")
	}
	return line, err
}

// Source returns an APT source, or problem.NotFound.
func (s Store) Source(ctx context.Context, tx *db.Tx, name string) (Source, error) {
	found, err := s.Sources(ctx, tx, SourceFilter{Names: []string{name}}, "", 1)
	return db.First(found, err, NoSource(name))
}

// NoSource returns the error for an unknown APT source.
func NoSource(name string) error {
	return problem.New(problem.NotFound, "there is no APT source %.100q", name).In("name").
		WithHint("`aptarium apt-source list` lists the APT sources, `aptarium apt-source create` creates one")
}

// SourceFilter selects APT sources. Empty fields select all.
type SourceFilter struct {
	Names        []string // at most 500 of them
	AccessGroups []string // in one of these
	Profile      string   // in the profile of this name
	Text         string   // in the name or the line, in any case
}

// Sources returns up to limit APT sources after a name, sorted by name.
func (Store) Sources(ctx context.Context, tx *db.Tx, f SourceFilter, after string, limit int) ([]Source, error) {
	var w where
	w.add(after != "", "name > ?", after)
	w.among("name", f.Names)
	w.among("access_group", f.AccessGroups)
	w.add(f.Profile != "", "id IN (SELECT source_id FROM repository_profile_source WHERE profile_id IN (SELECT id FROM repository_profile WHERE name = ?))", f.Profile)
	w.text("line", f.Text)
	found, err := db.All(ctx, tx, scanSource, "SELECT id, name, line, signing_key, access_group, created_at FROM apt_source"+
		w.String()+fmt.Sprintf(" ORDER BY name LIMIT $%d", len(w.args)+1), append(w.args, int64(limit))...)
	return found, problem.While(err, "reading APT sources")
}

func scanSource(row db.Scanner) (s Source, err error) {
	err = row.Scan(&s.ID, &s.Name, &s.Line, &s.Key, &s.AccessGroup, &s.CreatedAt)
	return s, err
}

// ProfilesOf returns, for each APT source, the names of the profiles that have it, sorted.
func (Store) ProfilesOf(ctx context.Context, tx *db.Tx, sources []Source) (map[int64][]string, error) {
	names := map[int64][]string{}
	for m, err := range db.EachIn(ctx, tx, member[string], sourceIDs(sources), `SELECT s.source_id, p.name
		FROM repository_profile_source s JOIN repository_profile p ON p.id = s.profile_id WHERE s.source_id IN () ORDER BY p.name`) {
		if err != nil {
			return nil, fmt.Errorf("reading the profiles of APT sources: %w", err)
		}
		names[m.of] = append(names[m.of], m.value)
	}
	return names, nil
}

// SignedBy returns the name of an APT source with a signing key, or "".
func (Store) SignedBy(ctx context.Context, tx *db.Tx, fingerprint string) (name string, err error) {
	names, err := db.All(ctx, tx, db.Value[string], "SELECT name FROM apt_source WHERE signing_key = $1 ORDER BY name LIMIT 1", fingerprint)
	return db.First(names, problem.While(err, "finding APT sources of a key"), nil)
}

// DropSource deletes an APT source. If a profile has it, the error is problem.Conflict.
func (s Store) DropSource(ctx context.Context, tx *db.Tx, source Source) error {
	using, err := s.Profiles(ctx, tx, ProfileFilter{Source: source.Name}, "", 1)
	if err != nil {
		return err
	}
	if len(using) > 0 {
		return problem.New(problem.Conflict, "the profile %s has the APT source %s", using[0].Name, source.Name).In("name").
			WithHint("remove it from the profile first: `aptarium profile remove-sources %s %s`", using[0].Name, source.Name)
	}
	_, err = tx.Exec(ctx, "DELETE FROM apt_source WHERE id = $1", source.ID)
	return problem.While(err, "dropping the APT source %s", source.Name)
}
