package rest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/api/rest"
	"github.com/aptarium/aptarium/internal/app/apptest"
)

func TestDeclarationsMayBeLongerThanOtherBodies(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		s := serve(h, rest.Options{})
		for _, c := range []struct{ size, status int }{{2 << 20, 200}, {17 << 20, 413}} {
			body := fmt.Sprintf(`{"declaration":{"repos":{"r":{"description":%q}}}}`, strings.Repeat("x", c.size))
			if got := s.ask("POST", "/v1/apply/plan", body); got.status != c.status {
				h.TB.Errorf("%d bytes: %d %.200s", c.size, got.status, got.body)
			}
		}
	})
}
