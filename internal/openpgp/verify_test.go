package openpgp

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/problem"
)

// debianKeyring is the keyring of the package debian-archive-keyring.
const debianKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

// debianReleases returns Debian's InRelease files that apt-get update left on this
// machine.
func debianReleases(t *testing.T) [][]byte {
	t.Helper()
	paths, err := filepath.Glob("/var/lib/apt/lists/deb.debian.org_*_InRelease")
	if err != nil || len(paths) == 0 {
		t.Fatalf("apt's lists have no InRelease of deb.debian.org: apt-get update (%v)", err)
	}
	var releases [][]byte
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		releases = append(releases, data)
	}
	return releases
}

func readDebianKeyring(t *testing.T) *Keyring {
	t.Helper()
	data, err := os.ReadFile(debianKeyring)
	if err != nil {
		t.Fatalf("%v: apt-get install debian-archive-keyring", err)
	}
	return mustReadKeys(t, data)
}

func TestDebiansOwnReleasesAreGood(t *testing.T) {
	t.Parallel()
	keyring := readDebianKeyring(t)
	for _, release := range debianReleases(t) {
		plain, by, err := VerifyClearSigned(release, keyring, Policy{})
		if err != nil {
			t.Error(err)
			continue
		}
		if !bytes.Contains(plain, []byte("\nSHA256:\n")) || !bytes.Contains(release, plain[:len(plain)-1]) {
			t.Error("the signed text is not that of the file")
		}
		if !strings.HasPrefix(by[0].UserID, "Debian ") || by[0].KeyExpires.IsZero() || by[0].At.IsZero() || by[0].Hash != "SHA256" {
			t.Errorf("got %+v, want Debian's key", by[0])
		}
	}
}

// A change of any byte results in a refusal, or in the same text by the same key: changes
// of the armor's checksum do not matter.
func TestNoChangedByteGetsThrough(t *testing.T) {
	t.Parallel()
	key := newKey(t, Params{})
	text := release(400)
	signed, err := ClearSign(t.Context(), text, time.Now(), key)
	if err != nil {
		t.Fatal(err)
	}
	plain, _, err := VerifyClearSigned(signed, key.Public(), Policy{})
	if err != nil {
		t.Fatal(err)
	}
	detached, err := DetachSign(t.Context(), text, time.Now(), key)
	if err != nil {
		t.Fatal(err)
	}
	for _, flip := range []byte{0x01, 0x20, 0x80} {
		for i := range signed {
			changed := slices.Clone(signed)
			changed[i] ^= flip
			if got, _, err := VerifyClearSigned(changed, key.Public(), Policy{}); err == nil && !bytes.Equal(got, plain) {
				t.Errorf("byte %d of the signed text xor %#x gives another text", i, flip)
			}
		}
		for i := range text {
			changed := slices.Clone(text)
			changed[i] ^= flip
			if _, err := VerifyDetached(changed, detached, key.Public(), Policy{}); !problem.Is(err, problem.Untrusted) {
				t.Errorf("byte %d of the data xor %#x: got %v", i, flip, err)
			}
		}
	}
	for end := range signed {
		if got, _, err := VerifyClearSigned(signed[:end], key.Public(), Policy{}); err == nil && !bytes.Equal(got, plain) {
			t.Errorf("the first %d bytes give another text", end)
		}
	}
}

func TestARealReleaseIsRefusedOnceChanged(t *testing.T) {
	t.Parallel()
	keyring, release := readDebianKeyring(t), debianReleases(t)[0]
	plain, _, err := VerifyClearSigned(release, keyring, Policy{})
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(release); i += len(release)/150 + 1 {
		changed := slices.Clone(release)
		changed[i] ^= 1
		if got, _, err := VerifyClearSigned(changed, keyring, Policy{}); err == nil && !bytes.Equal(got, plain) {
			t.Errorf("byte %d changed gives another text", i)
		}
	}
}

