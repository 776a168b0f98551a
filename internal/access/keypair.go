package access

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// The form of a key pair, as in Landscape: a public access key of 20 capital letters and
// digits, and a secret key of 40 letters and digits.
const (
	accessKeyChars = 20
	secretKeyChars = 40
	capitals       = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	alphanumerics  = capitals + "abcdefghijklmnopqrstuvwxyz"
)

// maxKeyPairs is the largest number of unrevoked key pairs of a person.
const maxKeyPairs = 100

// KeyPair lets a program make requests in a person's name. Times are microseconds since 1970,
// 0 for never.
type KeyPair struct {
	ID         int64
	AccessKey  string
	Person     int64
	Email      string // of the person
	CreatedAt  int64
	LastUsedAt int64 // exact to an hour
	RevokedAt  int64

	sealed []byte
}

// randomText returns n random characters, all equally likely.
func randomText(n int, alphabet string) string {
	text := make([]byte, 0, n)
	for buffer := make([]byte, 2*n); len(text) < n; {
		_, _ = rand.Read(buffer) // never fails
		for _, b := range buffer {
			// Bytes above the largest multiple of the alphabet's length would make its
			// first characters likelier.
			if limit := 256 / len(alphabet) * len(alphabet); int(b) < limit && len(text) < n {
				text = append(text, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return string(text)
}

// ownerOf returns the owner under which the secret of a key pair is sealed.
func ownerOf(accessKey string) string { return "key pair " + accessKey }

// CreateKeyPair creates a key pair for a person. Only this call returns the secret key.
func (s *Store) CreateKeyPair(ctx context.Context, tx *db.Tx, p Person) (pair KeyPair, secret string, err error) {
	n, err := db.One(ctx, tx, db.Value[int], `SELECT COUNT(*) FROM key_pair WHERE person_id = $1 AND revoked_at = 0`, p.ID)
	if err != nil {
		return KeyPair{}, "", fmt.Errorf("counting the key pairs of %s: %w", p.Email, err)
	}
	if n >= maxKeyPairs {
		return KeyPair{}, "", problem.New(problem.Conflict, "%s already has %d key pairs", p.Email, n).WithHint("revoke unused ones")
	}
	pair = KeyPair{AccessKey: randomText(accessKeyChars, capitals), Person: p.ID, Email: p.Email}
	secret = randomText(secretKeyChars, alphanumerics)
	if pair.sealed, err = s.master.Seal(ownerOf(pair.AccessKey), []byte(secret)); err != nil {
		return KeyPair{}, "", err
	}
	if pair.ID, pair.CreatedAt, err = tx.NewRow(ctx, "key_pair"); err != nil {
		return KeyPair{}, "", err
	}
	_, err = tx.Exec(ctx, `INSERT INTO key_pair (id, access_key, person_id, secret, created_at, last_used_at, revoked_at) VALUES ($1, $2, $3, $4, $5, 0, 0)`,
		pair.ID, pair.AccessKey, pair.Person, pair.sealed, pair.CreatedAt)
	if err != nil {
		return KeyPair{}, "", problem.While(err, "storing a key pair of %s", p.Email)
	}
	return pair, secret, nil
}

// KeyPair returns the key pair of an access key, also a revoked one, or problem.NotFound.
func (s *Store) KeyPair(ctx context.Context, tx *db.Tx, accessKey string) (KeyPair, error) {
	pair, err := db.One(ctx, tx, scanKeyPair, selectKeyPairs+` WHERE access_key = $1`, accessKey)
	if errors.Is(err, db.ErrNoRows) {
		return KeyPair{}, problem.New(problem.NotFound, "there is no key pair %q", accessKey).In("access_key").WithHint("list the key pairs to see them")
	}
	return pair, problem.While(err, "reading key pair %q", accessKey)
}

// KeyPairs returns up to limit key pairs after an id (0 for the start), also revoked ones, in
// the order of their creation. Person 0 stands for all persons.
func (s *Store) KeyPairs(ctx context.Context, tx *db.Tx, person, after int64, limit int) ([]KeyPair, error) {
	pairs, err := db.All(ctx, tx, scanKeyPair, selectKeyPairs+` WHERE key_pair.id > $1 AND ($2 = 0 OR person_id = $2) ORDER BY key_pair.id LIMIT $3`, after, person, limit)
	return pairs, problem.While(err, "listing key pairs")
}

// RevokeKeyPair ends a key pair and its sessions, at once and for good.
func (s *Store) RevokeKeyPair(ctx context.Context, tx *db.Tx, pair KeyPair) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE key_pair SET revoked_at = $1 WHERE id = $2 AND revoked_at = 0`, now, pair.ID)
	return problem.While(err, "revoking key pair %s", pair.AccessKey)
}

// KeyPairStale reports whether the caller must record the use of a key pair with
// [Store.TouchKeyPair].
func (s *Store) KeyPairStale(pair KeyPair) bool { return s.stale(pair.LastUsedAt) }

// TouchKeyPair records the use of a key pair.
func (s *Store) TouchKeyPair(ctx context.Context, tx *db.Tx, pair KeyPair) error {
	_, err := tx.Exec(ctx, `UPDATE key_pair SET last_used_at = $1 WHERE id = $2 AND last_used_at < $1`, s.now().UnixMicro(), pair.ID)
	return problem.While(err, "recording the use of key pair %s", pair.AccessKey)
}

const selectKeyPairs = `SELECT key_pair.id, access_key, person_id, person.email, secret, key_pair.created_at, last_used_at, revoked_at
	FROM key_pair JOIN person ON person.id = person_id`

func scanKeyPair(row db.Scanner) (k KeyPair, err error) {
	err = row.Scan(&k.ID, &k.AccessKey, &k.Person, &k.Email, &k.sealed, &k.CreatedAt, &k.LastUsedAt, &k.RevokedAt)
	return k, err
}
