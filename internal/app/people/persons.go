package people

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Person can log in, or have key pairs for programs.
type Person struct {
	ID         int64     `json:"id"`
	Email      string    `json:"email"`
	Name       string    `json:"name"`
	Roles      []string  `json:"roles"`
	Password   bool      `json:"password" doc:"Whether there is a password to log in with"`
	CreatedAt  time.Time `json:"created_at"`
	DisabledAt time.Time `json:"disabled_at,omitzero" doc:"Since when nothing admits this person"`
}

func showPerson(p access.Person) Person {
	return Person{ID: p.ID, Email: p.Email, Name: p.Name, Roles: usecase.OrEmpty(p.Roles), Password: p.Password != "",
		CreatedAt: usecase.Stamp(p.CreatedAt), DisabledAt: usecase.Stamp(p.DisabledAt)}
}

// NewPerson describes a person to create.
type NewPerson struct {
	Email    string   `json:"email"`
	Name     string   `json:"name,omitempty" doc:"The part of the address before the @, if empty"`
	Roles    []string `json:"roles,omitempty" nullable:"false"`
	Password string   `json:"password,omitempty" doc:"At least 8 characters; empty: no login with a password"`
}

// Create creates a person with roles, and ends an invitation of the same address. Roles that
// allow more than the caller may do are problem.Denied.
func (s *Service) Create(ctx context.Context, in NewPerson) (Person, error) {
	if err := access.Require(ctx, access.Persons); err != nil {
		return Person{}, err
	}
	hash, err := s.hashed(ctx, in.Password)
	if err != nil {
		return Person{}, err
	}
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Persons, Action: "person.create", Subject: subjectOf(in.Email), Detail: map[string]any{"roles": in.Roles}}, func(tx *db.Tx, _ *usecase.Act) (Person, error) {
		roles, err := s.grantable(ctx, tx, in.Roles)
		if err != nil {
			return Person{}, err
		}
		invited, err := s.k.Access.Invitation(ctx, tx, in.Email)
		if err == nil {
			err = s.k.Access.EndInvitation(ctx, tx, invited)
		}
		if err != nil && !problem.Is(err, problem.NotFound) {
			return Person{}, err
		}
		return s.makePerson(ctx, tx, in.Email, in.Name, hash, roles)
	})
}

// subjectOf names a person in the audit log.
func subjectOf(email string) string { return "person:" + access.CanonicalEmail(email) }

// makePerson stores a person with its roles.
func (s *Service) makePerson(ctx context.Context, tx *db.Tx, email, name, hash string, roles []access.PersonRole) (Person, error) {
	p, err := s.k.Access.CreatePerson(ctx, tx, email, name, hash)
	if err != nil {
		return Person{}, err
	}
	for _, r := range roles {
		if _, err := s.k.Access.EditRole(ctx, tx, r, access.RoleEdit{AddPersons: []string{p.Email}}); err != nil {
			return Person{}, err
		}
		p.Roles = append(p.Roles, r.Name)
	}
	slices.Sort(p.Roles)
	return showPerson(p), nil
}

// hashed returns the hash of a password, and an empty one for an empty password.
func (s *Service) hashed(ctx context.Context, password string) (string, error) {
	if password == "" {
		return "", nil
	}
	return s.k.Access.HashPassword(ctx, password)
}

// PersonFilter chooses persons; empty fields choose all.
type PersonFilter struct {
	Role  string // the name of one of their roles
	State string // enabled or disabled
}

// List returns persons in the order of their creation.
func (s *Service) List(ctx context.Context, f PersonFilter, p usecase.Page) (usecase.List[Person], error) {
	id := func(p Person) int64 { return p.ID }
	return usecase.ReadList(ctx, s.k, access.ViewRoles, p, id, func(tx *db.Tx, after int64, limit int) ([]Person, error) {
		filter := access.PersonFilter{Role: f.Role}
		switch f.State {
		case "":
		case "enabled", "disabled":
			disabled := f.State == "disabled"
			filter.Disabled = &disabled
		default:
			return nil, problem.New(problem.Invalid, "persons are not %q", f.State).In("state").WithHint("enabled or disabled")
		}
		found, err := s.k.Access.ListPersons(ctx, tx, filter, after, limit)
		return usecase.Map(found, showPerson), err
	})
}

// Get returns a person by mail address or id. Everybody may see himself.
func (s *Service) Get(ctx context.Context, ref string) (Person, error) {
	return usecase.View(ctx, s.k, func(tx *db.Tx) (Person, error) {
		p, err := s.person(ctx, tx, ref, access.ViewRoles)
		return showPerson(p), err
	})
}

