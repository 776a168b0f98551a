package openpgp

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/problem"
)

func TestGeneratedKeysAreAsAsked(t *testing.T) {
	t.Parallel()
	key := newKey(t, Params{Name: "Example archive", Email: "archive@example.com", Created: day0.Add(time.Millisecond), Expires: days(100)})
	want := Key{
		Fingerprint: key.Fingerprint(),
		KeyID:       key.Fingerprint()[24:],
		UserIDs:     []string{"Example archive <archive@example.com>"},
		Algorithm:   "ed25519",
		Created:     day0,
		Expires:     days(100),
		CanSign:     true,
	}
	if diff := cmp.Diff(want, key.Key()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if key.secret.PubKeyAlgo != packet.PubKeyAlgoEdDSA || key.secret.Version != 4 {
		t.Errorf("algorithm %d, version %d: old gpgv knows 22 and 4 only", key.secret.PubKeyAlgo, key.secret.Version)
	}
}

func TestImpossibleKeysAreRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		params Params
		field  string
	}{
		"no name":            {Params{}, "name"},
		"two lines":          {Params{Name: "a\nb"}, "name"},
		"brackets":           {Params{Name: "a <b>"}, "name"},
		"blank around":       {Params{Name: " a"}, "name"},
		"not UTF-8":          {Params{Name: "\xff"}, "name"},
		"long":               {Params{Name: strings.Repeat("a", 201)}, "name"},
		"no address":         {Params{Email: "example.com"}, "email"},
		"blank in address":   {Params{Email: "a b@example.com"}, "email"},
		"two addresses":      {Params{Email: "a@b@c"}, "email"},
		"algorithm":          {Params{Name: "a", Algorithm: "rsa1024"}, "algorithm"},
		"expired from birth": {Params{Name: "a", Created: day0, Expires: day0}, "expires"},
		"far future":         {Params{Name: "a", Created: day0, Expires: day0.AddDate(150, 0, 0)}, "expires"},
	} {
		_, err := Generate(tc.params)
		if !problem.Is(err, problem.Invalid) || !strings.HasPrefix(err.Error(), tc.field+": ") {
			t.Errorf("%s: got %v, want the field %s named", name, err, tc.field)
		}
	}
}

// A secret key exported to gpg and back signs the same.
func TestSecretKeysTravelToGnuPGAndBack(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []string{Ed25519, RSA2048} {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			key := newKey(t, Params{Algorithm: algorithm})
			for form, data := range map[string][]byte{"binary": must(key.Binary()), "armored": must(key.Armored())} {
				g := newGnuPG(t)
				g.run(data, "--import")
				expect(t, form+": gpg signs", g.clearSign("a\n"), key.Public(), Policy{}, "")
				back, err := ReadSecretKey(g.run(nil, "--export-secret-keys"), nil)
				if err != nil {
					t.Fatal(err)
				}
				at := time.Now()
				ours := must(key.Sign(t.Context(), Text, []byte("a"), at))
				theirs := must(back.Sign(t.Context(), Text, []byte("a"), at))
				if !bytes.Equal(ours, theirs) {
					t.Errorf("%s: the key signs otherwise after the journey", form)
				}
			}
		})
	}
}

func TestPassphrasesUnlockKeys(t *testing.T) {
	t.Parallel()
	g := newGnuPG(t)
	g.run(nil, "--passphrase", "open sesame", "--quick-generate-key", "archive", "ed25519", "sign", "never")
	locked := g.run(nil, "--passphrase", "open sesame", "--armor", "--export-secret-keys")
	for passphrase, says := range map[string]string{
		"open sesame": "",
		"":            "passphrase: the secret key is protected",
		"wrong":       "passphrase: this passphrase does not unlock",
	} {
		key, err := ReadSecretKey(locked, []byte(passphrase))
		switch {
		case says == "" && err != nil:
			t.Errorf("%q: %v", passphrase, err)
		case says == "":
			if _, err := ReadSecretKey(must(key.Binary()), nil); err != nil {
				t.Errorf("the unlocked key is still protected: %v", err)
			}
		case !problem.Is(err, problem.Invalid) || !strings.HasPrefix(err.Error(), says):
			t.Errorf("%q: got %v, want %q", passphrase, err, says)
		}
	}
}

