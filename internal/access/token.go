package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/masterkey"
	"github.com/aptarium/aptarium/internal/problem"
)

//go:embed migrations
var migrations embed.FS

// Schema returns the tables of tokens, persons and their rights, and of the audit log.
func Schema() db.Schema { return db.Schema{Name: "access", Migrations: migrations} }

// Store stores tokens, persons, roles and access groups. Methods with a transaction work in
// it. A Store is safe for concurrent use.
type Store struct {
	master   masterkey.Keys
	now      func() time.Time
	hasher   *hasher
	attempts *attempts
}

// New returns a store that encrypts secrets with a master key. Now returns the time of day;
// nil means the clock's.
func New(master masterkey.Keys, now func() time.Time) *Store {
	if now == nil {
		now = time.Now
	}
	return &Store{master: master, now: now, hasher: newHasher(), attempts: newAttempts()}
}

// Token is a stored token. Times are microseconds since 1970, 0 for never.
type Token struct {
	ID         int64  `json:"id"`
	Name       string `json:"name"` // unique among the tokens that are not revoked
	Role       Role   `json:"role"`
	CreatedAt  int64  `json:"created_at"`
	LastUsedAt int64  `json:"last_used_at,omitempty"` // exact to an hour
	ExpiresAt  int64  `json:"expires_at,omitempty"`
	RevokedAt  int64  `json:"revoked_at,omitempty"`
}

// Principal returns the principal that uses this token.
func (t Token) Principal() Principal {
	return Principal{Name: t.Name, Kind: ByToken, Roles: []Role{t.Role}}
}

// tokenPrefix lets people and secret scanners recognise a token.
const tokenPrefix = "apt_"

// tokenBytes is the length of a token's random part: 43 characters in base64.
const tokenBytes = 32

// newSecret generates the text of a token.
func newSecret() string {
	random := make([]byte, tokenBytes)
	_, _ = rand.Read(random) // never fails
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(random)
}

