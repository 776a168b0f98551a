package access

import (
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/problem"
)

func TestRolesAllowWhatTheySay(t *testing.T) {
	t.Parallel()
	for role, want := range map[Role][]Permission{
		Administrator: {Read, Mirror, Upload, Publish, Keys, Admin},
		Publisher:     {Read, Mirror, Upload, Publish},
		Reader:        {Read},
		"nobody":      nil,
		"":            nil,
	} {
		p := Principal{Name: "someone", Roles: []Role{role}}
		for _, permission := range []Permission{Read, Mirror, Upload, Publish, Keys, Admin, "", "unknown"} {
			err := Require(With(t.Context(), p), permission)
			if allowed := slices.Contains(want, permission); allowed != (err == nil) {
				t.Errorf("%q asks for %q: got %v", role, permission, err)
			}
			if err != nil && !problem.Is(err, problem.Denied) {
				t.Errorf("%q asks for %q: got %v, want it denied", role, permission, err)
			}
		}
	}
}

func TestAnyOneRoleIsEnough(t *testing.T) {
	t.Parallel()
	p := Principal{Roles: []Role{Reader, Publisher}}
	if !p.May(Publish) || p.May(Admin) {
		t.Errorf("%+v: publish %v, admin %v", p, p.May(Publish), p.May(Admin))
	}
	if (Principal{}).May(Read) {
		t.Error("without a role one may read")
	}
}

func TestWithoutAPrincipalNothingIsAllowed(t *testing.T) {
	t.Parallel()
	if _, ok := From(t.Context()); ok {
		t.Error("an empty context has a principal")
	}
	if err := Require(t.Context(), Read); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("got %v, want unauthenticated", err)
	}
}

func TestARefusalNamesWhoAndWhat(t *testing.T) {
	t.Parallel()
	err := Require(With(t.Context(), Principal{Name: "ci", Roles: []Role{Reader}}), Publish)
	if err == nil || !strings.Contains(err.Error(), "ci") || !strings.Contains(err.Error(), `"publish"`) {
		t.Errorf("got %v", err)
	}
}
