package publish

import (
	"crypto/md5"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/catalog"
)

// TestTranslationsHoldTheLongDescriptions: once for every different one, however
// many versions and architectures have it.
func TestTranslationsHoldTheLongDescriptions(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		described := func(name, version, architecture, text string) catalog.Entry {
			e := entry(name, version, architecture, "")
			e.Stanza = fmt.Appendf(nil, "Package: %s\nVersion: %s\nArchitecture: %s\nDescription: %s", name, version, architecture, text)
			return e
		}
		h.edit(t, func(p *Publication) { p.Options.Translations = true })
		h.change(t, []catalog.Entry{
			described("hello", "1", "amd64", "greets\n you\n"), described("hello", "1", "arm64", "greets\n you\n"),
			described("hello", "2", "amd64", "greets\n all\n"), described("bye", "1", "all", "leaves\n"),
		}, nil)
		h.publish(t, h.place)
		sum := func(s string) string { return fmt.Sprintf("%x", md5.Sum([]byte(s))) }
		want := "Package: bye\nDescription-md5: " + sum("leaves\n") + "\nDescription-en: leaves\n\n" +
			"Package: hello\nDescription-md5: " + sum("greets\n you\n") + "\nDescription-en: greets\n you\n\n" +
			"Package: hello\nDescription-md5: " + sum("greets\n all\n") + "\nDescription-en: greets\n all\n\n"
		if diff := cmp.Diff(want, string(h.read(t, "dists/stable/main/i18n/Translation-en", 0))); diff != "" {
			t.Errorf("Translation-en (-want +got):\n%s", diff)
		}
	})
}
