package openpgp

import (
	"bytes"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
)

// fuzzKey is a fixed time's key; its texts seed the fuzzers.
func fuzzKey(f *testing.F) *SecretKey {
	f.Helper()
	return newKey(f, Params{Created: day0})
}

func FuzzReadKeys(f *testing.F) {
	key := fuzzKey(f)
	f.Add(key.Public().Binary())
	f.Add(must(key.Public().Armored()))
	f.Add(must(key.Binary()))
	f.Fuzz(func(t *testing.T, data []byte) {
		keyring, err := ReadKeys(data)
		if err != nil {
			return
		}
		keys := keyring.Keys()
		if len(keys) == 0 {
			t.Fatal("an empty keyring without an error")
		}
		// ReadKeys must read what Binary wrote.
		again, err := ReadKeys(keyring.Binary())
		if err != nil {
			t.Fatalf("our own export: %v", err)
		}
		if !bytes.Equal(again.Binary(), keyring.Binary()) {
			t.Fatal("the export changes when it is read again")
		}
	})
}

func FuzzReadSecretKey(f *testing.F) {
	key := fuzzKey(f)
	f.Add(must(key.Binary()))
	f.Add(must(key.Armored()))
	f.Fuzz(func(t *testing.T, data []byte) {
		key, err := ReadSecretKey(data, []byte("passphrase"))
		if err != nil {
			return
		}
		if _, err := key.Sign(t.Context(), Binary, data, time.Now()); err != nil {
			return
		}
		if _, err := ReadSecretKey(must(key.Binary()), nil); err != nil {
			t.Fatalf("our own export: %v", err)
		}
	})
}

// A changed text passes only if the key signed it. And if the library's own reader
// accepts a clear-signed text that we accept, both read the same (it is stricter about the
// names of hashes, which do not matter).
func FuzzVerifyClearSigned(f *testing.F) {
	key := fuzzKey(f)
	texts := []string{"", "\n", "a\n", "-a\n\n- b\n", "Suite: stable\n From\n"}
	for _, text := range texts {
		f.Add(must(ClearSign(f.Context(), []byte(text), days(1), key)))
	}
	keyring := key.Public()
	f.Fuzz(func(t *testing.T, data []byte) {
		if clear, err := readCleartext(data); err == nil {
			block, rest := clearsign.Decode(data)
			if len(bytes.TrimSpace(rest)) != 0 && block != nil {
				t.Fatalf("go-crypto sees %q after the text", rest)
			}
			if block != nil && !bytes.Equal(block.Bytes, clear.canonical()) {
				t.Fatalf("go-crypto hashes %q, we %q", block.Bytes, clear.canonical())
			}
		}
		plain, by, err := VerifyClearSigned(data, keyring, Policy{Now: days(2)})
		if err != nil {
			return
		}
		known := false
		for _, text := range texts {
			known = known || string(plain) == text
		}
		if !known || len(by) == 0 {
			t.Fatalf("%q was never signed", plain)
		}
	})
}

func FuzzVerifyDetached(f *testing.F) {
	key := fuzzKey(f)
	data := []byte("Suite: stable\n")
	f.Add(must(DetachSign(f.Context(), data, days(1), key)))
	f.Add(must(key.Sign(f.Context(), Binary, data, days(1))))
	f.Add(must(key.Sign(f.Context(), Text, []byte("Suite: stable\r\n"), days(1))))
	keyring := key.Public()
	f.Fuzz(func(t *testing.T, signatures []byte) {
		if _, err := VerifyDetached([]byte("Suite: sid\n"), signatures, keyring, Policy{Now: days(2)}); err == nil {
			t.Fatal("a text that nobody signed passes")
		}
		_, _ = VerifyDetached(data, signatures, keyring, Policy{Now: days(2)})
	})
}
