package access

import (
	"context"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
	"github.com/aptarium/aptarium/internal/masterkey"
)

// bundle is a store over a database of its own, with a clock that is set by
// hand.
type bundle struct {
	*Store
	t     *testing.T
	db    *db.DB
	clock *time.Time
}

// forStores runs a test on every database engine.
func forStores(t *testing.T, test func(t *testing.T, b bundle)) {
	t.Parallel()
	dbtest.Run(t, []db.Schema{Schema()}, func(t *testing.T, d *db.DB) {
		clock := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
		test(t, bundle{New(openMaster(t, t.TempDir()), func() time.Time { return clock }), t, d, &clock})
	})
}

func openMaster(t testing.TB, dir string) masterkey.Keys {
	t.Helper()
	master, err := masterkey.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return master
}

// do runs a change that must succeed.
func (b bundle) do(change func(ctx context.Context, tx *db.Tx) error) {
	b.t.Helper()
	if err := b.try(change); err != nil {
		b.t.Fatal(err)
	}
}

func (b bundle) try(change func(ctx context.Context, tx *db.Tx) error) error {
	ctx := b.t.Context()
	return b.db.Tx(ctx, func(tx *db.Tx) error { return change(ctx, tx) })
}

// create makes a token and gives its secret.
func (b bundle) create(name string, role Role, expiresAt int64) (token Token, secret string) {
	b.t.Helper()
	b.do(func(ctx context.Context, tx *db.Tx) (err error) {
		token, secret, err = b.Create(ctx, tx, name, role, expiresAt)
		return err
	})
	return token, secret
}

// authenticate only reads, as requests do.
func (b bundle) authenticate(secret string) (token Token, err error) {
	err = b.db.Read(b.t.Context(), func(tx *db.Tx) error {
		token, err = b.Authenticate(b.t.Context(), tx, secret)
		return err
	})
	return token, err
}

func (b bundle) revoke(name string) {
	b.t.Helper()
	b.do(func(ctx context.Context, tx *db.Tx) error {
		_, err := b.Revoke(ctx, tx, name)
		return err
	})
}

// person makes a person with roles.
func (b bundle) person(email string, roles ...string) (p Person) {
	b.t.Helper()
	b.do(func(ctx context.Context, tx *db.Tx) (err error) {
		if _, err = b.CreatePerson(ctx, tx, email, "", ""); err != nil {
			return err
		}
		for _, name := range roles {
			r, err := b.Role(ctx, tx, name)
			if err == nil {
				_, err = b.EditRole(ctx, tx, r, RoleEdit{AddPersons: []string{email}})
			}
			if err != nil {
				return err
			}
		}
		p, err = b.Person(ctx, tx, email)
		return err
	})
	return p
}

// change makes a change of a person.
func (b bundle) change(p Person, change func(ctx context.Context, tx *db.Tx, p Person) error) {
	b.t.Helper()
	b.do(func(ctx context.Context, tx *db.Tx) error { return change(ctx, tx, p) })
}

// keyPair makes a key pair and gives its secret key.
func (b bundle) keyPair(p Person) (pair KeyPair, secret string) {
	b.t.Helper()
	b.do(func(ctx context.Context, tx *db.Tx) (err error) {
		pair, secret, err = b.CreateKeyPair(ctx, tx, p)
		return err
	})
	return pair, secret
}

func (b bundle) revokePair(pair KeyPair) {
	b.t.Helper()
	b.do(func(ctx context.Context, tx *db.Tx) error { return b.RevokeKeyPair(ctx, tx, pair) })
}
