package keyring

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
	"github.com/aptarium/aptarium/internal/masterkey"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

const fingerprintA = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// newMaster makes a master key of the test's own.
func newMaster(t *testing.T) masterkey.Keys {
	t.Helper()
	master, err := masterkey.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return master
}

// bundle is a store over a database of its own.
type bundle struct {
	*Store
	t  *testing.T
	db *db.DB
}

// forStores runs a test on every database engine.
func forStores(t *testing.T, test func(t *testing.T, b bundle)) {
	t.Parallel()
	dbtest.Run(t, []db.Schema{Schema()}, func(t *testing.T, d *db.DB) {
		test(t, bundle{New(newMaster(t)), t, d})
	})
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

// add stores a key and gives it back.
func (b bundle) add(name string, m Material) (key Key) {
	b.t.Helper()
	b.do(func(ctx context.Context, tx *db.Tx) (err error) {
		key, err = b.Add(ctx, tx, name, m)
		return err
	})
	return key
}

func (b bundle) get(ref string) (key Key, err error) {
	err = b.try(func(ctx context.Context, tx *db.Tx) error {
		key, err = b.Get(ctx, tx, ref)
		return err
	})
	return key, err
}

func generate(t *testing.T, p Params) Material {
	t.Helper()
	p.Name, p.UserName = "archive", "Example archive"
	m, err := Generate(p)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func read(t *testing.T, data []byte) Material {
	t.Helper()
	m, err := Read(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// public returns the same key without its secret.
func public(t *testing.T, m Material) Material { t.Helper(); return read(t, m.public.Binary()) }

func TestKeysAreFoundByNameFingerprintAndKeyID(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		m := generate(t, Params{})
		want := b.add("archive", m)
		if want.Name != "archive" || !want.HasSecret || want.Default || want.AddedAt == 0 || want.Fingerprint != m.secret.Fingerprint() {
			t.Errorf("stored %+v", want)
		}
		b.add("other", generate(t, Params{}))
		lower := bytes.ToLower([]byte(want.Fingerprint))
		for _, ref := range []string{"archive", want.Fingerprint, want.KeyID, "0x" + want.KeyID, "0X" + want.Fingerprint, string(lower)} {
			if got, err := b.get(ref); err != nil || got.ID != want.ID {
				t.Errorf("%q: got %q, %v", ref, got.Name, err)
			}
		}
		for _, ref := range []string{"", "nobody", "ABCD", "0123456789ABCDEF", fingerprintA} {
			if _, err := b.get(ref); !problem.Is(err, problem.NotFound) {
				t.Errorf("%q: got %v, want not found", ref, err)
			}
		}
	})
}

func TestNamesOfKeysCannotBeMistaken(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		m := generate(t, Params{})
		for _, name := range []string{"", "a b", "-a", "a/b", "ü", fingerprintA, "0123456789abcdef"} {
			err := b.try(func(ctx context.Context, tx *db.Tx) error {
				_, err := b.Add(ctx, tx, name, m)
				return err
			})
			if p, ok := errors.AsType[*problem.Problem](err); !ok || p.Kind != problem.Invalid || p.Field != "name" {
				t.Errorf("%q: got %v, want the name refused", name, err)
			}
		}
	})
}

func TestNothingIsNoKey(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		err := b.try(func(ctx context.Context, tx *db.Tx) error {
			_, err := b.Add(ctx, tx, "archive", Material{})
			return err
		})
		if !problem.Is(err, problem.Invalid) {
			t.Errorf("got %v", err)
		}
	})
}

func TestOneKeyHasOneName(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		m, other := generate(t, Params{}), generate(t, Params{})
		b.add("archive", m)
		for name, tc := range map[string]struct {
			name string
			m    Material
		}{
			"the key by another name":    {"mirror", m},
			"another key by that name":   {"archive", other},
			"the key without its secret": {"archive", public(t, m)},
		} {
			err := b.try(func(ctx context.Context, tx *db.Tx) error {
				_, err := b.Add(ctx, tx, tc.name, tc.m)
				return err
			})
			if !problem.Is(err, problem.Conflict) {
				t.Errorf("%s: got %v, want a conflict", name, err)
			}
		}
		b.add("other", other)
	})
}

