package access

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

const password = "correct horse battery"

func hash(t *testing.T, s *Store, password string) string {
	t.Helper()
	h, err := s.HashPassword(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestAPasswordIsKeptAsAHash(t *testing.T) {
	t.Parallel()
	s := New(openMaster(t, t.TempDir()), nil)
	first, second := hash(t, s, password), hash(t, s, password)
	if !strings.HasPrefix(first, "$argon2id$v=19$m=19456,t=3,p=1$") || first == second || strings.Contains(first, password) {
		t.Errorf("%s, %s", first, second)
	}
	for _, c := range []struct {
		what, hash, password string
		same                 bool
	}{
		{"the password", first, password, true},
		{"another one", first, password + "x", false},
		{"none", first, "", false},
		{"an endless one", first, strings.Repeat(password, 100_000), false},
		{"of nobody", "", password, false},
		{"nothing of nobody", "", "", false},
		// Of the reference implementation, with another cost.
		{"an older cost", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "password", true},
	} {
		if same, err := s.CheckPassword(t.Context(), c.hash, c.password); same != c.same || err != nil {
			t.Errorf("%s: %v, %v", c.what, same, err)
		}
	}
	for _, damaged := range []string{"x", "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$AA", strings.Replace(first, "m=19456", "m=99999999", 1), strings.Replace(first, "t=3", "t=0", 1),
		strings.Replace(first, "p=1", "p=x", 1), first[:len(first)-4], first + "!", strings.Replace(first, "v=19", "v=18", 1)} {
		if same, err := s.CheckPassword(t.Context(), damaged, password); same || err == nil {
			t.Errorf("%s is taken", damaged)
		}
	}
	for _, bad := range []string{"", "short", strings.Repeat("x", 513), "garbled\xff password"} {
		if _, err := s.HashPassword(t.Context(), bad); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// However many log in at once, few passwords are hashed at one time; who gives up
// waiting, or would have to wait behind too many, is told.
func TestFewPasswordsAreHashedAtOneTime(t *testing.T) {
	t.Parallel()
	h := newHasher()
	for range hashersAtOnce {
		h.turns <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	results := make(chan error)
	for range cap(h.waiting) {
		go func() {
			_, err := h.key(ctx, password, make([]byte, 16), cost{8, 1, 1})
			results <- err
		}()
	}
	for len(h.waiting) < cap(h.waiting) {
		time.Sleep(time.Millisecond)
	}
	if _, err := h.key(ctx, password, make([]byte, 16), cost{8, 1, 1}); !problem.Is(err, problem.Unavailable) {
		t.Errorf("one too many: %v", err)
	}
	cancel()
	for range cap(h.waiting) {
		if err := <-results; err != context.Canceled {
			t.Errorf("%v", err)
		}
	}
	<-h.turns
	if _, err := h.key(t.Context(), password, make([]byte, 16), cost{8, 1, 1}); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

func TestAPersonLogsInByPassword(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		ann := b.person("ann@example.org")
		b.person("none@example.org")
		b.change(ann, func(ctx context.Context, tx *db.Tx, p Person) error {
			return b.SetPassword(ctx, tx, p, hash(t, b.Store, password))
		})
		login := func(email, password string) (Session, error) {
			return b.Login(t.Context(), b.db, email, password, netip.Addr{}, time.Hour)
		}
		s, err := login(" ANN@example.org", password)
		if err != nil || s.Person.Email != ann.Email || !s.ExpiresAt.Equal(b.clock.Add(time.Hour)) {
			t.Errorf("%+v, %v", s, err)
		}
		var refusals []string
		for _, c := range [][2]string{{"ann@example.org", "wrong horse"}, {"eve@example.org", password}, {"none@example.org", password}, {"none@example.org", ""}, {"", ""}} {
			_, err := login(c[0], c[1])
			if problem.ReasonOf(err) != InvalidCredentials {
				t.Errorf("%v: %v", c, err)
			}
			refusals = append(refusals, err.Error())
		}
		for _, r := range refusals {
			if r != refusals[0] {
				t.Errorf("who guesses learns something: %q, %q", r, refusals[0])
			}
		}
		b.change(ann, b.DisablePerson)
		if _, err := login("ann@example.org", password); !problem.Is(err, problem.Denied) {
			t.Errorf("disabled: %v", err)
		}
	})
}

// After some wrong guesses the next ones must wait, longer and longer, but never long,
// for one mail address and for one network address.
func TestGuessesMustWait(t *testing.T) {
	t.Parallel()
	a, now := newAttempts(), time.Unix(0, 0)
	for range freeAttempts {
		if err := a.check(now, "ann"); err != nil {
			t.Fatal(err)
		}
		a.failed(now, "ann", "192.0.2.1")
	}
	for _, key := range []string{"ann", "192.0.2.1"} {
		if err := a.check(now, "other", key); !problem.Is(err, problem.Unavailable) {
			t.Errorf("%s: %v", key, err)
		}
	}
	if err := a.check(now, "bob", "192.0.2.2"); err != nil {
		t.Errorf("others must wait too: %v", err)
	}
	var waits []time.Duration
	for range 10 {
		wait := a.wrong["ann"].wait()
		waits = append(waits, wait)
		if err := a.check(now.Add(wait-1), "ann"); err == nil {
			t.Errorf("a guess before %s is let through", wait)
		}
		now = now.Add(wait)
		if err := a.check(now, "ann"); err != nil {
			t.Errorf("after %s: %v", wait, err)
		}
		a.failed(now, "ann")
	}
	if waits[0] != firstWait || waits[1] != 2*firstWait || waits[9] != longestWait {
		t.Errorf("%v", waits)
	}
	a.succeeded("ann")
	if err := a.check(now, "ann"); err != nil {
		t.Errorf("after the right one: %v", err)
	}
	now = now.Add(forgetAfter + time.Second)
	a.failed(now, "192.0.2.1")
	if a.wrong["192.0.2.1"].count != 1 {
		t.Error("what is long ago counts")
	}
}

func TestOnlySoManyGuessersAreRemembered(t *testing.T) {
	t.Parallel()
	a, now := newAttempts(), time.Unix(0, 0)
	for i := range maxTracked + 10 {
		a.failed(now.Add(time.Duration(i)*time.Millisecond), string(rune(i+1000)))
	}
	if len(a.wrong) != maxTracked || a.wrong[string(rune(1000))] != nil {
		t.Errorf("%d are remembered", len(a.wrong))
	}
	a.failed(now.Add(time.Hour), "late")
	if len(a.wrong) != 1 {
		t.Errorf("%d are remembered after an hour", len(a.wrong))
	}
}
