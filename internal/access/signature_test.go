package access

import (
	"context"
	"encoding/base64"
	"regexp"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// request is a signed request of now.
func (b bundle) request(accessKey, secret, text string) SignedRequest {
	return SignedRequest{AccessKey: accessKey, StringToSign: text, Signature: sign([]byte(secret), text), At: *b.clock}
}

// verify checks a signature and spends it.
func (b bundle) verifySignature(r SignedRequest) (pair KeyPair, err error) {
	err = b.try(func(ctx context.Context, tx *db.Tx) error {
		if pair, err = b.CheckSignature(ctx, tx, r); err != nil || r.ReadOnly {
			return err
		}
		return b.SpendSignature(ctx, tx, r)
	})
	return pair, err
}

func TestKeyPairsHaveTheFormThatProgramsKnow(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		ann := b.person("ann@example.org")
		seen := map[string]bool{}
		for range 20 {
			pair, secret := b.keyPair(ann)
			if !regexp.MustCompile(`^[A-Z0-9]{20}$`).MatchString(pair.AccessKey) || !regexp.MustCompile(`^[A-Za-z0-9]{40}$`).MatchString(secret) {
				t.Errorf("%q, %q", pair.AccessKey, secret)
			}
			if seen[pair.AccessKey] || seen[secret] {
				t.Error("a key is there twice")
			}
			seen[pair.AccessKey], seen[secret] = true, true
		}
		if text := randomText(100_000, "ab"); len(regexp.MustCompile("a").FindAllString(text, -1)) < 48_000 {
			t.Error("characters are not equally likely")
		}
	})
}