// The primary key can stay offline: only the secret of the signing subkey is read and
// written.
func TestASigningSubkeyIsEnough(t *testing.T) {
	t.Parallel()
	g := newGnuPG(t)
	g.at = day0
	g.run(nil, "--quick-generate-key", "archive", "rsa2048", "cert,sign", "never")
	primary := g.fingerprint("archive")
	g.run(nil, "--quick-add-key", primary, "ed25519", "sign", "never")
	g.at = days(1)
	g.run(nil, "--quick-add-key", primary, "ed25519", "sign", "never")
	g.run(nil, "--quick-add-key", primary, "rsa2048", "encr", "never")
	for form, export := range map[string]string{"whole": "--export-secret-keys", "without primary": "--export-secret-subkeys"} {
		key, err := ReadSecretKey(g.run(nil, export, primary), nil)
		if err != nil {
			t.Fatalf("%s: %v", form, err)
		}
		newest := key.Key().Subkeys[1]
		by := must(VerifyDetached([]byte("a"), must(key.Sign(t.Context(), Binary, []byte("a"), days(2))), g.keyring(), Policy{Now: days(2)}))
		if key.Fingerprint() != primary || by[0].SignedBy != newest.Fingerprint {
			t.Errorf("%s: signed by %s, want the newest subkey %s", form, by[0].SignedBy, newest.Fingerprint)
		}
		other := newGnuPG(t)
		other.run(must(key.Binary()), "--import")
		listed := string(other.run(nil, "--with-colons", "--list-secret-keys"))
		if !strings.Contains(listed, "sec:u:2048:1:"+key.Key().KeyID) && !strings.Contains(listed, "sec:-:2048:1:"+key.Key().KeyID) || !strings.Contains(listed, ":#:") {
			t.Errorf("%s: gpg does not see an absent primary secret:\n%s", form, listed)
		}
		expect(t, form, other.clearSign("a\n"), g.keyring(), Policy{}, "")
	}
}

func TestWhatIsNoSecretKeyIsRefused(t *testing.T) {
	t.Parallel()
	key, other := newKey(t, Params{}), newKey(t, Params{})
	g := newGnuPG(t)
	g.run(nil, "--quick-generate-key", "certifies only", "ed25519", "cert", "never")
	g.run(nil, "--quick-generate-key", "weak", "rsa1024", "sign", "never")
	public := key.public.packets[0]
	absent := joinPackets(append([]*packet.OpaquePacket{absentSecret(public)}, key.public.packets[1:]...))
	for name, data := range map[string][]byte{
		"nothing":        nil,
		"a public key":   key.Public().Binary(),
		"two keys":       append(must(key.Binary()), must(other.Binary())...),
		"no secret":      absent,
		"may not sign":   g.run(nil, "--export-secret-keys", "certifies only"),
		"too weak":       g.run(nil, "--export-secret-keys", "weak"),
		"cut":            must(key.Binary())[:70],
		"not understood": {0xc0 | tagSecretKey, 2, 9, 9},
		"no name":        must(key.Binary())[:0xc0],
	} {
		if _, err := ReadSecretKey(data, nil); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: got %v, want it invalid", name, err)
		}
	}
}

func TestAnExpiredSecretKeyCanStillBeRead(t *testing.T) {
	t.Parallel()
	key := newKey(t, Params{Created: day0, Expires: days(1)})
	back, err := ReadSecretKey(must(key.Binary()), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := back.MaySign(days(2)); !problem.Is(err, problem.Conflict) {
		t.Errorf("got %v", err)
	}
}

// RFC 9580 lets a key demand 2 TiB of memory to unlock it.
func TestUnlockingTakesBoundedMemory(t *testing.T) {
	t.Parallel()
	public := newKey(t, Params{}).public.packets[0].Contents
	for name, tc := range map[string]struct {
		protection string
		allowed    bool
	}{
		"open":                   {"00 0000", true},
		"iterated, SHA-1":        {"fe 09 03 0a 0000000000000000 60 00000000000000000000000000000000 00", true},
		"Argon2 of 64 MiB":       {"fd 09 02 04 00000000000000000000000000000000 03 04 10 00", true},
		"Argon2 of 128 MiB":      {"fd 09 02 04 00000000000000000000000000000000 03 04 11 00", false},
		"Argon2 with 255 passes": {"fd 09 02 04 00000000000000000000000000000000 ff 04 10 00", false},
	} {
		protection := must(hex.DecodeString(strings.ReplaceAll(tc.protection, " ", "")))
		err := checkProtection(append(public[:len(public):len(public)], protection...), public)
		if (err == nil) != tc.allowed || err != nil && !problem.Is(err, problem.TooLarge) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if checkProtection([]byte("something"), public) == nil {
		t.Error("a secret without its public key passes")
	}
}