func TestAKeyIsRefreshedUnderItsName(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		m := generate(t, Params{})
		first := b.add("archive", public(t, m))
		if first.HasSecret {
			t.Error("a public key has a secret")
		}
		second := b.add("archive", m)
		if !second.HasSecret || second.ID != first.ID {
			t.Errorf("the secret did not join: %+v", second)
		}
		if third := b.add("archive", m); third.ID != first.ID {
			t.Errorf("the same again is another: %+v", third)
		}
	})
}

func TestOnlyASingleKeyIsTaken(t *testing.T) {
	t.Parallel()
	a, b := generate(t, Params{}), generate(t, Params{})
	for name, tc := range map[string]struct {
		data  []byte
		field string
	}{
		"two keys": {openpgp.Merge(a.public, b.public).Binary(), "key"},
		"no key":   {[]byte("hello"), "key"},
		"nothing":  {nil, "key"},
	} {
		_, err := Read(tc.data, nil)
		if p, ok := errors.AsType[*problem.Problem](err); !ok || p.Kind != problem.Invalid || p.Field != tc.field {
			t.Errorf("%s: got %v, want field %s named", name, err, tc.field)
		}
	}
}

func TestFieldsOfImpossibleKeysAreNamed(t *testing.T) {
	t.Parallel()
	for field, params := range map[string]Params{
		"name":      {},
		"user_name": {Name: "archive", UserName: "<>"},
		"email":     {Name: "archive", Email: "x"},
		"algorithm": {Name: "archive", Algorithm: "dsa"},
		"expires":   {Name: "archive", Expires: time.Unix(0, 0)},
	} {
		_, err := Generate(params)
		if p, ok := errors.AsType[*problem.Problem](err); !ok || p.Kind != problem.Invalid || p.Field != field {
			t.Errorf("%+v: got %v, want field %s named", params, err, field)
		}
	}
	m, err := Generate(Params{Name: "archive"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"archive archive signing key"}, m.public.Keys()[0].UserIDs); diff != "" {
		t.Errorf("without a user id (-want +got):\n%s", diff)
	}
}

func TestSecretsComeBackAsTheyWere(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		m := generate(t, Params{Algorithm: openpgp.RSA2048})
		data, err := m.secret.Armored()
		if err != nil {
			t.Fatal(err)
		}
		b.add("archive", read(t, data))
		b.do(func(ctx context.Context, tx *db.Tx) error {
			secret, err := b.Secret(ctx, tx, "archive")
			if err != nil {
				return err
			}
			got, err := secret.Armored()
			if !bytes.Equal(got, data) {
				t.Error("the exported secret differs from the imported one")
			}
			return err
		})
	})
}

func TestSecretsAreNotInTheDatabaseInTheClear(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		m := generate(t, Params{})
		b.add("archive", m)
		whole, err := m.secret.Binary()
		if err != nil {
			t.Fatal(err)
		}
		// The packet of the secret key starts as the public one does; what
		// follows is the secret itself.
		publicLength := len(m.public.Binary()) - bytes.Index(m.public.Binary(), []byte("Example archive"))
		secret := whole[:len(whole)-publicLength]
		secret = secret[len(secret)-36 : len(secret)-4]
		b.do(func(ctx context.Context, tx *db.Tx) error {
			row, err := db.One(ctx, tx, func(row db.Scanner) (all []byte, err error) {
				var public, sealed []byte
				err = row.Scan(&public, &sealed)
				return append(public, sealed...), err
			}, `SELECT public, secret FROM signing_key`)
			if bytes.Contains(row, secret) || !bytes.Contains(whole, secret) {
				t.Error("the secret stands in the row")
			}
			return err
		})
		// With the database alone, nobody signs.
		thief := bundle{New(newMaster(t)), t, b.db}
		err = thief.try(func(ctx context.Context, tx *db.Tx) error {
			_, err := thief.Secret(ctx, tx, "archive")
			return err
		})
		if !problem.Is(err, problem.Conflict) {
			t.Errorf("another master key: got %v", err)
		}
	})
}

