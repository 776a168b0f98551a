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

// The cost of a password hash: one pass more than OWASP's password storage cheat sheet
// requires for argon2id (19 MiB, 2 passes, 1 lane).
const (
	hashMemory = 19 << 10 // KiB
	hashPasses = 3
	hashLanes  = 1
	hashSalt   = 16
	hashBytes  = 32
)

// The number of passwords that are hashed at the same time, which limits their memory to
// 38 MiB, and the number of logins that can wait.
const (
	hashersAtOnce  = 2
	hashersWaiting = 32
)

// Limits of a password, in characters.
const (
	minPassword = 8
	maxPassword = 512
)

// hasher hashes passwords, a few at a time.
type hasher struct {
	turns   chan struct{}
	waiting chan struct{}
}

func newHasher() *hasher {
	return &hasher{make(chan struct{}, hashersAtOnce), make(chan struct{}, hashersAtOnce+hashersWaiting)}
}

// key waits for its turn and runs argon2id (RFC 9106).
func (h *hasher) key(ctx context.Context, password string, salt []byte, c cost) ([]byte, error) {
	select {
	case h.waiting <- struct{}{}:
		defer func() { <-h.waiting }()
	default:
		return nil, problem.New(problem.Unavailable, "too many logins at the same time").WithHint("try again in a moment")
	}
	select {
	case h.turns <- struct{}{}:
		defer func() { <-h.turns }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	return argon2.IDKey([]byte(password), salt, c.passes, c.memory, c.lanes, hashBytes), nil
}

// cost is the cost of a hash.
type cost struct {
	memory uint32 // KiB
	passes uint32
	lanes  uint8
}

// HashPassword returns the hash to store for a password, in the PHC string format, with cost
// and a new salt. A too short or long password is problem.Invalid. It takes about 50 ms and
// 19 MiB: call it outside transactions.
func (s *Store) HashPassword(ctx context.Context, password string) (string, error) {
	if n := utf8.RuneCountInString(password); n < minPassword || n > maxPassword || !utf8.ValidString(password) {
		return "", problem.New(problem.Invalid, "this password is not allowed").In("password").WithHint("use at least %d and at most %d characters", minPassword, maxPassword)
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

// CheckPassword reports whether a password has a hash. For an empty hash it takes as long and
// returns false, so that the time does not reveal whether a person exists.
func (s *Store) CheckPassword(ctx context.Context, hash, password string) (bool, error) {
	c, salt, want, err := parseHash(hash)
	real := err == nil
	if !real {
		c, salt, want = cost{hashMemory, hashPasses, hashLanes}, make([]byte, hashSalt), make([]byte, hashBytes)
	}
	if len(password) > utf8.UTFMax*maxPassword {
		password = "" // never accepted, and the sender must not control the cost of hashing it
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

// parseHash parses a hash of HashPassword, with the cost at that time.
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
		return c, nil, nil, fmt.Errorf("the stored hash of a password has a cost that this program does not support")
	}
	return c, salt, key, nil
}
