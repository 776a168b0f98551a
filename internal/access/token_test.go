package access

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

func TestATokenAdmitsItsBearer(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		made, secret := b.create("ci@example.com", Publisher, 0)
		if !regexp.MustCompile(`^apt_[A-Za-z0-9_-]{43}$`).MatchString(secret) {
			t.Errorf("the secret is %q", secret)
		}
		got, err := b.authenticate(secret)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(made, got); diff != "" {
			t.Errorf("(-made +found):\n%s", diff)
		}
		want := Principal{Name: "ci@example.com", Kind: ByToken, Roles: []Role{Publisher}}
		if diff := cmp.Diff(want, got.Principal()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestWhatIsNoTokenAdmitsNobody(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		_, secret := b.create("ci", Reader, 0)
		_, revoked := b.create("old", Reader, 0)
		b.revoke("old")
		for name, tc := range map[string]struct{ secret, says string }{
			"nothing":        {"", "not a token"},
			"something else": {"hunter2", "not a token"},
			"without prefix": {strings.TrimPrefix(secret, tokenPrefix), "not a token"},
			"longer":         {secret + "A", "not a token"},
			"shorter":        {secret[:len(secret)-1], "not a token"},
			"never given":    {newSecret(), "unknown"},
			"other case":     {tokenPrefix + strings.ToUpper(secret[4:]), "unknown"},
			"revoked":        {revoked, "was revoked"},
			"endless":        {tokenPrefix + strings.Repeat("A", 1<<20), "not a token"},
		} {
			_, err := b.authenticate(tc.secret)
			if !problem.Is(err, problem.Unauthenticated) || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("%s: got %v, want %q", name, err, tc.says)
			}
			if tc.secret != "" && err != nil && strings.Contains(err.Error(), tc.secret) {
				t.Errorf("%s: the error tells the secret", name)
			}
		}
	})
}

func TestTokensExpire(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		ends := b.clock.Add(time.Hour)
		_, secret := b.create("ci", Reader, ends.UnixMicro())
		*b.clock = ends.Add(-time.Microsecond)
		if _, err := b.authenticate(secret); err != nil {
			t.Errorf("just before: %v", err)
		}
		*b.clock = ends
		if _, err := b.authenticate(secret); !problem.Is(err, problem.Unauthenticated) || !strings.Contains(err.Error(), "expired on 2026-05-01") {
			t.Errorf("then: got %v", err)
		}
	})
}

func TestOnlyHashesOfTokensAreStored(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		_, secret := b.create("ci", Reader, 0)
		b.do(func(ctx context.Context, tx *db.Tx) error {
			hash, err := db.One(ctx, tx, db.Value[[]byte], `SELECT hash FROM token`)
			if len(hash) != 32 || bytes.Contains(hash, []byte(secret[4:12])) {
				t.Errorf("stored %q", hash)
			}
			return err
		})
	})
}

func TestTokensThatCannotBeAreRefused(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		b.create("taken", Reader, 0)
		for name, tc := range map[string]struct {
			name    string
			role    Role
			expires int64
			kind    problem.Kind
			field   string
		}{
			"no name":    {"", Reader, 0, problem.Invalid, "name"},
			"odd name":   {"a b", Reader, 0, problem.Invalid, "name"},
			"long name":  {strings.Repeat("a", 201), Reader, 0, problem.Invalid, "name"},
			"no role":    {"a", "", 0, problem.Invalid, "role"},
			"other role": {"a", "root", 0, problem.Invalid, "role"},
			"expired":    {"a", Reader, b.clock.UnixMicro(), problem.Invalid, "expires"},
			"taken name": {"taken", Reader, 0, problem.Conflict, "name"},
		} {
			err := b.try(func(ctx context.Context, tx *db.Tx) error {
				_, _, err := b.Create(ctx, tx, tc.name, tc.role, tc.expires)
				return err
			})
			if p, ok := errors.AsType[*problem.Problem](err); !ok || p.Kind != tc.kind || p.Field != tc.field {
				t.Errorf("%s: got %v, want %s with field %s", name, err, tc.kind, tc.field)
			}
		}
	})
}

func TestARevokedTokenFreesItsName(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		_, old := b.create("ci", Reader, 0)
		b.revoke("ci")
		err := b.try(func(ctx context.Context, tx *db.Tx) error {
			_, err := b.Revoke(ctx, tx, "ci")
			return err
		})
		if !problem.Is(err, problem.NotFound) {
			t.Errorf("revoking again: got %v", err)
		}
		_, fresh := b.create("ci", Publisher, 0)
		if _, err := b.authenticate(old); err == nil {
			t.Error("the old secret admits again")
		}
		if got, err := b.authenticate(fresh); err != nil || got.Role != Publisher {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestTheLastUseIsKnownToAnHour(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		_, secret := b.create("ci", Reader, 0)
		use := func() (stale bool) {
			token, err := b.authenticate(secret)
			if err != nil {
				t.Fatal(err)
			}
			if stale = b.Stale(token); stale {
				b.do(func(ctx context.Context, tx *db.Tx) error { return b.Touch(ctx, tx, token) })
			}
			return stale
		}
		for i, tc := range []struct {
			after time.Duration
			stale bool
		}{{0, true}, {0, false}, {time.Hour - time.Microsecond, false}, {time.Microsecond, true}, {-time.Minute, false}} {
			*b.clock = b.clock.Add(tc.after)
			if got := use(); got != tc.stale {
				t.Errorf("use %d: stale %v, want %v", i, got, tc.stale)
			}
		}
		token, err := b.authenticate(secret)
		if want := b.clock.Add(time.Minute).UnixMicro(); err != nil || token.LastUsedAt != want {
			t.Errorf("last used at %d, %v; want %d", token.LastUsedAt, err, want)
		}
	})
}

func TestTokensAreListedInPages(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		for _, name := range []string{"c", "a", "b"} {
			b.create(name, Reader, 0)
		}
		b.revoke("a")
		b.do(func(ctx context.Context, tx *db.Tx) error {
			var names []string
			for after := int64(0); ; {
				page, err := b.List(ctx, tx, after, 2)
				if err != nil || len(page) == 0 {
					if diff := cmp.Diff([]string{"c", "a", "b"}, names); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
					return err
				}
				for _, token := range page {
					names, after = append(names, token.Name), token.ID
					if revoked := token.RevokedAt != 0; revoked != (token.Name == "a") {
						t.Errorf("%s: revoked %v", token.Name, revoked)
					}
				}
			}
		})
	})
}

func TestTheClockIsTheDefaultTime(t *testing.T) {
	t.Parallel()
	if since := time.Since(New(openMaster(t, t.TempDir()), nil).now()); since < 0 || since > time.Minute {
		t.Errorf("the store's clock is %v behind", since)
	}
}
