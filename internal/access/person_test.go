package access

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// found reads a person again.
func (b bundle) found(email string) (p Person) {
	b.t.Helper()
	b.do(func(ctx context.Context, tx *db.Tx) (err error) {
		p, err = b.Person(ctx, tx, email)
		return err
	})
	return p
}

func TestAPersonIsFoundByItsAddressAndID(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		ann := b.person(" Ann@Example.ORG ", "Auditor", GlobalAdmin)
		want := Person{ID: 1, Email: "ann@example.org", Name: "ann", Roles: []string{"Auditor", GlobalAdmin}, CreatedAt: ann.CreatedAt}
		if diff := cmp.Diff(want, ann); diff != "" || ann.CreatedAt == 0 {
			t.Error(diff)
		}
		b.do(func(ctx context.Context, tx *db.Tx) error {
			again, err := b.PersonByID(ctx, tx, 1)
			if diff := cmp.Diff(want, again); diff != "" {
				t.Error(diff)
			}
			if _, err := b.PersonByID(ctx, tx, 2); problem.ReasonOf(err) != UnknownPerson {
				t.Errorf("%v", err)
			}
			return err
		})
	})
}

func TestPersonsThatCannotBeAreRefused(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		b.person("ann@example.org")
		for name, tc := range map[string]struct {
			email, name string
			kind        problem.Kind
			code        problem.Reason
		}{
			"no address":     {"", "", problem.Invalid, InvalidEmail},
			"a name":         {"ann", "", problem.Invalid, InvalidEmail},
			"with a name":    {"Ann <bob@example.org>", "", problem.Invalid, InvalidEmail},
			"two":            {"a@example.org, b@example.org", "", problem.Invalid, InvalidEmail},
			"a line break":   {"a@example.org\nb", "", problem.Invalid, InvalidEmail},
			"long":           {strings.Repeat("x", 250) + "@example.org", "", problem.Invalid, InvalidEmail},
			"taken":          {"ANN@example.org", "", problem.Conflict, ""},
			"an odd name":    {"bob@example.org", "a\x00b", problem.Invalid, ""},
			"a garbled name": {"bob@example.org", "\xff", problem.Invalid, ""},
			"a long name":    {"bob@example.org", strings.Repeat("ä", 201), problem.Invalid, ""},
		} {
			err := b.try(func(ctx context.Context, tx *db.Tx) error {
				_, err := b.CreatePerson(ctx, tx, tc.email, tc.name, "")
				return err
			})
			if !problem.Is(err, tc.kind) || problem.ReasonOf(err) != tc.code {
				t.Errorf("%s: got %v with the code %q", name, err, problem.ReasonOf(err))
			}
		}
	})
}

func TestPersonsAreChosenAndPaged(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		for i := range 5 {
			b.person(fmt.Sprintf("p%d@example.org", i), []string{"Auditor", "SupportAnalyst"}[i%2])
		}
		b.change(b.found("p2@example.org"), b.DisablePerson)
		yes, no := true, false
		for name, tc := range map[string]struct {
			filter PersonFilter
			after  int64
			limit  int
			want   string
		}{
			"all":       {PersonFilter{}, 0, 10, "p0 p1 p2 p3 p4"},
			"page":      {PersonFilter{}, 1, 2, "p1 p2"},
			"role":      {PersonFilter{Role: "Auditor"}, 0, 10, "p0 p2 p4"},
			"enabled":   {PersonFilter{Role: "Auditor", Disabled: &no}, 1, 10, "p4"},
			"disabled":  {PersonFilter{Disabled: &yes}, 0, 10, "p2"},
			"injection": {PersonFilter{Role: "' OR '1'='1"}, 0, 10, ""},
		} {
			b.do(func(ctx context.Context, tx *db.Tx) error {
				found, err := b.ListPersons(ctx, tx, tc.filter, tc.after, tc.limit)
				var names []string
				for _, p := range found {
					names = append(names, p.Name)
				}
				if got := strings.Join(names, " "); got != tc.want {
					t.Errorf("%s: %s, want %s", name, got, tc.want)
				}
				return err
			})
		}
	})
}

func TestADisabledPersonIsNobody(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		ann := b.person("ann@example.org", GlobalAdmin)
		b.change(ann, b.DisablePerson)
		b.change(ann, b.DisablePerson)
		is := b.found(ann.Email)
		if is.DisabledAt == 0 || is.Generation != 1 || len(is.Roles) != 1 {
			t.Errorf("%+v", is)
		}
		err := b.try(func(ctx context.Context, tx *db.Tx) error {
			_, err := b.Principal(ctx, tx, is, BySession)
			return err
		})
		if !problem.Is(err, problem.Denied) {
			t.Errorf("%v", err)
		}
		b.change(ann, b.EnablePerson)
		again := b.found(ann.Email)
		b.do(func(ctx context.Context, tx *db.Tx) error {
			p, err := b.Principal(ctx, tx, again, ByKeyPair)
			if !p.May(Admin) || p.Kind != ByKeyPair || p.Person != ann.ID {
				t.Errorf("%+v", p)
			}
			return err
		})
	})
}

func TestThereIsRoomForSoManyPersons(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		b.do(func(ctx context.Context, tx *db.Tx) error {
			for i := range maxPersons - 1 {
				if _, err := tx.Exec(ctx, `INSERT INTO person (id, email, name, password, generation, created_at, disabled_at) VALUES ($1, $2, 'x', '', 0, 0, 0)`, 10+i, fmt.Sprint(i)); err != nil {
					return err
				}
			}
			in, err := b.CreateInvitation(ctx, tx, "ann@example.org", "", nil)
			if err != nil {
				return err
			}
			if _, err := b.CreatePerson(ctx, tx, "bob@example.org", "", ""); problem.ReasonOf(err) != TooManyPersons {
				t.Errorf("%v", err)
			}
			if _, err := b.CreateInvitation(ctx, tx, "bob@example.org", "", nil); problem.ReasonOf(err) != TooManyPersons {
				t.Errorf("%v", err)
			}
			_, err = b.CreatePerson(ctx, tx, in.Email, "", "") // whose place is kept
			return err
		})
	})
}
