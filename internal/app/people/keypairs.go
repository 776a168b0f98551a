package people

import (
	"context"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
)

// KeyPair lets a program act for a person: it signs its requests with the secret key, which
// is shown once.
type KeyPair struct {
	AccessKey  string    `json:"access_key"`
	Person     string    `json:"person" doc:"The mail address of whose it is"`
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at,omitzero" doc:"Exact to an hour"`
	RevokedAt  time.Time `json:"revoked_at,omitzero"`

	id int64
}

func showKeyPair(k access.KeyPair) KeyPair {
	return KeyPair{AccessKey: k.AccessKey, Person: k.Email, CreatedAt: usecase.Stamp(k.CreatedAt), LastUsedAt: usecase.Stamp(k.LastUsedAt), RevokedAt: usecase.Stamp(k.RevokedAt), id: k.ID}
}

// CreateKeyPair creates a key pair for a person and returns its secret key, which nobody can
// read again. Everybody may create his own.
func (s *Service) CreateKeyPair(ctx context.Context, person string) (pair KeyPair, secret string, err error) {
	pair, err = usecase.Change(ctx, s.k, usecase.Act{Permission: access.Persons, Scoped: true, Action: "keypair.create"}, func(tx *db.Tx, act *usecase.Act) (KeyPair, error) {
		of, err := s.person(ctx, tx, person, act.Permission)
		if err == nil {
			err = act.For(ctx, of.ID)
		}
		if err == nil {
			err = s.requireAbove(ctx, tx, of)
		}
		if err != nil {
			return KeyPair{}, err
		}
		act.Subject = subjectOf(of.Email)
		made, shown, err := s.k.Access.CreateKeyPair(ctx, tx, of)
		secret = shown
		return showKeyPair(made), err
	})
	return pair, secret, err
}

// KeyPairs returns the key pairs of a person (empty: of all persons), also revoked ones, in the
// order of their creation. Everybody may see his own.
func (s *Service) KeyPairs(ctx context.Context, person string, p usecase.Page) (usecase.List[KeyPair], error) {
	id := func(k KeyPair) int64 { return k.id }
	return usecase.View(ctx, s.k, func(tx *db.Tx) (none usecase.List[KeyPair], err error) {
		var of access.Person
		if person != "" {
			of, err = s.person(ctx, tx, person, access.Persons)
		} else {
			err = access.Require(ctx, access.Persons)
		}
		if err != nil {
			return none, err
		}
		return usecase.ListOf(p, id, func(after int64, limit int) ([]KeyPair, error) {
			found, err := s.k.Access.KeyPairs(ctx, tx, of.ID, after, limit)
			return usecase.Map(found, showKeyPair), err
		})
	})
}

// RevokeKeyPair ends a key pair at once, and the sessions that began with it. Everybody may
// revoke his own.
func (s *Service) RevokeKeyPair(ctx context.Context, accessKey string) error {
	return usecase.Do(ctx, s.k, usecase.Act{Permission: access.Persons, Scoped: true, Action: "keypair.revoke", Subject: "keypair:" + accessKey}, func(tx *db.Tx, act *usecase.Act) error {
		pair, err := s.k.Access.KeyPair(ctx, tx, accessKey)
		if denied := act.For(ctx, pair.Person); denied != nil {
			return denied // also where there is no such key pair
		}
		if err != nil {
			return err
		}
		return s.k.Access.RevokeKeyPair(ctx, tx, pair)
	})
}
