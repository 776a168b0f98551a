package access

import (
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/problem"
)

// FuzzSession looks for a token that is taken and that this server did not sign.
func FuzzSession(f *testing.F) {
	s := New(openMaster(f, f.TempDir()), func() time.Time { return time.Unix(1_800_000_000, 0) })
	good, err := s.OpenSession(Person{ID: 1, Email: "ann@example.org"}, "KEY", time.Hour)
	if err != nil {
		f.Fatal(err)
	}
	parts := strings.Split(good.Token, ".")
	for _, seed := range []string{good.Token, "", "..", parts[0] + "..", parts[0] + "." + parts[1] + ".", good.Token + ".", sessionHeader + ".e30." + parts[2]} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		c, err := s.verify(token)
		if token == good.Token {
			if err != nil || c.Person != 1 || c.KeyPair != "KEY" {
				t.Errorf("%+v, %v", c, err)
			}
			return
		}
		if !problem.Is(err, problem.Unauthenticated) {
			t.Errorf("%q: %+v, %v", token, c, err)
		}
	})
}

// FuzzStoredHash looks for a hash whose cost this program would take on and should not.
func FuzzStoredHash(f *testing.F) {
	for _, seed := range []string{
		"", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "$argon2id$v=19$m=-1,t=2,p=1$$",
		"$argon2id$v=19$m=99999999999,t=2,p=999$c29tZXNhbHQ$AA", "$$$$$",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, hash string) {
		c, _, key, err := parseHash(hash)
		if err == nil && (c.memory > 1<<20 || c.passes < 1 || c.passes > 100 || c.lanes < 1 || len(key) != hashBytes) {
			t.Errorf("%q: %+v", hash, c)
		}
	})
}
