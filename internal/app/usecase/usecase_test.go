package usecase_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
	"github.com/aptarium/aptarium/internal/problem"
)

// callers of each sort.
func callers() (unknown, reader, person, admin context.Context) {
	unknown = context.Background()
	reader = access.With(unknown, access.Principal{Name: "reader", Kind: access.ByToken, Roles: []access.Role{access.Reader}})
	person = access.With(unknown, access.Principal{Name: "ann@example.org", Kind: access.BySession, Person: 7})
	return unknown, reader, person, usecase.AsProcess(unknown)
}

func TestAChangeIsMadeAndRecordedForCallersWithItsPermissionOnly(t *testing.T) {
	t.Parallel()
	k := &usecase.Kernel{DB: dbtest.New(t, access.Schema())}
	unknown, reader, person, admin := callers()
	everywhere := func(context.Context, *usecase.Act) error { return nil }
	ofAnn := func(ctx context.Context, act *usecase.Act) error { return act.For(ctx, 7) }
	inWeb := func(ctx context.Context, act *usecase.Act) error { return act.In(ctx, "web") }
	for _, c := range []struct {
		what   string
		caller context.Context
		scoped bool
		check  func(context.Context, *usecase.Act) error
		want   problem.Kind // "": done
	}{
		{"unknown", unknown, false, everywhere, problem.Unauthenticated},
		{"without the permission", reader, false, everywhere, problem.Denied},
		{"with it", admin, false, everywhere, ""},
		{"unknown, scoped", unknown, true, everywhere, problem.Unauthenticated},
		{"without a check", admin, true, everywhere, problem.Internal},
		{"the person itself", person, true, ofAnn, ""},
		{"another, without the permission", reader, true, ofAnn, problem.Denied},
		{"another, with it", admin, true, ofAnn, ""},
		{"in a group without rights", person, true, inWeb, problem.Denied},
	} {
		act := usecase.Act{Permission: access.Admin, Scoped: c.scoped, Action: "test", Subject: c.what}
		err := usecase.Do(c.caller, k, act, func(_ *db.Tx, act *usecase.Act) error { return c.check(c.caller, act) })
		if c.want == "" && err != nil || c.want != "" && !problem.Is(err, c.want) {
			t.Errorf("%s: %v", c.what, err)
		}
		log, err := usecase.View(admin, k, func(tx *db.Tx) ([]access.Entry, error) {
			return access.Log(admin, tx, access.Filter{Subject: c.what}, 0, 2)
		})
		if err != nil || len(log) != 0 != (c.want == "") {
			t.Errorf("%s: the audit log has %+v, %v", c.what, log, err)
		}
	}
}

func TestAReadNeedsItsPermission(t *testing.T) {
	t.Parallel()
	k := &usecase.Kernel{DB: dbtest.New(t, access.Schema())}
	unknown, reader, person, _ := callers()
	read := func(ctx context.Context, p access.Permission) error {
		_, err := usecase.Read(ctx, k, p, func(*db.Tx) (int, error) { return 1, nil })
		return err
	}
	if err := errors.Join(read(reader, access.Read), read(person, access.Known), read(unknown, access.Anyone)); err != nil {
		t.Error(err)
	}
	if err := read(unknown, access.Known); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("unknown: %v", err)
	}
	if err := read(person, access.Read); !problem.Is(err, problem.Denied) {
		t.Errorf("without rights: %v", err)
	}
}

func TestPagesMakeTheWholeList(t *testing.T) {
	t.Parallel()
	all := []int64{2, 3, 5, 7, 11}
	key := func(n int64) int64 { return n }
	fetch := func(after int64, limit int) ([]int64, error) {
		rest := slices.DeleteFunc(slices.Clone(all), func(n int64) bool { return n <= after })
		return rest[:min(limit, len(rest))], nil
	}
	for limit := range 7 {
		var got []int64
		for p := (usecase.Page{Limit: limit}); ; {
			l, err := usecase.ListOf(p, key, fetch)
			if err != nil || limit > 0 && len(l.Items) > limit {
				t.Fatalf("%+v: %+v, %v", p, l, err)
			}
			got = append(got, l.Items...)
			if p.After = l.Next; l.Next == "" {
				break
			}
		}
		if !slices.Equal(got, all) {
			t.Errorf("pages of %d have %v", limit, got)
		}
	}
	if _, err := usecase.ListOf(usecase.Page{After: "x"}, key, fetch); !problem.Is(err, problem.Invalid) {
		t.Errorf("no place: %v", err)
	}
}
