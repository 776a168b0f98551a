package endpointtest

import (
	"testing"

	"github.com/aptarium/aptarium/internal/endpoint"
)

// CheckKind checks the description of a kind: its fields are settings, the examples of the required ones
// are enough, and the stored form of settings stays the same place.
func CheckKind(t *testing.T, kind endpoint.Kind) {
	t.Helper()
	kinds := endpoint.Kinds{kind}
	in := endpoint.Settings{Kind: kind.Name}
	for _, f := range kind.Fields {
		switch member := in.Member(f.Name).(type) {
		case *string:
			*member = f.Example
		case *bool:
		default:
			t.Fatalf("%s is not a setting of a type that flags have", f.Name)
		}
		if f.Usage == "" || f.Required && f.Example == "" {
			t.Errorf("%s has no usage or no example", f.Name)
		}
	}
	stored, err := kinds.Check("www", in)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := kinds.Check("www", stored); err != nil || again != stored {
		t.Errorf("the stored form %+v is stored as %+v, %v", stored, again, err)
	}
	if !kinds.Same(in, stored) {
		t.Errorf("%+v is another place than its stored form %+v", in, stored)
	}
	if kinds.URL(stored) == "" {
		t.Error("the root has no URL")
	}
}