// person returns a person by mail address or id to a caller who is this person or has a
// permission. Others are refused in the same way when there is no such person.
func (s *Service) person(ctx context.Context, tx *db.Tx, ref string, want access.Permission) (p access.Person, err error) {
	if id, notNumber := strconv.ParseInt(ref, 10, 64); notNumber == nil {
		p, err = s.k.Access.PersonByID(ctx, tx, id)
	} else {
		p, err = s.k.Access.Person(ctx, tx, ref)
	}
	if denied := access.RequireFor(ctx, want, p.ID); denied != nil {
		return access.Person{}, denied
	}
	return p, err
}

// PersonEdit changes a person; nil fields stay.
type PersonEdit struct {
	Name     *string   `json:"name,omitempty"`
	Roles    *[]string `json:"roles,omitempty" doc:"All that the person is to have"`
	Password *string   `json:"password,omitempty" doc:"Empty: no login with a password any more. Sessions end"`
	Disabled *bool     `json:"disabled,omitempty" doc:"Whether nothing is to admit this person; sessions end"`
}

// Edit changes a person. Everybody may change his own name and password; other changes need
// the permission to manage persons, and changes of roles that for roles. Nobody can take
// GlobalAdmin from himself or disable himself: problem.Conflict.
func (s *Service) Edit(ctx context.Context, ref string, e PersonEdit) (Person, error) {
	found, err := usecase.View(ctx, s.k, func(tx *db.Tx) (access.Person, error) { return s.person(ctx, tx, ref, access.Persons) })
	if err != nil {
		return Person{}, err
	}
	var hash string
	if e.Password != nil {
		if hash, err = s.hashed(ctx, *e.Password); err != nil {
			return Person{}, err
		}
	}
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Persons, Scoped: true, Action: "person.edit", Subject: subjectOf(found.Email), Detail: e.shown()}, func(tx *db.Tx, act *usecase.Act) (Person, error) {
		if err := act.For(ctx, found.ID); err != nil {
			return Person{}, err
		}
		p, err := s.k.Access.PersonByID(ctx, tx, found.ID)
		if err != nil {
			return Person{}, err
		}
		if err := s.requireAbove(ctx, tx, p); err != nil {
			return Person{}, err
		}
		if err := s.editPerson(ctx, tx, p, e, hash); err != nil {
			return Person{}, err
		}
		p, err = s.k.Access.Person(ctx, tx, p.Email)
		return showPerson(p), err
	})
}

// shown returns the edit as the audit log keeps it.
func (e PersonEdit) shown() PersonEdit {
	if e.Password != nil {
		hidden := "changed"
		e.Password = &hidden
	}
	return e
}

// editPerson makes the changes one by one.
func (s *Service) editPerson(ctx context.Context, tx *db.Tx, p access.Person, e PersonEdit, hash string) error {
	if e.Name != nil {
		if err := s.k.Access.RenamePerson(ctx, tx, p, *e.Name); err != nil {
			return err
		}
	}
	if e.Password != nil {
		if err := s.k.Access.SetPassword(ctx, tx, p, hash); err != nil {
			return err
		}
	}
	if e.Roles != nil {
		if err := s.setRoles(ctx, tx, p, *e.Roles); err != nil {
			return err
		}
	}
	if e.Disabled == nil {
		return nil
	}
	if err := access.Require(ctx, access.Persons); err != nil {
		return err
	}
	if !*e.Disabled {
		return s.k.Access.EnablePerson(ctx, tx, p)
	}
	return s.disable(ctx, tx, p)
}

// disable locks out a person who is not the caller.
func (s *Service) disable(ctx context.Context, tx *db.Tx, p access.Person) error {
	if who, _ := access.From(ctx); who.Person == p.ID {
		return problem.Because(problem.New(problem.Conflict, "nobody disables himself").In("email").WithHint("ask another administrator"), access.SelfRevoke)
	}
	return s.k.Access.DisablePerson(ctx, tx, p)
}

// Disable locks out a person at once. For a disabled person the error is problem.Conflict.
func (s *Service) Disable(ctx context.Context, email string) error {
	return usecase.Do(ctx, s.k, usecase.Act{Permission: access.Persons, Action: "person.disable", Subject: subjectOf(email)}, func(tx *db.Tx, _ *usecase.Act) error {
		p, err := s.k.Access.Person(ctx, tx, email)
		if err != nil {
			return err
		}
		if p.DisabledAt != 0 {
			return problem.Because(problem.New(problem.Conflict, "%s is disabled already", p.Email).In("email"), access.PersonIsDisabled)
		}
		if err := s.requireAbove(ctx, tx, p); err != nil {
			return err
		}
		return s.disable(ctx, tx, p)
	})
}
