package endpoint

import (
	"errors"
	"testing"

	"github.com/aptarium/aptarium/internal/problem"
)

// kinds are a directory, and a box, which has a secret in the member link and no directory.
func kinds() Kinds {
	unchanged := func(s Settings) (Settings, error) { return s, nil }
	return Kinds{
		{
			Name: "folder", Fields: []Field{{Name: "directory", Example: "/srv", Required: true}}, Check: unchanged,
			Same: func(a, b Settings) bool { return a.Directory == b.Directory },
			URL:  func(s Settings) string { return "file:" + s.Directory },
		},
		{
			Name: "box", Fields: []Field{{Name: "link", Example: "x", Required: true, Secret: true}}, Check: unchanged,
			Same: func(a, b Settings) bool { return a.PublicURL == b.PublicURL },
		},
	}
}

func TestSettingsAreThoseOfTheirKind(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		name  string
		in    Settings
		field string // of the fault; empty: they are valid
	}{
		"one kind":                     {"www", Settings{Kind: "folder", Directory: "/srv"}, ""},
		"another kind":                 {"www", Settings{Kind: "box", Link: "x", Plain: true, PublicURL: "https://x.example/"}, ""},
		"no name":                      {"", Settings{Kind: "folder", Directory: "/srv"}, "name"},
		"a name with a slash":          {"../www", Settings{Kind: "folder", Directory: "/srv"}, "name"},
		"no kind":                      {"www", Settings{Directory: "/srv"}, "kind"},
		"an unknown kind":              {"www", Settings{Kind: "cloud", Directory: "/srv"}, "kind"},
		"a required setting left out":  {"www", Settings{Kind: "folder"}, "directory"},
		"a setting of another kind":    {"www", Settings{Kind: "box", Link: "x", Directory: "/srv"}, "directory"},
		"a public URL that is no URL":  {"www", Settings{Kind: "box", Link: "x", PublicURL: "x.example"}, "public_url"},
		"a public URL of another kind": {"www", Settings{Kind: "box", Link: "x", PublicURL: "ftp://x.example"}, "public_url"},
	} {
		_, err := kinds().Check(c.name, c.in)
		p, _ := errors.AsType[*problem.Problem](err)
		if (p == nil) != (c.field == "") || p != nil && (p.Field != c.field || !problem.Is(err, problem.Invalid)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASecretIsNotShownAndKeptForItsPlaceAlone(t *testing.T) {
	t.Parallel()
	k := kinds()
	stored := Settings{Kind: "box", Link: "secret", PublicURL: "https://a.example"}
	shown := k.Redacted(stored)
	if want := (Settings{Kind: "box", PublicURL: "https://a.example"}); shown != want {
		t.Errorf("it is shown as %+v", shown)
	}
	edit := shown
	edit.Plain = true
	if got := k.WithSecretsOf(edit, stored); got.Link != "secret" || !got.Plain {
		t.Errorf("an edit makes it %+v", got)
	}
	moved := shown
	moved.PublicURL = "https://b.example"
	if got := k.WithSecretsOf(moved, stored); got != moved {
		t.Errorf("another place gets the secret: %+v", got)
	}
	other := stored
	other.Link = "other"
	if got := k.WithSecretsOf(other, stored); got != other || len(k.OtherSecrets(stored, other)) != 1 || len(k.OtherSecrets(stored, stored)) != 0 {
		t.Errorf("another secret makes it %+v", got)
	}
}

func TestWhenEverythingIsDeployedAgain(t *testing.T) {
	t.Parallel()
	k, was := kinds(), Settings{Kind: "folder", Directory: "/srv", PublicURL: "https://a.example"}
	for name, c := range map[string]struct {
		change          func(*Settings)
		same, sameFiles bool
	}{
		"another public URL": {func(s *Settings) { s.PublicURL = "" }, true, true},
		"plain indexes":      {func(s *Settings) { s.Plain = true }, true, false},
		"another directory":  {func(s *Settings) { s.Directory = "/var" }, false, false},
		"another kind":       {func(s *Settings) { s.Kind = "box" }, false, false},
		"an unknown kind":    {func(s *Settings) { s.Kind = "cloud" }, false, false},
	} {
		now := was
		c.change(&now)
		if same, files := k.Same(was, now), k.SameFiles(was, now); same != c.same || files != c.sameFiles {
			t.Errorf("%s: the same place %v, the same files %v", name, same, files)
		}
	}
}

func TestTheURLOfARoot(t *testing.T) {
	t.Parallel()
	for want, s := range map[string]Settings{
		"https://a.example/apt": {Kind: "folder", Directory: "/srv", PublicURL: "https://a.example/apt/"},
		"file:/srv":             {Kind: "folder", Directory: "/srv"},
		"":                      {Kind: "cloud"},
	} {
		if got := kinds().URL(s); got != want {
			t.Errorf("%+v has %q, not %q", s, got, want)
		}
	}
}
