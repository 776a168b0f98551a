package openpgp

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/problem"
)

// day0 is the creation time of the keys in these tests, and gpg's faked time.
var day0 = time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)

func days(n float64) time.Time { return day0.Add(time.Duration(n * 24 * float64(time.Hour))) }

// expect verifies a text under a policy: it must be good if says is empty, else refused
// with that text.
func expect(t *testing.T, what string, signed []byte, keyring *Keyring, policy Policy, says string) {
	t.Helper()
	_, _, err := VerifyClearSigned(signed, keyring, policy)
	if says == "" && err != nil {
		t.Errorf("%s: got %v, want it good", what, err)
	}
	if says != "" && (!problem.Is(err, problem.Untrusted) || !strings.Contains(err.Error(), says)) {
		t.Errorf("%s: got %v, want it untrusted: %q", what, err, says)
	}
}

func TestKeysThatGnuPGMakesAreGood(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []string{"rsa2048", "rsa3072", "ed25519", "nistp256", "nistp384", "nistp521", "brainpoolP256r1"} {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			g := newGnuPG(t)
			fingerprint := g.key("archive", algorithm, "2y")
			keyring := g.keyring()
			if key := keyring.Keys()[0]; key.Fingerprint != fingerprint || key.Algorithm != algorithm || !key.CanSign || key.Expires.IsZero() ||
				key.KeyID != fingerprint[24:] || fmt.Sprint(key.UserIDs) != "[archive]" {
				t.Errorf("got %+v", key)
			}
			for length := range 6 {
				signed := g.clearSign(string(release(length * 31)))
				expect(t, fmt.Sprint(length), signed, keyring, Policy{}, "")
			}
			data := []byte("one\ntwo\r\nthree")
			for _, args := range [][]string{{"--armor"}, {}, {"--textmode"}, {"--digest-algo", "SHA512"}} {
				signature := g.run(data, append([]string{"--detach-sign"}, args...)...)
				if by, err := VerifyDetached(data, signature, keyring, Policy{}); err != nil || by[0].Fingerprint != fingerprint {
					t.Errorf("detached %v: %+v, %v", args, by, err)
				}
			}
		})
	}
}

// Debian's archive keys sign with a subkey.
func TestASigningSubkeyServesItsPrimaryKey(t *testing.T) {
	t.Parallel()
	g := newGnuPG(t)
	g.at = day0
	g.run(nil, "--quick-generate-key", "archive", "rsa2048", "cert", "never")
	primary := g.fingerprint("archive")
	g.run(nil, "--quick-add-key", primary, "ed25519", "sign", "10d")
	g.run(nil, "--quick-add-key", primary, "cv25519", "encr", "never")
	signed := g.clearSign("a\n")
	keyring := g.keyring()
	key := keyring.Keys()[0]
	if len(key.Subkeys) != 2 || key.CanSign || !key.Subkeys[0].CanSign || key.Subkeys[0].Algorithm != "ed25519" || key.Subkeys[1].CanSign || key.Subkeys[1].Algorithm != "cv25519" {
		t.Fatalf("got %+v", key)
	}
	if !key.Subkeys[0].Expires.Equal(days(10)) || !key.Expires.IsZero() {
		t.Errorf("got expiries %v and %v", key.Subkeys[0].Expires, key.Expires)
	}
	_, by, err := VerifyClearSigned(signed, keyring, Policy{Now: days(1)})
	if err != nil {
		t.Fatal(err)
	}
	if by[0].Fingerprint != primary || by[0].SignedBy != key.Subkeys[0].Fingerprint {
		t.Errorf("got %+v", by[0])
	}
	expect(t, "after the subkey expired", signed, keyring, Policy{Now: days(11)}, "expired on 2024-03-11")
	expect(t, "in an archive", signed, keyring, Policy{Now: days(11), AcceptExpiredKeys: true}, "")
	// "revkey" of the first subkey, for no reason given.
	g.at = days(2)
	g.run([]byte("key 1\nrevkey\ny\n0\n\ny\nsave\n"), "--command-fd", "0", "--edit-key", primary)
	expect(t, "revoked", signed, g.keyring(), Policy{Now: days(3)}, "was revoked on 2024-03-03")
	expect(t, "revoked for an unknown reason", signed, g.keyring(), Policy{Now: days(3), AcceptExpiredKeys: true}, "was revoked")
}

func TestExpiryOfKeysIsJudgedTwice(t *testing.T) {
	t.Parallel()
	g := newGnuPG(t)
	g.at = day0
	key := g.key("archive", "ed25519", "10d")
	signed := g.clearSign("a\n")
	keyring := g.keyring()
	expect(t, "while valid", signed, keyring, Policy{Now: days(9)}, "")
	expect(t, "expired since", signed, keyring, Policy{Now: days(10)}, "expired on 2024-03-11")
	expect(t, "expired since, in an archive", signed, keyring, Policy{Now: days(1000), AcceptExpiredKeys: true}, "")
	expect(t, "before it was made, by a clock that is a little slow", signed, keyring, Policy{Now: days(-0.5)}, "")
	expect(t, "before it was made", signed, keyring, Policy{Now: days(-2)}, "future")

	// The owner extends the key: its earlier signatures are good again, also with a
	// keyring that has only the newest self-signature.
	g.at = days(8)
	g.run(nil, "--quick-set-expire", key, "30d")
	renewed := mustReadKeys(t, g.run(nil, "--export-options", "export-minimal", "--export"))
	if got := renewed.Keys()[0].Expires; !got.Equal(days(38)) {
		t.Errorf("renewed to %v, want %v", got, days(38))
	}
	expect(t, "renewed", signed, renewed, Policy{Now: days(20)}, "")

	// Signing with a faked clock after the first expiry.
	g.at = days(20)
	late := g.clearSign("a\n")
	expect(t, "signed when expired", late, keyring, Policy{Now: days(20)}, "expired on")
	expect(t, "signed when expired, in an archive", late, keyring, Policy{Now: days(20), AcceptExpiredKeys: true}, "expired on")
	expect(t, "signed when renewed", late, renewed, Policy{Now: days(20)}, "")
}

