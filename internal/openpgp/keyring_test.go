package openpgp

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/problem"
)

func fingerprints(keyring *Keyring) (all []string) {
	for _, key := range keyring.Keys() {
		all = append(all, key.Fingerprint)
	}
	return all
}

// Every keyring that Debian installs lists the same keys as gpg sees in it.
func TestDebiansKeyringsReadAsGnuPGReadsThem(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("/usr/share/keyrings/debian-archive-*.gpg")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no keyrings: apt-get install debian-archive-keyring (%v)", err)
	}
	g := newGnuPG(t)
	for _, path := range paths {
		if strings.Contains(path, "removed-keys") {
			continue // has keys of version 3
		}
		var theirs []string
		primary := false
		for line := range strings.Lines(string(g.run(nil, "--with-colons", "--show-keys", path))) {
			switch fields := strings.Split(line, ":"); {
			case fields[0] == "pub":
				primary = true
			case fields[0] == "fpr" && primary:
				theirs, primary = append(theirs, fields[9]), false
			}
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(theirs, fingerprints(mustReadKeys(t, data))); diff != "" {
			t.Errorf("%s (-gpg +ours):\n%s", path, diff)
		}
	}
}

func TestKeyringsComeInManyForms(t *testing.T) {
	t.Parallel()
	a, b := newKey(t, Params{Name: "A"}), newKey(t, Params{Name: "B"})
	armoredA, armoredB := must(a.Public().Armored()), must(b.Public().Armored())
	unknown := []byte{0xc0 | tagPublicKey, 6, 6, 0, 0, 0, 0, 27} // a key of version 6, cut short
	for name, tc := range map[string]struct {
		data []byte
		want []string
	}{
		"binary":                {a.Public().Binary(), []string{a.Fingerprint()}},
		"two binary":            {slices.Concat(a.Public().Binary(), b.Public().Binary()), []string{a.Fingerprint(), b.Fingerprint()}},
		"twice the same":        {slices.Concat(a.Public().Binary(), a.Public().Binary()), []string{a.Fingerprint()}},
		"armored":               {armoredA, []string{a.Fingerprint()}},
		"two blocks, text":      {slices.Concat([]byte("The keys:\n\n"), armoredA, []byte("and\n"), armoredB, []byte("done")), []string{a.Fingerprint(), b.Fingerprint()}},
		"CRLF":                  {bytes.ReplaceAll(armoredA, []byte("\n"), []byte("\r\n")), []string{a.Fingerprint()}},
		"two keys in one block": {must(Merge(a.Public(), nil, b.Public()).Armored()), []string{a.Fingerprint(), b.Fingerprint()}},
		"a newer key beside":    {slices.Concat(unknown, a.Public().Binary()), []string{a.Fingerprint()}},
		"with a marker":         {slices.Concat([]byte{0xc0 | tagMarker, 3, 'P', 'G', 'P'}, a.Public().Binary()), []string{a.Fingerprint()}},
	} {
		keyring, err := ReadKeys(tc.data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(tc.want, fingerprints(keyring)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestSecretKeysAreToldApart(t *testing.T) {
	t.Parallel()
	if _, err := ReadKeys(must(newKey(t, Params{}).Binary())); !errors.Is(err, ErrSecretKey) {
		t.Errorf("got %v, want %v", err, ErrSecretKey)
	}
}

func TestWhatIsNoKeyringIsRefused(t *testing.T) {
	t.Parallel()
	key := newKey(t, Params{})
	armored := string(must(key.Public().Armored()))
	signature := must(key.Sign(t.Context(), Binary, nil, time.Now()))
	for name, tc := range map[string]struct {
		data []byte
		kind problem.Kind
		says string
	}{
		"nothing":             {nil, problem.Invalid, "no OpenPGP key"},
		"text":                {[]byte("hello"), problem.Invalid, "no OpenPGP key"},
		"another block":       {must(encodeArmor(signatureBlock, signature)), problem.Invalid, "no OpenPGP key"},
		"a signature":         {signature, problem.Invalid, "does not start with an OpenPGP key"},
		"noise":               {[]byte("\xff\x00\x01"), problem.Invalid, "not OpenPGP data"},
		"cut armor":           {[]byte(armored[:len(armored)-40]), problem.Invalid, "has no end"},
		"cut packets":         {key.Public().Binary()[:60], problem.Invalid, "not OpenPGP data"},
		"bad base64":          {[]byte(strings.Replace(armored, "\n\n", "\n\n!", 1)), problem.Invalid, "not base64"},
		"a keybox":            {[]byte("\x00\x00\x00\x20\x01\x01\x00\x02KBXf\x00\x00"), problem.Invalid, "keybox"},
		"a secret key":        {must(key.Binary()), problem.Invalid, "secret key"},
		"an armored secret":   {must(key.Armored()), problem.Invalid, "secret key"},
		"too many bytes":      {make([]byte, maxKeyringBytes+1), problem.TooLarge, "bytes"},
		"too many packets":    {bytes.Repeat([]byte{0xc0 | tagMarker, 0}, maxKeyringPackets+1), problem.TooLarge, "packets"},
		"too many keys":       {bytes.Repeat([]byte{0xc0 | tagPublicKey, 0}, maxKeyringKeys+1), problem.TooLarge, "keys"},
		"too many signatures": {manySelfSignatures(t, key), problem.TooLarge, "self-signatures"},
	} {
		if _, err := ReadKeys(tc.data); !problem.Is(err, tc.kind) || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: got %v, want %s: %q", name, err, tc.kind, tc.says)
		}
	}
}

// manySelfSignatures repeats the self-signature of a key too often.
func manySelfSignatures(t *testing.T, key *SecretKey) []byte {
	t.Helper()
	packets := key.public.packets
	return slices.Concat(joinPackets(packets), bytes.Repeat(joinPackets(packets[2:]), maxSelfSignatures))
}

// Signatures by others, photos and expired names enlarge keys and prove nothing.
func TestOnlySelfSignaturesAreExported(t *testing.T) {
	t.Parallel()
	g := newGnuPG(t)
	archive, friend := g.key("archive", "ed25519", "never"), g.key("friend", "ed25519", "never")
	g.run(nil, "--local-user", friend, "--quick-sign-key", archive)
	whole := g.run(nil, "--export", archive)
	minimal := g.run(nil, "--export-options", "export-minimal", "--export", archive)
	if len(whole) == len(minimal) {
		t.Fatal("the friend's signature is not there")
	}
	// Packet headers have several encodings, so compare the parsed keys.
	want := must(splitPackets(minimal, 100))
	got := must(splitPackets(mustReadKeys(t, whole).Binary(), 100))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("export (-gpg's minimal +ours):\n%s", diff)
	}
}

func TestUserIDsAreThoseInForce(t *testing.T) {
	t.Parallel()
	g := newGnuPG(t)
	g.at = day0
	key := g.key("first", "ed25519", "never")
	g.at = days(1)
	g.run(nil, "--quick-add-uid", key, "second <second@example.com>")
	g.at = days(2)
	g.run(nil, "--quick-add-uid", key, "third")
	if diff := cmp.Diff([]string{"third", "second <second@example.com>", "first"}, g.keyring().Keys()[0].UserIDs); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	g.at = days(3)
	g.run(nil, "--quick-revoke-uid", key, "third")
	keyring := g.keyring()
	if diff := cmp.Diff([]string{"second <second@example.com>", "first"}, keyring.Keys()[0].UserIDs); diff != "" {
		t.Errorf("after revoking the third (-want +got):\n%s", diff)
	}
	expect(t, "with names left", g.clearSign("a\n"), keyring, Policy{Now: days(3)}, "")
}

func TestNamesFromKeysAreFitForTerminals(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Ünïcode <a@b>":     "Ünïcode <a@b>",
		"\x1b[31mred":       "\uFFFD[31mred",
		"a\nb\x00":          "a\uFFFDb\uFFFD",
		"\u202Eevil":        "\uFFFDevil",
		"latin \xe4\xf6 <>": "latin \uFFFD <>",
	} {
		if got := printable(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// A subkey counts only if it confirms that it belongs to the key: otherwise anybody could
// claim another key's subkey, and its signatures.
func TestForeignSubkeysAreNotAdopted(t *testing.T) {
	t.Parallel()
	g := newGnuPG(t)
	owner := g.key("owner", "ed25519", "never")
	g.run(nil, "--quick-add-key", owner, "ed25519", "sign", "never")
	theirs := must(splitPackets(g.run(nil, "--export", owner), 100))
	if len(theirs) != 5 {
		t.Fatalf("got %d packets, want a key with a name and a subkey", len(theirs))
	}
	thief := newKey(t, Params{})
	stolen := slices.Concat(thief.public.packets, theirs[3:])
	if keys := mustReadKeys(t, joinPackets(stolen)).Keys(); len(keys[0].Subkeys) != 0 {
		t.Errorf("got %+v", keys)
	}
}

func TestChosenKeysAlone(t *testing.T) {
	t.Parallel()
	a, b := newKey(t, Params{}), newKey(t, Params{})
	both := Merge(a.Public(), b.Public())
	if diff := cmp.Diff([]string{b.Fingerprint()}, fingerprints(both.Only(b.Fingerprint(), "FFFF"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnEmptyKeyringIsHarmless(t *testing.T) {
	t.Parallel()
	for name, keyring := range map[string]*Keyring{"nil": nil, "zero": {}, "merged": Merge(nil, &Keyring{}), "chosen": (*Keyring)(nil).Only("X")} {
		armored, err := keyring.Armored()
		if len(keyring.Keys()) != 0 || len(keyring.Binary()) != 0 || len(armored) != 0 || err != nil {
			t.Errorf("%s: not empty", name)
		}
	}
}

// apt reads the key from the .sources file if Signed-By contains it.
func TestSignedByIsAFieldOfASourcesFile(t *testing.T) {
	t.Parallel()
	key := newKey(t, Params{})
	value := must(key.Public().SignedBy())
	var armored strings.Builder
	for i, line := range strings.Split(value, "\n") {
		switch {
		case i == 0 && line == "":
		case line == " .":
			armored.WriteString("\n")
		case strings.HasPrefix(line, " ") && strings.TrimSpace(line) != "":
			armored.WriteString(line[1:] + "\n")
		default:
			t.Errorf("line %q is no continuation line of deb822", line)
		}
	}
	if want := string(must(key.Public().Armored())); armored.String() != want {
		t.Errorf("got %q, want %q", armored.String(), want)
	}
}
