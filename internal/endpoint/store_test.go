package endpoint

import (
	"testing"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
)

// TestStoredEndpointsAreReadByEveryVersion has rows as earlier versions wrote them, and one of a kind that
// this program does not have.
func TestStoredEndpointsAreReadByEveryVersion(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, []db.Schema{Schema()}, func(t *testing.T, d *db.DB) {
		rows := map[string]Settings{
			`{"kind":"folder","directory":"/srv/www","link":"copy","plain":true,"public_url":"https://a.example"}`: {
				Kind: "folder", Directory: "/srv/www", Link: "copy", Plain: true, PublicURL: "https://a.example",
			},
			`{"kind":"folder","directory":"/srv/www"}`: {Kind: "folder", Directory: "/srv/www"},
			`{"kind":"cloud","region":"moon"}`:         {Kind: "cloud"},
		}
		for text, want := range rows {
			var got Named
			err := d.Tx(t.Context(), func(tx *db.Tx) (err error) {
				if _, err := tx.Exec(t.Context(), "DELETE FROM endpoint"); err != nil {
					return err
				}
				if _, err := tx.Exec(t.Context(), "INSERT INTO endpoint (name, settings, created_at) VALUES ('www', $1, 1)", text); err != nil {
					return err
				}
				got, err = Store{Kinds: kinds()}.Get(t.Context(), tx, "www")
				return err
			})
			if err != nil || got.Settings != want {
				t.Errorf("%s is read as %+v, %v", text, got.Settings, err)
			}
		}
	})
}
