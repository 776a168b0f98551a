package landscape_test

import (
	"net/http"
	"testing"

	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/openpgp"
)

// armored makes a key, and gives it with its secret and without.
func armored(h *house, name string) (secret, public string) {
	h.TB.Helper()
	key, err := openpgp.Generate(openpgp.Params{Name: name})
	if err != nil {
		h.TB.Fatal(err)
	}
	private, err := key.Armored()
	if err != nil {
		h.TB.Fatal(err)
	}
	shown, err := key.Public().Armored()
	if err != nil {
		h.TB.Fatal(err)
	}
	return string(private), string(shown)
}

// importKey gives the server a key with its secret.
func (h *house) importKey(name string) {
	h.TB.Helper()
	secret, _ := armored(h, name)
	h.do("ImportGPGKey", "name", name, "material", secret).ok()
}

func TestGPGKeysAreImportedListedAndRemoved(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.do("GetGPGKeys").is(`[]`)
		secret, _ := armored(h, "secret-key")
		_, public := armored(h, "mirror-key")
		h.do("ImportGPGKey", "name", "secret-key", "material", secret).golden()
		h.do("ImportGPGKey", "name", "mirror-key", "material", public).goldenAs("ImportGPGKey-public")
		h.do("GetGPGKeys").golden()
		var named []struct{ Name string }
		h.do("GetGPGKeys", listed("names", "secret-key", "nobody")...).into(&named)
		if len(named) != 1 || named[0].Name != "secret-key" {
			h.TB.Errorf("one name gives %v", named)
		}
		h.do("RemoveGPGKey", "name", "secret-key").golden()
		h.do("RemoveGPGKey", "name", "secret-key").fails(http.StatusBadRequest, "UnknownGPGKey", "secret-key")
	})
}

func TestGPGKeysThatCannotBeImported(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		secret, public := armored(h, "a")
		otherSecret, otherPublic := armored(h, "b")
		h.do("ImportGPGKey", "name", "a", "material", secret).ok()
		for name, c := range map[string]struct{ name, material, code string }{
			"the name is taken":                    {"a", otherSecret, "DuplicateGPGKey"},
			"the same key again":                   {"a", secret, "DuplicateGPGKey"},
			"under another name":                   {"c", public, "DuplicateGPGKey"},
			"two secret keys":                      {"c", secret + otherSecret, "MultipleGPGKey"},
			"two public keys":                      {"c", public + otherPublic, "MultipleGPGKey"},
			"no key":                               {"c", "-----BEGIN PGP nonsense", "GPGKeyImportError"},
			"a name with upper case":               {"Key", otherSecret, "InvalidParameterValue"},
			"a name that looks like a fingerprint": {"0123456789abcdef", otherSecret, "InvalidParameterValue"},
		} {
			h.TB.Log(name)
			h.do("ImportGPGKey", "name", c.name, "material", c.material).fails(http.StatusBadRequest, c.code)
		}
	})
}

func TestAGPGKeyThatIsUsedStays(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.importKey("signer")
		h.MakeRepo("r")
		_, a, err := h.Publications.Create(h.Ctx, publications.NewPublication{Prefix: "p", Distribution: "d", Sources: []string{"repo:r"}, Options: publications.PublishOptions{Keys: []string{"signer"}}})
		h.Done(a, err)
		h.do("RemoveGPGKey", "name", "signer").fails(http.StatusBadRequest, "GPGKeyInUse", "p")
	})
}

func TestGPGKeysAreForThoseWhoMay(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.importKey("k")
		reader := h.as("reader")
		secret, _ := armored(h, "other")
		reader.do("ImportGPGKey", "name", "other", "material", secret).fails(http.StatusForbidden, "Unauthorised")
		reader.do("RemoveGPGKey", "name", "k").fails(http.StatusForbidden, "Unauthorised")
		reader.do("GetGPGKeys").ok()
	})
}