// The vector is that of a program that signs with the key pair.
func TestASignatureIsCheckedWithTheSecretKey(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		const text = "GET\nlandscape.example.com\n/api/\naccess_key_id=0GS7553JW74RRM612K02&action=GetComputers&signature_method=HmacSHA256&signature_version=2&timestamp=2011-08-18T08%3A07%3A00Z&version=2011-08-01"
		ann := b.person("ann@example.org")
		sealed, err := b.master.Seal(ownerOf("0GS7553JW74RRM612K02"), []byte("s3cr3t/Key+40chars"))
		if err != nil {
			t.Fatal(err)
		}
		b.do(func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO key_pair (id, access_key, person_id, secret, created_at, last_used_at, revoked_at) VALUES (1, '0GS7553JW74RRM612K02', $1, $2, 0, 0, 0)`, ann.ID, sealed)
			return err
		})
		*b.clock = time.Date(2011, 8, 18, 8, 7, 0, 0, time.UTC)
		signature, _ := base64.StdEncoding.DecodeString("JDPOlP1NOQR9bqcBhAG7uK+5Zafz87Q0l+Al2IWA+6A=")
		pair, err := b.verifySignature(SignedRequest{AccessKey: "0GS7553JW74RRM612K02", StringToSign: text, Signature: signature, At: *b.clock})
		if err != nil || pair.Email != "ann@example.org" || pair.Person != ann.ID {
			t.Errorf("%+v, %v", pair, err)
		}
	})
}

func TestWhatIsNotSignedSoIsRefused(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		pair, secret := b.keyPair(b.person("ann@example.org"))
		other, _ := b.keyPair(b.person("bob@example.org"))
		revoked, revokedSecret := b.keyPair(b.person("eve@example.org"))
		b.revokePair(revoked)
		good := func(change func(*SignedRequest)) SignedRequest {
			r := b.request(pair.AccessKey, secret, "text")
			change(&r)
			return r
		}
		if _, err := b.verifySignature(good(func(*SignedRequest) {})); err != nil {
			t.Fatal(err)
		}
		for name, tc := range map[string]struct {
			request SignedRequest
			code    problem.Reason
		}{
			"another text":       {good(func(r *SignedRequest) { r.StringToSign = "Text" }), WrongSignature},
			"another secret":     {b.request(pair.AccessKey, secret+"x", "text"), WrongSignature},
			"another key pair":   {good(func(r *SignedRequest) { r.AccessKey = other.AccessKey }), WrongSignature},
			"no signature":       {good(func(r *SignedRequest) { r.Signature = nil }), WrongSignature},
			"half a signature":   {good(func(r *SignedRequest) { r.Signature = r.Signature[:16] }), WrongSignature},
			"an unknown key":     {b.request("AAAAAAAAAAAAAAAAAAAA", secret, "text"), WrongSignature},
			"no key":             {b.request("", string(make([]byte, secretKeyChars)), "text"), WrongSignature},
			"a revoked key pair": {b.request(revoked.AccessKey, revokedSecret, "text"), WrongSignature},
			"too old":            {good(func(r *SignedRequest) { r.At = r.At.Add(-SignatureWindow - time.Second) }), Unrecognised},
			"of times to come":   {good(func(r *SignedRequest) { r.At = r.At.Add(SignatureWindow + time.Second) }), Unrecognised},
			"again":              {good(func(*SignedRequest) {}), Unrecognised},
		} {
			if _, err := b.verifySignature(tc.request); !problem.Is(err, problem.Unauthenticated) || problem.ReasonOf(err) != tc.code {
				t.Errorf("%s: got %v with the code %q", name, err, problem.ReasonOf(err))
			}
		}
	})
}

// A change is carried out once for as long as its signature is let through; to read
// again is no harm.
func TestASignatureIsGoodForOneChange(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		pair, secret := b.keyPair(b.person("ann@example.org"))
		change := b.request(pair.AccessKey, secret, "change")
		change.At = change.At.Add(SignatureWindow) // a clock that is ahead
		read := b.request(pair.AccessKey, secret, "read")
		read.ReadOnly = true
		for range 3 {
			if _, err := b.verifySignature(read); err != nil {
				t.Error(err)
			}
		}
		if _, err := b.verifySignature(change); err != nil {
			t.Fatal(err)
		}
		for range 6 {
			if _, err := b.verifySignature(change); !problem.Is(err, problem.Unauthenticated) {
				t.Errorf("again at %s: %v", b.clock, err)
			}
			*b.clock = b.clock.Add(SignatureWindow / 2)
		}
		if _, err := b.verifySignature(b.request(pair.AccessKey, secret, "another")); err != nil {
			t.Error(err)
		}
		b.do(func(ctx context.Context, tx *db.Tx) error {
			kept, err := db.One(ctx, tx, db.Value[int], `SELECT COUNT(*) FROM spent_signature`)
			if kept != 1 {
				t.Errorf("%d signatures are kept", kept)
			}
			return err
		})
	})
}

func TestSecretKeysAreNotInTheDatabase(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		ann := b.person("ann@example.org")
		pair, secret := b.keyPair(ann)
		b.do(func(ctx context.Context, tx *db.Tx) error {
			found, err := db.One(ctx, tx, db.Value[int], `SELECT COUNT(*) FROM key_pair WHERE instr(secret, $1) > 0`, []byte(secret[:8]))
			if found != 0 {
				t.Error("the secret key is there for all to read")
			}
			return err
		})
		login := func(accessKey, secretKey string) (s Session, err error) {
			err = b.db.Read(t.Context(), func(tx *db.Tx) error {
				s, err = b.LoginWithKeyPair(t.Context(), tx, accessKey, secretKey, time.Hour)
				return err
			})
			return s, err
		}
		s, err := login(pair.AccessKey, secret)
		if err != nil || s.Person.Email != "ann@example.org" || s.KeyPair != pair.AccessKey {
			t.Errorf("%+v, %v", s, err)
		}
		for name, keys := range map[string][2]string{"wrong secret": {pair.AccessKey, secret[1:] + "x"}, "no such key": {"B", secret}, "nothing": {}} {
			if _, err := login(keys[0], keys[1]); problem.ReasonOf(err) != InvalidCredentials {
				t.Errorf("%s: %v", name, err)
			}
		}
		b.change(ann, b.DisablePerson)
		if _, err := login(pair.AccessKey, secret); !problem.Is(err, problem.Denied) {
			t.Errorf("disabled: %v", err)
		}
		if _, err := login(pair.AccessKey, "x"); !problem.Is(err, problem.Unauthenticated) {
			t.Errorf("that the person is disabled is told to anybody: %v", err)
		}
	})
}

func TestAReturnedSignatureMayBeSpentAgain(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		pair, secret := b.keyPair(b.person("ann@example.org"))
		r := b.request(pair.AccessKey, secret, "POST\nexample.org\n/api/\na=b")
		for range 2 {
			if _, err := b.verifySignature(r); err != nil {
				t.Fatal(err)
			}
			if _, err := b.verifySignature(r); !problem.Is(err, problem.Unauthenticated) {
				t.Errorf("it is spent twice: %v", err)
			}
			b.do(func(ctx context.Context, tx *db.Tx) error { return b.ReturnSignature(ctx, tx, r) })
		}
	})
}