// hashOf returns the stored hash of a token.
func hashOf(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// namePattern matches valid names of tokens: words and mail addresses.
var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+~@-]{0,199}$`)

// Create creates a token with a role. expiresAt is in microseconds since 1970, 0 for never.
// The secret is what clients send; only this call returns it, and it is not stored.
func (s *Store) Create(ctx context.Context, tx *db.Tx, name string, role Role, expiresAt int64) (token Token, secret string, err error) {
	if err := s.check(name, role, expiresAt); err != nil {
		return Token{}, "", err
	}
	_, err = s.Get(ctx, tx, name)
	if err == nil {
		return Token{}, "", problem.New(problem.Conflict, "there is a token %q already", name).In("name").WithHint("choose another name, or revoke that one first")
	}
	if !problem.Is(err, problem.NotFound) {
		return Token{}, "", err
	}
	token = Token{Name: name, Role: role, ExpiresAt: expiresAt}
	if token.ID, token.CreatedAt, err = tx.NewRow(ctx, "token"); err != nil {
		return Token{}, "", err
	}
	secret = newSecret()
	_, err = tx.Exec(ctx, `INSERT INTO token (id, name, hash, role, created_at, last_used_at, expires_at, revoked_at)
		VALUES ($1, $2, $3, $4, $5, 0, $6, 0)`, token.ID, name, hashOf(secret), string(role), token.CreatedAt, expiresAt)
	if err != nil {
		return Token{}, "", problem.While(err, "storing token %q", name)
	}
	return token, secret, nil
}

func (s *Store) check(name string, role Role, expiresAt int64) error {
	if !namePattern.MatchString(name) {
		return problem.New(problem.Invalid, "%q is not a name", name).In("name").
			WithHint("use at most 200 letters, digits and . _ + ~ @ -, starting with a letter or digit")
	}
	if !slices.Contains(Roles(), role) {
		return problem.New(problem.Invalid, "there is no role %q", role).In("role").
			WithHint("use %s, %s or %s", Administrator, Publisher, Reader)
	}
	if expiresAt != 0 && expiresAt <= s.now().UnixMicro() {
		return problem.New(problem.Invalid, "a token must expire in the future").In("expires")
	}
	return nil
}

// Authenticate returns the token of a secret. It only reads; call [Store.Touch] for a token
// that is [Store.Stale]. An unknown, expired or revoked secret is problem.Unauthenticated.
func (s *Store) Authenticate(ctx context.Context, tx *db.Tx, secret string) (Token, error) {
	random, ok := strings.CutPrefix(secret, tokenPrefix)
	if !ok || len(random) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return Token{}, unauthenticated("this is not a token of this server")
	}
	// The time of the look-up reveals nothing useful: nobody can choose hashes that are
	// close to a stored one.
	token, err := db.One(ctx, tx, scanToken, selectTokens+` WHERE hash = $1`, hashOf(secret))
	switch {
	case errors.Is(err, db.ErrNoRows):
		return Token{}, unauthenticated("this token is unknown")
	case err != nil:
		return Token{}, fmt.Errorf("searching for a token: %w", err)
	case token.RevokedAt != 0:
		return Token{}, unauthenticated("the token %q was revoked", token.Name)
	case token.ExpiresAt != 0 && token.ExpiresAt <= s.now().UnixMicro():
		return Token{}, unauthenticated("the token %q expired on %s", token.Name, time.UnixMicro(token.ExpiresAt).UTC().Format(time.DateOnly))
	}
	return token, nil
}

// touchEvery is the precision of the last use of a token, so that not every use costs a
// write.
const touchEvery = time.Hour

// Stale reports whether the caller must record the use of a token with [Store.Touch].
func (s *Store) Stale(t Token) bool { return s.stale(t.LastUsedAt) }

func (s *Store) stale(lastUsed int64) bool {
	return s.now().Sub(time.UnixMicro(lastUsed)) >= touchEvery
}

// Touch records the use of a token.
func (s *Store) Touch(ctx context.Context, tx *db.Tx, t Token) error {
	now := s.now().UnixMicro()
	_, err := tx.Exec(ctx, `UPDATE token SET last_used_at = $1 WHERE id = $2 AND last_used_at < $1`, now, t.ID)
	return problem.While(err, "recording the use of token %q", t.Name)
}

// Get returns the unrevoked token of a name, or problem.NotFound.
func (s *Store) Get(ctx context.Context, tx *db.Tx, name string) (Token, error) {
	token, err := db.One(ctx, tx, scanToken, selectTokens+` WHERE name = $1 AND revoked_at = 0`, name)
	if errors.Is(err, db.ErrNoRows) {
		return Token{}, problem.New(problem.NotFound, "there is no token %q", name).In("name").WithHint("list the tokens to see their names")
	}
	return token, problem.While(err, "reading token %q", name)
}

// List returns up to limit tokens after an id (0 for the start), also revoked ones, in the
// order of their creation.
func (s *Store) List(ctx context.Context, tx *db.Tx, after int64, limit int) ([]Token, error) {
	tokens, err := db.All(ctx, tx, scanToken, selectTokens+` WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
	return tokens, problem.While(err, "listing tokens")
}

// Revoke ends a token at once and for good. Its name can be used again.
func (s *Store) Revoke(ctx context.Context, tx *db.Tx, name string) (Token, error) {
	token, err := s.Get(ctx, tx, name)
	if err != nil {
		return Token{}, err
	}
	if token.RevokedAt, err = tx.Now(ctx); err != nil {
		return Token{}, err
	}
	_, err = tx.Exec(ctx, `UPDATE token SET revoked_at = $1 WHERE id = $2`, token.RevokedAt, token.ID)
	return token, problem.While(err, "revoking token %q", name)
}

const selectTokens = `SELECT id, name, role, created_at, last_used_at, expires_at, revoked_at FROM token`

func scanToken(row db.Scanner) (t Token, err error) {
	err = row.Scan(&t.ID, &t.Name, &t.Role, &t.CreatedAt, &t.LastUsedAt, &t.ExpiresAt, &t.RevokedAt)
	return t, err
}
