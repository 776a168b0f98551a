package access

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// maxPersons is the largest number of persons, including disabled and invited ones.
const maxPersons = 1000

// Person is somebody with a mail address, roles, and a password or key pairs. Times are
// microseconds since 1970, 0 for never.
type Person struct {
	ID         int64
	Email      string // in lower case
	Name       string
	Roles      []string // names, sorted
	Password   string   // a hash, see HashPassword; empty: no login with a password
	Generation int64    // sessions of other generations have ended
	CreatedAt  int64
	DisabledAt int64
}

// CanonicalEmail returns an address in its stored form, in lower case. Practically all mail
// servers ignore the case.
func CanonicalEmail(address string) string { return strings.ToLower(strings.TrimSpace(address)) }

// checkEmail returns the canonical form of a plain mail address (RFC 5322, addr-spec).
func checkEmail(address string) (string, error) {
	canonical := CanonicalEmail(address)
	parsed, err := mail.ParseAddress(canonical)
	if err != nil || parsed.Address != canonical || len(canonical) > 254 {
		return "", problem.Because(problem.New(problem.Invalid, "%q is not a mail address", address).In("email").WithHint("write it as ann@example.org"), InvalidEmail)
	}
	return canonical, nil
}

// CreatePerson creates a person without roles. The password is a hash of HashPassword, or
// empty. An existing address is problem.Conflict.
func (s *Store) CreatePerson(ctx context.Context, tx *db.Tx, email, name, password string) (Person, error) {
	email, err := checkEmail(email)
	if err != nil {
		return Person{}, err
	}
	local, _, _ := strings.Cut(email, "@")
	p := Person{Email: email, Name: cmp.Or(strings.TrimSpace(name), local), Password: password}
	if err := checkLine("name", p.Name); err != nil {
		return Person{}, err
	}
	_, err = s.Person(ctx, tx, email)
	if err == nil {
		return Person{}, problem.New(problem.Conflict, "there is a person %s already", email).In("email").WithHint("edit that one")
	}
	if !problem.Is(err, problem.NotFound) {
		return Person{}, err
	}
	if err := s.checkRoom(ctx, tx, email); err != nil {
		return Person{}, err
	}
	if p.ID, p.CreatedAt, err = tx.NewRow(ctx, "person"); err != nil {
		return Person{}, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO person (id, email, name, password, generation, created_at, disabled_at) VALUES ($1, $2, $3, $4, 0, $5, 0)`,
		p.ID, p.Email, p.Name, p.Password, p.CreatedAt)
	return p, problem.While(err, "storing person %s", email)
}

// checkRoom refuses a new person above the limit; the person may already be invited.
func (s *Store) checkRoom(ctx context.Context, tx *db.Tx, email string) error {
	n, err := db.One(ctx, tx, db.Value[int], `SELECT (SELECT COUNT(*) FROM person) + (SELECT COUNT(*) FROM invitation WHERE email <> $1)`, email)
	if err != nil {
		return fmt.Errorf("counting persons: %w", err)
	}
	if n >= maxPersons {
		return problem.Because(problem.New(problem.Conflict, "there are %d persons already, and no room for more", n), TooManyPersons)
	}
	return nil
}

// Person returns a person by mail address, or problem.NotFound.
func (s *Store) Person(ctx context.Context, tx *db.Tx, email string) (Person, error) {
	return s.onePerson(ctx, tx, email, ` WHERE email = $1`, CanonicalEmail(email))
}

// PersonByID returns a person by id, or problem.NotFound.
func (s *Store) PersonByID(ctx context.Context, tx *db.Tx, id int64) (Person, error) {
	return s.onePerson(ctx, tx, fmt.Sprint(id), ` WHERE id = $1`, id)
}

func (s *Store) onePerson(ctx context.Context, tx *db.Tx, who, where string, arg any) (Person, error) {
	p, err := db.One(ctx, tx, scanPerson, selectPersons+where, arg)
	if errors.Is(err, db.ErrNoRows) {
		return Person{}, problem.Because(problem.New(problem.NotFound, "there is no person %q", who).In("email").WithHint("list the persons to see their mail addresses"), UnknownPerson)
	}
	if err != nil {
		return Person{}, fmt.Errorf("reading person %q: %w", who, err)
	}
	p.Roles, err = s.roleNames(ctx, tx, p.ID)
	return p, err
}

func (s *Store) roleNames(ctx context.Context, tx *db.Tx, person int64) ([]string, error) {
	names, err := db.All(ctx, tx, db.Value[string], `SELECT name FROM person_role JOIN person_role_member ON role_id = id WHERE person_id = $1 ORDER BY name`, person)
	return names, problem.While(err, "reading the roles of person %d", person)
}

// PersonFilter selects persons. Empty fields select all.
type PersonFilter struct {
	Role     string // the name of a role that they have
	Disabled *bool
}

// ListPersons returns up to limit persons after an id (0 for the start), in the order of
// their creation.
func (s *Store) ListPersons(ctx context.Context, tx *db.Tx, f PersonFilter, after int64, limit int) ([]Person, error) {
	where, args := ` WHERE id > $1`, []any{after, limit}
	if f.Role != "" {
		args = append(args, f.Role)
		where += fmt.Sprintf(` AND id IN (SELECT person_id FROM person_role_member JOIN person_role ON person_role.id = role_id WHERE person_role.name = $%d)`, len(args))
	}
	if f.Disabled != nil && *f.Disabled {
		where += ` AND disabled_at <> 0`
	}
	if f.Disabled != nil && !*f.Disabled {
		where += ` AND disabled_at = 0`
	}
	found, err := db.All(ctx, tx, scanPerson, selectPersons+where+` ORDER BY id LIMIT $2`, args...)
	if err != nil {
		return nil, fmt.Errorf("listing persons: %w", err)
	}
	for i, p := range found {
		if found[i].Roles, err = s.roleNames(ctx, tx, p.ID); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// RenamePerson changes the name of a person.
func (s *Store) RenamePerson(ctx context.Context, tx *db.Tx, p Person, name string) error {
	name = strings.TrimSpace(name)
	if name == "" {
		return problem.New(problem.Invalid, "a person needs a name").In("name")
	}
	if err := checkLine("name", name); err != nil {
		return err
	}
	return s.changePerson(ctx, tx, p, `UPDATE person SET name = $2 WHERE id = $1`, name)
}

// SetPassword stores a hash of HashPassword, and ends all sessions of the person.
func (s *Store) SetPassword(ctx context.Context, tx *db.Tx, p Person, hash string) error {
	return s.changePerson(ctx, tx, p, `UPDATE person SET password = $2, generation = generation + 1 WHERE id = $1`, hash)
}

// DisablePerson locks a person out at once: sessions end, and key pairs and the password are
// refused. The person keeps the roles. Repeating it changes nothing.
func (s *Store) DisablePerson(ctx context.Context, tx *db.Tx, p Person) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	return s.changePerson(ctx, tx, p, `UPDATE person SET disabled_at = $2, generation = generation + 1 WHERE id = $1 AND disabled_at = 0`, now)
}

// EnablePerson reverses DisablePerson.
func (s *Store) EnablePerson(ctx context.Context, tx *db.Tx, p Person) error {
	return s.changePerson(ctx, tx, p, `UPDATE person SET disabled_at = $2 WHERE id = $1`, 0)
}

func (s *Store) changePerson(ctx context.Context, tx *db.Tx, p Person, sql string, value any) error {
	_, err := tx.Exec(ctx, sql, p.ID, value)
	return problem.While(err, "changing person %s", p.Email)
}

// Principal returns the principal of a person. A disabled person is problem.Denied.
func (s *Store) Principal(ctx context.Context, tx *db.Tx, p Person, kind Kind) (Principal, error) {
	if p.DisabledAt != 0 {
		return Principal{}, disabled(p)
	}
	rights, err := s.RightsOfPerson(ctx, tx, p.ID)
	if err != nil {
		return Principal{}, err
	}
	return Principal{Name: p.Email, Kind: kind, Person: p.ID, Rights: rights}, nil
}

func disabled(p Person) error {
	return problem.Because(problem.New(problem.Denied, "the person %s is disabled", p.Email).WithHint("ask an administrator to enable this person"), Unrecognised)
}

const selectPersons = `SELECT id, email, name, password, generation, created_at, disabled_at FROM person`

func scanPerson(row db.Scanner) (p Person, err error) {
	err = row.Scan(&p.ID, &p.Email, &p.Name, &p.Password, &p.Generation, &p.CreatedAt, &p.DisabledAt)
	return p, err
}
