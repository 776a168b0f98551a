package access

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// invite makes an invitation to roles.
func (b bundle) invite(email string, roles ...string) (in Invitation, err error) {
	err = b.try(func(ctx context.Context, tx *db.Tx) error {
		found, err := b.PersonRoles(ctx, tx, append(roles, "none"))
		if err == nil {
			in, err = b.CreateInvitation(ctx, tx, email, "", found)
		}
		return err
	})
	return in, err
}

func TestAnInvitationIsFoundByItsCode(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		in, err := b.invite("Ann@example.org", "Auditor")
		if err != nil {
			t.Fatal(err)
		}
		want := Invitation{ID: 1, Email: "ann@example.org", Name: "ann", Roles: []string{"Auditor"}, Code: in.Code, CreatedAt: in.CreatedAt, ExpiresAt: b.clock.Add(invitationLasts).UnixMicro()}
		b.do(func(ctx context.Context, tx *db.Tx) error {
			byCode, err := b.InvitationOf(ctx, tx, in.Code)
			if diff := cmp.Diff(want, byCode); diff != "" || len(in.Code) != 40 {
				t.Error(diff)
			}
			if err != nil {
				return err
			}
			listed, err := b.Invitations(ctx, tx, 0, 10)
			if diff := cmp.Diff([]Invitation{want}, listed); diff != "" {
				t.Error(diff)
			}
			for _, code := range []string{"", "x", in.Code[1:]} {
				if _, err := b.InvitationOf(ctx, tx, code); !problem.Is(err, problem.NotFound) {
					t.Errorf("%q: %v", code, err)
				}
			}
			return err
		})
	})
}

func TestAnAddressIsInvitedOnce(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		b.person("here@example.org")
		first, err := b.invite("ann@example.org")
		if err != nil {
			t.Fatal(err)
		}
		for _, email := range []string{"ANN@example.org", "here@example.org"} {
			if _, err := b.invite(email); problem.ReasonOf(err) != RepeatedInvitation {
				t.Errorf("%s: %v", email, err)
			}
		}
		if _, err := b.invite("ann"); problem.ReasonOf(err) != InvalidEmail {
			t.Errorf("%v", err)
		}
		*b.clock = b.clock.Add(invitationLasts + time.Second)
		over := b.try(func(ctx context.Context, tx *db.Tx) error {
			_, err := b.InvitationOf(ctx, tx, first.Code)
			return err
		})
		if !problem.Is(over, problem.NotFound) {
			t.Errorf("it does not end: %v", over)
		}
		second, err := b.invite("ann@example.org")
		if err != nil {
			t.Error(err)
		}
		b.do(func(ctx context.Context, tx *db.Tx) error { return b.EndInvitation(ctx, tx, second) })
		if _, err := b.invite("ann@example.org"); err != nil {
			t.Error(err)
		}
	})
}
