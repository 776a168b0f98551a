package keyring

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

func TestNamedKeysSignInOrderAndOnce(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		one, two := b.add("one", generate(t, Params{})), b.add("two", generate(t, Params{}))
		b.do(func(ctx context.Context, tx *db.Tx) error {
			signers, err := b.Signers(ctx, tx, "two", "one", two.KeyID)
			if err != nil {
				return err
			}
			signed, err := openpgp.ClearSign(ctx, []byte("Suite: stable\n"), time.Now(), signers...)
			if err != nil {
				return err
			}
			_, by, err := openpgp.VerifyClearSigned(signed, openpgp.Merge(one.Public, two.Public), openpgp.Policy{})
			var got []string
			for _, s := range by {
				got = append(got, s.Fingerprint)
			}
			if diff := cmp.Diff([]string{two.Fingerprint, one.Fingerprint}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			return err
		})
	})
}

func TestKeysWithoutSecretDoNotSign(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		b.add("theirs", public(t, generate(t, Params{})))
		for name, tc := range map[string]struct {
			refs []string
			want problem.Kind
		}{
			"public only": {[]string{"theirs"}, problem.Conflict},
			"unknown":     {[]string{"nobody"}, problem.NotFound},
			"no default":  {nil, problem.NotFound},
		} {
			err := b.try(func(ctx context.Context, tx *db.Tx) error {
				_, err := b.Signers(ctx, tx, tc.refs...)
				return err
			})
			if !problem.Is(err, tc.want) {
				t.Errorf("%s: got %v, want %s", name, err, tc.want)
			}
		}
		err := b.try(func(ctx context.Context, tx *db.Tx) error {
			_, err := b.SetDefault(ctx, tx, "theirs")
			return err
		})
		if !problem.Is(err, problem.Conflict) {
			t.Errorf("as default: got %v, want a conflict", err)
		}
	})
}

func TestTheDefaultKeyIsMadeAtFirstNeed(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		var first Key
		b.do(func(ctx context.Context, tx *db.Tx) error {
			key, made, err := b.EnsureDefault(ctx, tx)
			if !made || !key.Default || key.Name != DefaultName || key.Algorithm != openpgp.Ed25519 || !key.Expires.IsZero() {
				t.Errorf("got %+v, made %v", key, made)
			}
			first = key
			return err
		})
		b.do(func(ctx context.Context, tx *db.Tx) error {
			key, made, err := b.EnsureDefault(ctx, tx)
			if made || key.ID != first.ID || !key.Default {
				t.Errorf("the second time: got %+v, made %v", key, made)
			}
			signers, errSigners := b.Signers(ctx, tx)
			if errSigners != nil || len(signers) != 1 || signers[0].Fingerprint() != first.Fingerprint {
				t.Errorf("it does not sign where none is named: %v, %v", signers, errSigners)
			}
			return err
		})
	})
}

func TestTheDefaultKeyAvoidsTakenNames(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		b.add("default", public(t, generate(t, Params{})))
		b.add("default-2", generate(t, Params{}))
		b.do(func(ctx context.Context, tx *db.Tx) error {
			key, made, err := b.EnsureDefault(ctx, tx)
			if !made || key.Name != "default-3" {
				t.Errorf("got %q, made %v", key.Name, made)
			}
			return err
		})
	})
}

func TestOneKeyAtATimeIsTheDefault(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		b.add("one", generate(t, Params{}))
		b.add("two", generate(t, Params{}))
		for _, name := range []string{"one", "two", "two"} {
			b.do(func(ctx context.Context, tx *db.Tx) error {
				if _, err := b.SetDefault(ctx, tx, name); err != nil {
					return err
				}
				key, err := b.Default(ctx, tx)
				if key.Name != name {
					t.Errorf("got %q, want %q", key.Name, name)
				}
				return err
			})
		}
		b.do(func(ctx context.Context, tx *db.Tx) error {
			if _, err := b.Drop(ctx, tx, "two"); err != nil {
				return err
			}
			if _, err := b.Default(ctx, tx); !problem.Is(err, problem.NotFound) {
				t.Errorf("after it is dropped: got %v", err)
			}
			return nil
		})
	})
}