func TestRevokedKeysAreRefused(t *testing.T) {
	t.Parallel()
	for reason, tc := range map[string]struct {
		answer  string
		archive string // what an archive's policy says of signatures made before
	}{
		"none":        {"0", "was revoked on"},
		"compromised": {"1", "was revoked on"},
		"superseded":  {"2", ""},
		"retired":     {"3", ""},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			g := newGnuPG(t)
			g.at = day0
			key := g.key("archive", "ed25519", "never")
			before := g.clearSign("a\n")
			ours := g.run(nil, "--export-secret-keys", key)
			g.at = days(5)
			g.run([]byte("revkey\ny\n"+tc.answer+"\n\ny\nsave\n"), "--command-fd", "0", "--edit-key", key)
			keyring := g.keyring()
			if !keyring.Keys()[0].Revoked {
				t.Error("not shown as revoked")
			}
			after, err := ClearSign(t.Context(), []byte("a\n"), days(6), must(ReadSecretKey(ours, nil)))
			if err != nil {
				t.Fatal(err)
			}
			archive := Policy{Now: days(7), AcceptExpiredKeys: true}
			expect(t, "signed before", before, keyring, Policy{Now: days(7)}, "was revoked on 2024-03-06")
			expect(t, "signed before, in an archive", before, keyring, archive, tc.archive)
			expect(t, "signed after, in an archive", after, keyring, archive, "was revoked on")
		})
	}
}

func TestWeakKeysAndHashesAreRefused(t *testing.T) {
	t.Parallel()
	for algorithm, says := range map[string]string{"rsa1024": "rsa1024 is shorter", "dsa2048": "DSA is no longer trusted"} {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			g := newGnuPG(t)
			g.key("archive", algorithm, "never")
			keyring := g.keyring()
			if key := keyring.Keys()[0]; key.CanSign || key.Weakness == "" || key.Algorithm != algorithm {
				t.Errorf("got %+v", key)
			}
			expect(t, algorithm, g.clearSign("a\n", "archive"), keyring, Policy{}, says)
		})
	}
	t.Run("hash", func(t *testing.T) {
		t.Parallel()
		g := newGnuPG(t)
		g.key("archive", "rsa2048", "never")
		for _, hash := range []string{"SHA1", "SHA224"} {
			signed := g.run([]byte("a\n"), "--clear-sign", "--digest-algo", hash)
			expect(t, hash, signed, g.keyring(), Policy{}, "uses "+hash)
		}
		for _, hash := range []string{"SHA256", "SHA384", "SHA512"} {
			expect(t, hash, g.run([]byte("a\n"), "--clear-sign", "--digest-algo", hash), g.keyring(), Policy{}, "")
		}
	})
}

func TestTimesOfSignaturesAreJudged(t *testing.T) {
	t.Parallel()
	g := newGnuPG(t)
	g.at = day0
	g.key("archive", "ed25519", "never")
	signed := g.run([]byte("a\n"), "--clear-sign", "--default-sig-expire", "5d")
	keyring := g.keyring()
	expect(t, "while it lasts", signed, keyring, Policy{Now: days(4)}, "")
	expect(t, "afterwards", signed, keyring, Policy{Now: days(5)}, "expired on 2024-03-06")
	expect(t, "from a clock ahead", signed, keyring, Policy{Now: days(-0.9)}, "")
	expect(t, "from the future", signed, keyring, Policy{Now: days(-1.1)}, "dated in the future, 2024-03-01")
	notation := g.run([]byte("a\n"), "--clear-sign", "--sig-notation", "!meaning@example.com=x")
	expect(t, "with a critical notation", notation, keyring, Policy{Now: days(1)}, "unknown notation")
}

// Of several reasons the error reports the most important.
func TestTheMostTellingReasonIsTold(t *testing.T) {
	t.Parallel()
	stranger := newKey(t, Params{Created: day0})
	expired := newKey(t, Params{Created: day0, Expires: days(5)})
	signed, err := ClearSign(t.Context(), []byte("a\n"), days(1), stranger, expired)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "unknown and expired", signed, expired.Public(), Policy{Now: days(9)}, "expired on 2024-03-06")
	changed := []byte(strings.Replace(string(signed), "\na\n", "\nb\n", 1))
	both := Merge(stranger.Public(), expired.Public())
	expect(t, "expired and not matching", changed, both, Policy{Now: days(9)}, "does not match")
}

// A key must not vouch for texts from before its creation.
func TestSignaturesOlderThanTheirKeyAreRefused(t *testing.T) {
	t.Parallel()
	key := newKey(t, Params{Created: day0})
	sig := newSignature(1, &key.secret.PublicKey, days(-3))
	h := sig.Hash.New()
	h.Write([]byte("a"))
	if err := sig.Sign(h, key.secret, signingConfig()); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := sig.Serialize(&out); err != nil {
		t.Fatal(err)
	}
	if _, err := VerifyDetached([]byte("a"), []byte(out.String()), key.Public(), Policy{Now: days(1)}); err == nil || !strings.Contains(err.Error(), "older than its key") {
		t.Errorf("got %v", err)
	}
}