// The frame of the signed text must be exactly as in RFC 9580 section 7, or a reader could
// be tricked to use another part of the file.
func TestTheFrameOfASignedTextIsStrict(t *testing.T) {
	t.Parallel()
	key := newKey(t, Params{})
	good, err := ClearSign(t.Context(), []byte("Suite: stable\n-x\n"), time.Now(), key)
	if err != nil {
		t.Fatal(err)
	}
	block := string(good[bytes.Index(good, []byte(cleartextEnd)):])
	change := func(old, new string) string {
		if !strings.Contains(string(good), old) {
			t.Fatalf("no %q in the text", old)
		}
		return strings.Replace(string(good), old, new, 1)
	}
	for name, tc := range map[string]struct{ text, says string }{
		"not signed":              {"Suite: stable\n", "is not signed"},
		"empty":                   {"", "is not signed"},
		"only the first line":     {cleartextStart + "\n", "no signature at its end"},
		"text before":             {"Suite: sid\n" + string(good), "text before the signed block"},
		"empty line before":       {"\n" + string(good), "text before the signed block"},
		"blank after the start":   {change(cleartextStart, cleartextStart+" "), "text before the signed block"},
		"text after":              {string(good) + "Suite: sid\n", "text after the signature"},
		"two signed texts":        {string(good) + string(good), "text after the signature"},
		"two signature blocks":    {string(good) + block, "text after the signature"},
		"unknown header":          {change("Hash: SHA512", "Comment: x"), "header line other than Hash"},
		"control in a header":     {change("Hash: SHA512", "Hash: SHA512\v"), "header line other than Hash"},
		"blank header line":       {change("Hash: SHA512", " "), "header line other than Hash"},
		"text without empty line": {change("Hash: SHA512\n\n", "Hash: SHA512\n"), "header line other than Hash"},
		"unescaped dash":          {change("- -x", "-x"), "unescaped dash"},
		"NUL":                     {change("stable", "sta\x00ble"), "carriage return or NUL"},
		"lone carriage return":    {change("stable", "sta\rble"), "carriage return or NUL"},
		"two carriage returns":    {change("stable\n", "stable\r\r\n"), "carriage return or NUL"},
		"no signature":            {strings.TrimSuffix(string(good), block), "no signature at its end"},
		"empty signature":         {strings.TrimSuffix(string(good), block) + cleartextEnd + "\n\n-----END PGP SIGNATURE-----\n", "the signature is empty"},
		"cut signature":           {strings.TrimSuffix(string(good), "-----END PGP SIGNATURE-----\n"), "has no end"},
		"another kind of end":     {change("-----END PGP SIGNATURE", "-----END PGP PUBLIC KEY BLOCK"), "does not end after its checksum"},
		"more after the checksum": {change("\n-----END PGP SIG", "\nAAAA\n-----END PGP SIG"), "does not end after its checksum"},
		"not base64":              {change("-----END PGP SIGNATURE", "!\n-----END PGP SIGNATURE"), "does not end after its checksum"},
		"signature without gap":   {change(cleartextEnd+"\n\n", cleartextEnd+"\n"), "no empty line after its headers"},
	} {
		plain, by, err := VerifyClearSigned([]byte(tc.text), key.Public(), Policy{})
		if !problem.Is(err, problem.Untrusted) || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: got %v, want untrusted: %q", name, err, tc.says)
		}
		if plain != nil || by != nil {
			t.Errorf("%s: text or signatures come with the error", name)
		}
		if plain, err := Cleartext([]byte(tc.text)); err == nil && name != "empty signature" {
			t.Errorf("%s: unchecked, it gives %q", name, plain)
		}
	}
	for name, text := range map[string]string{
		"CRLF line ends":     strings.ReplaceAll(string(good), "\n", "\r\n"),
		"blanks at the end":  string(good) + " \n\n",
		"no Hash header":     change("Hash: SHA512\n", ""),
		"no final newline":   strings.TrimSuffix(string(good), "\n"),
		"a comment in armor": change(cleartextEnd+"\n", cleartextEnd+"\nComment: fine\n"),
		"unsigned blanks":    change("stable\n", "stable \t\n"),
	} {
		plain, _, err := VerifyClearSigned([]byte(text), key.Public(), Policy{})
		if err != nil || string(plain) != "Suite: stable\n-x\n" {
			t.Errorf("%s: got %q, %v", name, plain, err)
		}
		if unchecked, err := Cleartext([]byte(text)); err != nil || !bytes.Equal(unchecked, plain) {
			t.Errorf("%s: unchecked, it gives %q, %v", name, unchecked, err)
		}
	}
}

