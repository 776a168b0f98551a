package openpgp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/internal/problem"
)

// release returns a text like a Release file of exactly length bytes.
func release(length int) []byte {
	const sample = "Origin: Example\n-dashed\n\nSuite: stable\n From here\n- twice\n--- thrice\n-----BEGIN PGP SIGNATURE-----\nü\n"
	text := []byte(strings.Repeat(sample, length/len(sample)+1)[:length])
	// The text must not end with a blank.
	if n := len(text); n > 0 && text[n-1] == ' ' {
		text[n-1] = '.'
	}
	return text
}

// GnuPG before 2.4.6 fails on signatures of some lengths if the armor lacks its checksum.
// The length depends on key and text: so every kind of key signs many texts.
func TestGpgvAcceptsWhatEveryKindOfKeySigns(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []string{Ed25519, RSA2048, RSA3072, RSA4096} {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			key := newKey(t, Params{Algorithm: algorithm})
			dir, keyring, now := t.TempDir(), key.Public().Binary(), time.Now()
			for length := range 44 {
				text := release(length * 5)
				signed, err := ClearSign(t.Context(), text, now, key)
				if err != nil {
					t.Fatal(err)
				}
				if err := gpgv(t, dir, keyring, signed); err != nil {
					t.Errorf("gpgv refuses a clear-signed text of %d bytes: %v", len(text), err)
				}
				signature, err := DetachSign(t.Context(), text, now, key)
				if err != nil {
					t.Fatal(err)
				}
				if err := gpgv(t, dir, keyring, signature, text); err != nil {
					t.Errorf("gpgv refuses a detached signature over %d bytes: %v", len(text), err)
				}
			}
		})
	}
}

func TestSeveralKeysSignOneBlock(t *testing.T) {
	t.Parallel()
	old, next := newKey(t, Params{Algorithm: RSA2048}), newKey(t, Params{})
	text := []byte("Suite: stable\n")
	signed, err := ClearSign(t.Context(), text, time.Now(), old, next)
	if err != nil {
		t.Fatal(err)
	}
	both := Merge(old.Public(), next.Public())
	plain, by, err := VerifyClearSigned(signed, both, Policy{})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(plain, text) || len(by) != 2 || by[0].Fingerprint != old.Fingerprint() || by[1].Fingerprint != next.Fingerprint() {
		t.Errorf("got %q signed by %+v, want both keys in order", plain, by)
	}
	for name, keyring := range map[string]*Keyring{"old": old.Public(), "new": next.Public()} {
		if _, by, err := VerifyClearSigned(signed, keyring, Policy{}); err != nil || len(by) != 1 {
			t.Errorf("clients that know only the %s key: %d signatures, %v", name, len(by), err)
		}
	}
	if err := gpgv(t, t.TempDir(), both.Binary(), signed); err != nil {
		t.Errorf("gpgv: %v", err)
	}
}

func TestSigningIsReproducible(t *testing.T) {
	t.Parallel()
	at := time.Now()
	for _, algorithm := range []string{Ed25519, RSA2048} {
		key := newKey(t, Params{Algorithm: algorithm})
		first, err := ClearSign(t.Context(), []byte("a\n"), at, key)
		if err != nil {
			t.Fatal(err)
		}
		second, _ := ClearSign(t.Context(), []byte("a\n"), at, key)
		if !bytes.Equal(first, second) {
			t.Errorf("%s: two signatures of one text at one time differ", algorithm)
		}
	}
}

func TestTextsThatCannotBeClearSignedAreRefused(t *testing.T) {
	t.Parallel()
	key := newKey(t, Params{})
	for text, line := range map[string]int{"a \n": 1, "a\nb\t": 2, "a\r\n": 1, "a\nb\rc\n": 2, "\x00": 1} {
		_, err := ClearSign(t.Context(), []byte(text), time.Now(), key)
		if !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), fmt.Sprintf("line %d ", line)) {
			t.Errorf("%q: got %v, want it refused with line %d named", text, err, line)
		}
	}
}

func TestSignersMustBeGivenAndBeFew(t *testing.T) {
	t.Parallel()
	key := newKey(t, Params{})
	many := make([]Signer, maxSignatures+1)
	for i := range many {
		many[i] = key
	}
	for _, signers := range [][]Signer{nil, many} {
		if _, err := DetachSign(t.Context(), nil, time.Now(), signers...); !problem.Is(err, problem.Invalid) {
			t.Errorf("%d signers: got %v", len(signers), err)
		}
	}
}

