package filesystem

import (
	"errors"
	"testing"

	"github.com/aptarium/aptarium/internal/endpoint"
	"github.com/aptarium/aptarium/internal/endpoint/endpointtest"
	"github.com/aptarium/aptarium/internal/problem"
)

func TestKind(t *testing.T) {
	t.Parallel()
	endpointtest.CheckKind(t, Kind(nil, nil))
}

func TestSettingsOfDirectories(t *testing.T) {
	t.Parallel()
	kinds := endpoint.Kinds{Kind(nil, nil)}
	stored, err := kinds.Check("www", endpoint.Settings{Kind: KindName, Directory: "/srv//www/", Link: "copy"})
	if err != nil || stored.Directory != "/srv/www" {
		t.Errorf("%+v, %v", stored, err)
	}
	for field, s := range map[string]endpoint.Settings{
		"directory": {Kind: KindName, Directory: "srv/www"},
		"link":      {Kind: KindName, Directory: "/srv/www", Link: "soft"},
	} {
		_, err := kinds.Check("www", s)
		if p, _ := errors.AsType[*problem.Problem](err); p == nil || p.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, directory := range []string{"", "/", "//"} {
		if _, err := kinds.Check("www", endpoint.Settings{Kind: KindName, Directory: directory}); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q: %v", directory, err)
		}
	}
}