func TestListsAreInOrderOfNamesAndInPages(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		for _, name := range []string{"c", "a", "b"} {
			b.add(name, generate(t, Params{}))
		}
		b.add("ab", public(t, generate(t, Params{})))
		for name, tc := range map[string]struct {
			filter Filter
			after  string
			limit  int
			want   []string
		}{
			"all":           {Filter{}, "", 10, []string{"a", "ab", "b", "c"}},
			"first page":    {Filter{}, "", 2, []string{"a", "ab"}},
			"second page":   {Filter{}, "ab", 2, []string{"b", "c"}},
			"signing":       {Filter{Signing: true}, "", 10, []string{"a", "b", "c"}},
			"past the last": {Filter{}, "c", 10, nil},
		} {
			b.do(func(ctx context.Context, tx *db.Tx) error {
				keys, err := b.List(ctx, tx, tc.filter, tc.after, tc.limit)
				var got []string
				for _, key := range keys {
					got = append(got, key.Name)
				}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
				return err
			})
		}
	})
}

func TestADroppedKeyIsGone(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		m := generate(t, Params{})
		b.add("archive", m)
		b.do(func(ctx context.Context, tx *db.Tx) error {
			dropped, err := b.Drop(ctx, tx, m.secret.Fingerprint())
			if dropped.Name != "archive" {
				t.Errorf("dropped %+v", dropped)
			}
			return err
		})
		if _, err := b.get("archive"); !problem.Is(err, problem.NotFound) {
			t.Errorf("got %v, want not found", err)
		}
		err := b.try(func(ctx context.Context, tx *db.Tx) error {
			_, err := b.Drop(ctx, tx, "archive")
			return err
		})
		if !problem.Is(err, problem.NotFound) {
			t.Errorf("dropping again: got %v", err)
		}
		b.add("again", m)
	})
}

func TestPeopleAreWarnedOfWhatEnds(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	in := func(days int) time.Time { return now.AddDate(0, 0, days) }
	for name, tc := range map[string]struct {
		key  openpgp.Key
		want string
	}{
		"never":            {openpgp.Key{CanSign: true}, ""},
		"in 31 days":       {openpgp.Key{CanSign: true, Expires: in(31)}, ""},
		"in 30 days":       {openpgp.Key{CanSign: true, Expires: in(30)}, "the key expires on 2026-05-31"},
		"today":            {openpgp.Key{CanSign: true, Expires: in(0)}, "the key expired on 2026-05-01"},
		"revoked":          {openpgp.Key{CanSign: true, Revoked: true}, "the key is revoked"},
		"weak":             {openpgp.Key{Weakness: "rsa1024 is short"}, "rsa1024 is short"},
		"only certifies":   {openpgp.Key{}, "the key is not meant for signing"},
		"subkey":           {openpgp.Key{Subkeys: []openpgp.Subkey{{CanSign: true, Expires: in(9)}}}, "the key expires on 2026-05-10"},
		"two subkeys":      {openpgp.Key{Subkeys: []openpgp.Subkey{{CanSign: true, Expires: in(90)}, {CanSign: true, Expires: in(9)}}}, ""},
		"endless subkey":   {openpgp.Key{Expires: in(5), Subkeys: []openpgp.Subkey{{CanSign: true}}}, "the key expires on 2026-05-06"},
		"primary is first": {openpgp.Key{Expires: in(5), Subkeys: []openpgp.Subkey{{CanSign: true, Expires: in(90)}}}, "the key expires on 2026-05-06"},
		"revoked subkey":   {openpgp.Key{Subkeys: []openpgp.Subkey{{CanSign: true, Revoked: true}}}, "the key is not meant for signing"},
	} {
		if got := (Key{Key: tc.key}).Warning(now); got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}