func TestExpiredKeysDoNotSign(t *testing.T) {
	t.Parallel()
	made := time.Now().Add(-48 * time.Hour)
	key := newKey(t, Params{Created: made, Expires: made.Add(24 * time.Hour)})
	if err := key.MaySign(made.Add(time.Hour)); err != nil {
		t.Errorf("while it is valid: %v", err)
	}
	_, err := DetachSign(t.Context(), []byte("a"), time.Now(), key)
	if !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "expired on") {
		t.Errorf("afterwards: got %v, want a conflict that says it expired", err)
	}
	if key.MaySign(made.Add(-time.Hour)) == nil {
		t.Error("a key signs before it was made")
	}
}

func TestSigningEndsWithItsContext(t *testing.T) {
	t.Parallel()
	key := newKey(t, Params{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ClearSign(ctx, []byte("a\n"), time.Now(), key); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if _, err := key.Sign(ctx, Binary, nil, time.Now()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

// elsewhere is a signer outside this package, such as one in a hardware token.
type elsewhere struct {
	fingerprint string
	sign        func(form Form, data []byte) ([]byte, error)
}

func (e elsewhere) Fingerprint() string { return e.fingerprint }

func (e elsewhere) Sign(_ context.Context, form Form, data []byte, _ time.Time) ([]byte, error) {
	return e.sign(form, data)
}

// gpg itself can implement the contract of Signer.
func TestAnExternalSignerJoins(t *testing.T) {
	t.Parallel()
	g := newGnuPG(t)
	external := elsewhere{g.key("external", "ed25519", "never"), func(form Form, data []byte) ([]byte, error) {
		args := []string{"--detach-sign", "--digest-algo", "SHA256", "--local-user", "external"}
		if form == Text {
			args = append(args, "--textmode")
		}
		return g.run(data, args...), nil
	}}
	own := newKey(t, Params{})
	keyring := Merge(own.Public(), g.keyring())
	text := []byte("Suite: stable\n\n- dash\n")
	signed, err := ClearSign(t.Context(), text, time.Now(), own, external)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(signed, []byte("\nHash: SHA512,SHA256\n")) {
		t.Errorf("both hashes must be named:\n%s", signed)
	}
	plain, by, err := VerifyClearSigned(signed, keyring, Policy{})
	if err != nil || len(by) != 2 || !bytes.Equal(plain, text) {
		t.Errorf("clear-signed: %+v, %v", by, err)
	}
	if err := gpgv(t, t.TempDir(), keyring.Binary(), signed); err != nil {
		t.Errorf("gpgv: %v", err)
	}
	detached, err := DetachSign(t.Context(), text, time.Now(), own, external)
	if err != nil {
		t.Fatal(err)
	}
	if by, err := VerifyDetached(text, detached, keyring, Policy{}); err != nil || len(by) != 2 {
		t.Errorf("detached: %+v, %v", by, err)
	}
}

func TestWhatASignerGivesIsChecked(t *testing.T) {
	t.Parallel()
	for name, gives := range map[string][]byte{
		"nothing":          nil,
		"not OpenPGP":      []byte("hello"),
		"not a signature":  newKey(t, Params{}).Public().Binary(),
		"too much of them": bytes.Repeat([]byte{0xc2, 0}, maxSignatures+1),
	} {
		bad := elsewhere{"ABCD", func(Form, []byte) ([]byte, error) { return gives, nil }}
		if _, err := DetachSign(t.Context(), nil, time.Now(), bad); err == nil || !problem.Is(err, problem.Internal) {
			t.Errorf("%s: got %v, want an internal error", name, err)
		}
	}
	locked := errors.New("the token is locked")
	failing := elsewhere{"ABCD", func(Form, []byte) ([]byte, error) { return nil, locked }}
	if _, err := DetachSign(t.Context(), nil, time.Now(), failing); !errors.Is(err, locked) {
		t.Errorf("a signer that fails: got %v", err)
	}
}

func TestWhatIsSignedIsWhatIsVerified(t *testing.T) {
	t.Parallel()
	key := newKey(t, Params{})
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`(?s)(-{0,5}[ -~ü]{0,20}[!-~])?(\n(-{0,5}[\t -~]{0,20}[!-~])?){0,12}`).Draw(t, "text")
		signed, err := ClearSign(context.Background(), []byte(text), time.Now(), key)
		if err != nil {
			t.Fatal(err)
		}
		plain, _, err := VerifyClearSigned(signed, key.Public(), Policy{})
		if err != nil {
			t.Fatal(err)
		}
		want := text
		if want != "" && !strings.HasSuffix(want, "\n") {
			want += "\n"
		}
		if string(plain) != want {
			t.Fatalf("got %q, want %q", plain, want)
		}
	})
}