func TestDetachedSignaturesComeInManyForms(t *testing.T) {
	t.Parallel()
	old, next := newKey(t, Params{}), newKey(t, Params{})
	keyring := Merge(old.Public(), next.Public())
	data := []byte("a\nb")
	one, err := DetachSign(t.Context(), data, time.Now(), old)
	if err != nil {
		t.Fatal(err)
	}
	two, err := DetachSign(t.Context(), data, time.Now(), next)
	if err != nil {
		t.Fatal(err)
	}
	binary, err := old.Sign(t.Context(), Binary, data, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	marker := []byte{0xc0 | tagMarker, 3, 'P', 'G', 'P'}
	for name, tc := range map[string]struct {
		signatures []byte
		good       int
	}{
		"armored":           {one, 1},
		"two blocks":        {slices.Concat(one, two), 2},
		"blank lines":       {slices.Concat([]byte("\n"), one, []byte("\n \n"), two), 2},
		"binary":            {binary, 1},
		"with a marker":     {slices.Concat(marker, binary), 1},
		"two binary":        {slices.Concat(binary, binary), 2},
		"without checksum":  {slices.Concat(one[:bytes.LastIndex(one, []byte("\n="))+1], []byte("-----END PGP SIGNATURE-----\n")), 1},
		"cut short":         {one[:bytes.LastIndex(one, []byte("\n="))+1], 0},
		"text around":       {slices.Concat([]byte("hello\n"), one), 0},
		"a key instead":     {must(old.Public().Armored()), 0},
		"a binary key":      {old.Public().Binary(), 0},
		"nothing":           {nil, 0},
		"no OpenPGP at all": {[]byte("\xff\xff\xff"), 0},
	} {
		by, err := VerifyDetached(data, tc.signatures, keyring, Policy{})
		if len(by) != tc.good || (err == nil) != (tc.good > 0) || err != nil && !problem.Is(err, problem.Untrusted) {
			t.Errorf("%s: got %d good signatures and %v, want %d", name, len(by), err, tc.good)
		}
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// A self-signature does not count as a signature over a document, even if the bytes match.
func TestOnlySignaturesOverDocumentsCount(t *testing.T) {
	t.Parallel()
	key := newKey(t, Params{})
	packets := key.public.packets
	self := joinPackets(packets[len(packets)-1:])
	if _, err := VerifyDetached(nil, self, key.Public(), Policy{}); !problem.Is(err, problem.Untrusted) {
		t.Errorf("got %v", err)
	}
}

func TestUnknownSignersAreNamed(t *testing.T) {
	t.Parallel()
	signer, other, third := newKey(t, Params{}), newKey(t, Params{}), newKey(t, Params{})
	signed, err := ClearSign(t.Context(), []byte("a\n"), time.Now(), signer)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		keyring *Keyring
		says    string
	}{
		"no keyring":   {nil, "the keyring is empty"},
		"empty":        {&Keyring{}, "the keyring is empty"},
		"another key":  {other.Public(), "the keyring contains " + other.Fingerprint()},
		"several keys": {Merge(other.Public(), third.Public()), "the keyring contains 2 other keys"},
	} {
		_, _, err := VerifyClearSigned(signed, tc.keyring, Policy{})
		if !problem.Is(err, problem.Untrusted) || !strings.Contains(err.Error(), "unknown keys: "+signer.Fingerprint()) || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestTheWorkForHostileTextsIsBounded(t *testing.T) {
	t.Parallel()
	key := newKey(t, Params{})
	data := []byte("a")
	signature, err := key.Sign(t.Context(), Binary, data, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for name, signatures := range map[string][]byte{
		"many signatures": bytes.Repeat(signature, maxSignatures+1),
		"many bytes":      bytes.Repeat([]byte{0xc0 | tagPadding}, maxSignatureBytes+1),
	} {
		if _, err := VerifyDetached(data, signatures, key.Public(), Policy{}); !problem.Is(err, problem.TooLarge) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if by, err := VerifyDetached(data, bytes.Repeat(signature, maxSignatures), key.Public(), Policy{}); err != nil || len(by) != maxSignatures {
		t.Errorf("as many as allowed: %d, %v", len(by), err)
	}
	if _, _, err := VerifyClearSigned(make([]byte, maxCleartextBytes+1), key.Public(), Policy{}); !problem.Is(err, problem.TooLarge) {
		t.Errorf("a huge text: got %v", err)
	}
}

// All running syncs share a keyring: here the race detector sees concurrent use.
func TestOneKeyringServesManyGoroutines(t *testing.T) {
	t.Parallel()
	keyring, release := readDebianKeyring(t), debianReleases(t)[0]
	for range 4 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			if _, _, err := VerifyClearSigned(release, keyring, Policy{}); err != nil {
				t.Error(err)
			}
		})
	}
}
