package people

import (
	"context"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
)

// KeyPair lets a program ask in a person's name: it signs what it asks for with the
// secret key, which is told once.
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

// CreateKeyPair makes a key pair for a person, and tells its secret key this once.
// Everybody may make his own.
func (s *Service) CreateKeyPair(ctx context.Context, person string) (KeyPair, string, error) {
	found, err := usecase.View(ctx, s.k, func(tx *db.Tx) (access.Person, error) { return s.person(ctx, tx, person, access.Persons) })
	if err != nil {
		return KeyPair{}, "", err
	}
	var secret string
	pair, err := usecase.Change(ctx, s.k, usecase.Act{Permission: access.Anyone, Action: "keypair.create", Subject: subjectOf(found.Email)}, func(tx *db.Tx, _ *usecase.Act) (KeyPair, error) {
		if err := s.requireAbove(ctx, tx, found); err != nil {
			return KeyPair{}, err
		}
		made, shown, err := s.k.Access.CreateKeyPair(ctx, tx, found)
		secret = shown
		return showKeyPair(made), err
	})
	return pair, secret, err
}

// KeyPairs lists key pairs, also revoked ones, in the order they were made; of a person,
// or of everybody if that is empty. Everybody may see his own.
func (s *Service) KeyPairs(ctx context.Context, person string, p usecase.Page) (usecase.List[KeyPair], error) {
	after, err := usecase.PageNumber(p)
	if err != nil {
		return usecase.List[KeyPair]{}, err
	}
	return usecase.View(ctx, s.k, func(tx *db.Tx) (usecase.List[KeyPair], error) {
		var of access.Person
		if person != "" {
			of, err = s.person(ctx, tx, person, access.Persons)
		} else {
			err = access.Require(ctx, access.Persons)
		}
		if err != nil {
			return usecase.List[KeyPair]{}, err
		}
		found, err := s.k.Access.KeyPairs(ctx, tx, of.ID, after, p.Size()+1)
		items := make([]KeyPair, len(found))
		for i, k := range found {
			items[i] = showKeyPair(k)
		}
		return usecase.PageOf(items, p.Size(), func(k KeyPair) string { return usecase.Number(k.id) }), err
	})
}

// RevokeKeyPair ends a key pair at once, and the sessions that began with it.
func (s *Service) RevokeKeyPair(ctx context.Context, accessKey string) error {
	_, err := usecase.Change(ctx, s.k, usecase.Act{Permission: access.Anyone, Action: "keypair.revoke", Subject: "keypair:" + accessKey}, func(tx *db.Tx, _ *usecase.Act) (struct{}, error) {
		denied := access.Require(ctx, access.Persons)
		who, _ := access.From(ctx)
		pair, err := s.k.Access.KeyPair(ctx, tx, accessKey)
		if denied != nil && (err != nil || who.Person == 0 || pair.Person != who.Person) {
			return struct{}{}, denied
		}
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, s.k.Access.RevokeKeyPair(ctx, tx, pair)
	})
	return err
}
