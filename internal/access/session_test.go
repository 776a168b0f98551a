package access

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/masterkey"
	"github.com/aptarium/aptarium/internal/problem"
)

// session begins one that is valid for a day.
func (b bundle) session(p Person, keyPair string) Session {
	b.t.Helper()
	s, err := b.OpenSession(p, keyPair, 0)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// whose tells who a session's token belongs to.
func (b bundle) whose(token string) (p Principal, err error) {
	err = b.db.Read(b.t.Context(), func(tx *db.Tx) error {
		p, err = b.AuthenticateSession(b.t.Context(), tx, token)
		return err
	})
	return p, err
}

func TestASessionIsWhoLoggedIn(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		ann := b.person("Ann@Example.org", GlobalAdmin)
		s := b.session(ann, "")
		p, err := b.whose(s.Token)
		if err != nil || p.Name != "ann@example.org" || p.Person != ann.ID || p.Kind != BySession || !p.May(Admin) {
			t.Errorf("%+v, %v", p, err)
		}
		parts := strings.Split(s.Token, ".")
		header, _ := base64.RawURLEncoding.DecodeString(parts[0])
		body, _ := base64.RawURLEncoding.DecodeString(parts[1])
		var claims map[string]any
		if err := json.Unmarshal(body, &claims); err != nil || string(header) != `{"alg":"HS256","typ":"JWT"}` {
			t.Errorf("%s, %v", header, err)
		}
		now := float64(b.clock.Unix())
		want := map[string]any{"exp": now + 24*3600, "iat": now, "sub": "ann@example.org", "acc": "standalone", "id": float64(ann.ID), "gen": 0.0}
		if !maps.Equal(claims, want) {
			t.Errorf("got %v, want %v", claims, want)
		}
	})
}

func TestASessionEnds(t *testing.T) {
	for name, tc := range map[string]struct {
		end  func(b bundle, p Person, pair KeyPair)
		kind problem.Kind
	}{
		"by time": {func(b bundle, _ Person, _ KeyPair) { *b.clock = b.clock.Add(24 * time.Hour) }, problem.Unauthenticated},
		"with a password": {func(b bundle, p Person, _ KeyPair) {
			b.change(p, func(ctx context.Context, tx *db.Tx, p Person) error { return b.SetPassword(ctx, tx, p, "hash") })
		}, problem.Unauthenticated},
		"with the person":  {func(b bundle, p Person, _ KeyPair) { b.change(p, b.DisablePerson) }, problem.Denied},
		"for good":         {func(b bundle, p Person, _ KeyPair) { b.change(p, b.DisablePerson); b.change(p, b.EnablePerson) }, problem.Unauthenticated},
		"with a key pair":  {func(b bundle, _ Person, pair KeyPair) { b.revokePair(pair) }, problem.Unauthenticated},
		"with the key":     {func(b bundle, _ Person, _ KeyPair) { b.master = openMaster(b.t, b.t.TempDir()) }, problem.Unauthenticated},
		"not by a new one": {func(b bundle, p Person, _ KeyPair) { b.session(p, "") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			forStores(t, func(t *testing.T, b bundle) {
				p := b.person("ann@example.org")
				pair, _ := b.keyPair(p)
				s := b.session(p, pair.AccessKey)
				if _, err := b.whose(s.Token); err != nil {
					t.Fatal(err)
				}
				tc.end(b, p, pair)
				if _, err := b.whose(s.Token); tc.kind != "" && !problem.Is(err, tc.kind) || tc.kind == "" && err != nil {
					t.Errorf("got %v, want %s", err, tc.kind)
				}
			})
		})
	}
}

// No token is taken but one that this server signed, with the one algorithm.
func TestSessionsCannotBeForged(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		ann := b.person("ann@example.org")
		good := b.session(ann, "").Token
		parts := strings.Split(good, ".")
		encode := base64.RawURLEncoding.EncodeToString
		none := encode([]byte(`{"alg":"none","typ":"JWT"}`))
		keys, err := b.sessionKeys()
		if err != nil {
			t.Fatal(err)
		}
		signed := func(body string) string {
			text := sessionHeader + "." + encode([]byte(body))
			return text + "." + encode(sign(keys[0], text))
		}
		for name, token := range map[string]string{
			"empty":              "",
			"no signature":       parts[0] + "." + parts[1] + ".",
			"without the dots":   strings.ReplaceAll(good, ".", ""),
			"four parts":         good + ".x",
			"another header":     none + "." + parts[1] + "." + parts[2],
			"no algorithm":       none + "." + parts[1] + ".",
			"other claims":       parts[0] + "." + encode([]byte(`{"exp":99999999999,"id":1,"acc":"standalone"}`)) + "." + parts[2],
			"another server's":   parts[0] + "." + parts[1] + "." + encode(sign(make([]byte, 32), parts[0]+"."+parts[1])),
			"loose base64":       good[:len(good)-1] + string(good[len(good)-1]+1),
			"of another account": signed(`{"exp":99999999999,"id":1,"acc":"other"}`),
			"unknown claims":     signed(`{"exp":99999999999,"id":1,"acc":"standalone","admin":true}`),
			"no claims":          signed(`x`),
			"nobody's":           signed(`{"exp":99999999999,"id":77,"acc":"standalone"}`),
			"long":               signed(`{"sub":"` + strings.Repeat("x", maxSessionChars) + `"}`),
		} {
			if p, err := b.whose(token); !problem.Is(err, problem.Unauthenticated) {
				t.Errorf("%s: %+v, %v", name, p, err)
			}
		}
	})
}

func TestASessionLastsForATimeToBeHad(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		for _, d := range []time.Duration{-time.Hour, time.Millisecond, LongestSession + time.Second} {
			if _, err := b.OpenSession(Person{}, "", d); !problem.Is(err, problem.Invalid) {
				t.Errorf("%s: %v", d, err)
			}
		}
		if !IsSession(b.session(Person{}, "").Token) || IsSession(newSecret()) {
			t.Error("sessions and tokens are not told apart")
		}
	})
}

// A changed master key signs new sessions; those of the old one go on.
func TestSessionsOutliveAChangeOfTheMasterKey(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		dir := t.TempDir()
		b.master = openMaster(t, dir)
		before := b.session(b.person("ann@example.org"), "")
		file, err := os.OpenFile(filepath.Join(dir, masterkey.File), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = file.WriteString("2 " + base64.StdEncoding.EncodeToString(make([]byte, 32)) + "\n")
		if err = errors.Join(err, file.Close()); err != nil {
			t.Fatal(err)
		}
		b.master = openMaster(t, dir)
		after := b.session(b.person("bob@example.org"), "")
		for _, s := range []Session{before, after} {
			if p, err := b.whose(s.Token); err != nil || p.Name != s.Person.Email {
				t.Errorf("%+v, %v", p, err)
			}
		}
	})
}
