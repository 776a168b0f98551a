package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"github.com/aptarium/aptarium/internal/problem"
)

// The cost of a password hash: above the least that OWASP's password storage cheat
// sheet asks of argon2id (19 MiB, 2 passes, 1 lane), by one pass.
const (
	hashMemory = 19 << 10 // KiB
	hashPasses = 3
	hashLanes  = 1
	hashSalt   = 16
	hashBytes  = 32
)

// How many passwords are hashed at one time, which bounds the memory for it to 38 MiB,
// and how many logins may wait for their turn.
const (
	hashersAtOnce  = 2
	hashersWaiting = 32
)

// Bounds of a password, in characters.
const (
	minPassword = 8
	maxPassword = 512
)

// hasher hashes passwords, a few at one time.
type hasher struct {
	turns   chan struct{}
	waiting chan struct{}
}

func newHasher() *hasher {
	return &hasher{make(chan struct{}, hashersAtOnce), make(chan struct{}, hashersAtOnce+hashersWaiting)}
}

// key runs argon2id (RFC 9106) when it is its turn.
func (h *hasher) key(ctx context.Context, password string, salt []byte, c cost) ([]byte, error) {
	select {
	case h.waiting <- struct{}{}:
		defer func() { <-h.waiting }()
	default:
		return nil, problem.New(problem.Unavailable, "too many people log in at one time").WithHint("try again in a moment")
	}
	select {
	case h.turns <- struct{}{}:
		defer func() { <-h.turns }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	return argon2.IDKey([]byte(password), salt, c.passes, c.memory, c.lanes, hashBytes), nil
}

// cost is what a hash was made with.
type cost struct {
	memory uint32 // KiB
	passes uint32
	lanes  uint8
}

// HashPassword hashes a password, to be stored: the PHC string format with its cost and
// a fresh salt. One that is too short or long is problem.Invalid. It takes some 50 ms
// and 19 MiB, so it belongs outside of transactions.
func (s *Store) HashPassword(ctx context.Context, password string) (string, error) {
	if n := utf8.RuneCountInString(password); n < minPassword || n > maxPassword || !utf8.ValidString(password) {
		return "", problem.New(problem.Invalid, "this is no password to be had").In("password").WithHint("use at least %d characters, and at most %d", minPassword, maxPassword)
	}
	salt := make([]byte, hashSalt)
	_, _ = rand.Read(salt) // never fails
	c := cost{hashMemory, hashPasses, hashLanes}
	key, err := s.hasher.key(ctx, password, salt, c)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.memory, c.passes, c.lanes, b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

// CheckPassword reports whether a password is the one that was hashed. Without a hash the
// answer is no, and takes as long: who asks does not learn whether there is a person.
func (s *Store) CheckPassword(ctx context.Context, hash, password string) (bool, error) {
	c, salt, want, err := parseHash(hash)
	real := err == nil
	if !real {
		c, salt, want = cost{hashMemory, hashPasses, hashLanes}, make([]byte, hashSalt), make([]byte, hashBytes)
	}
	if len(password) > utf8.UTFMax*maxPassword {
		password = "" // no such password was taken, and hashing it would cost what its sender likes
	}
	key, keyErr := s.hasher.key(ctx, password, salt, c)
	if keyErr != nil {
		return false, keyErr
	}
	if hash != "" && !real {
		return false, err
	}
	same := subtle.ConstantTimeCompare(key, want) == 1
	return same && real, nil
}

// parseHash reads what HashPassword wrote, with the cost that it had then.
func parseHash(hash string) (c cost, salt, key []byte, err error) {
	var version int
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return c, nil, nil, fmt.Errorf("the stored hash of a password is not of argon2id")
	}
	if _, err = fmt.Sscanf(parts[2], "v=%d", &version); err == nil {
		_, err = fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.passes, &c.lanes)
	}
	if err == nil {
		salt, err = base64.RawStdEncoding.DecodeString(parts[4])
	}
	if err == nil {
		key, err = base64.RawStdEncoding.DecodeString(parts[5])
	}
	if err != nil {
		return c, nil, nil, fmt.Errorf("the stored hash of a password is damaged: %w", err)
	}
	if version != argon2.Version || c.passes < 1 || c.passes > 100 || c.lanes < 1 || c.memory > 1<<20 || len(key) != hashBytes {
		return c, nil, nil, fmt.Errorf("the stored hash of a password has a cost that this program does not take on")
	}
	return c, salt, key, nil
}
