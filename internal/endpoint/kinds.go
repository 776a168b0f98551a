package endpoint

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

// Kinds are the kinds of endpoints of a program.
type Kinds []Kind

// Names returns the names of the kinds.
func (k Kinds) Names() []string {
	names := make([]string, len(k))
	for i := range k {
		names[i] = k[i].Name
	}
	return names
}

// Of returns the kind of a name, or a [problem.Invalid] in the member kind.
func (k Kinds) Of(name string) (Kind, error) {
	if i := slices.IndexFunc(k, func(k Kind) bool { return k.Name == name }); i >= 0 {
		return k[i], nil
	}
	return Kind{}, problem.New(problem.Invalid, "%q is not a kind of endpoint", name).In("kind").WithHint("use %s", strings.Join(k.Names(), " or "))
}

// Fields returns the settings of all kinds, each name once.
func (k Kinds) Fields() (list []Field) {
	for _, kind := range k {
		for _, f := range kind.Fields {
			if !slices.ContainsFunc(list, f.named) {
				list = append(list, f)
			}
		}
	}
	return list
}

func (f Field) named(other Field) bool { return f.Name == other.Name }

// Examples returns a valid value for each setting that needs one, by JSON name.
func (k Kinds) Examples() map[string]string {
	valid := map[string]string{"kind": k[0].Name}
	for _, f := range k.Fields() {
		valid[f.Name] = f.Example
	}
	return valid
}

var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// Check returns the settings of an endpoint in the form to be stored, or a [problem.Invalid] in the wrong
// member.
func (k Kinds) Check(name string, s Settings) (Settings, error) {
	if !namePattern.MatchString(name) {
		return s, problem.New(problem.Invalid, "%q is not a name", name).In("name").WithHint("use letters, digits and . _ -, such as www")
	}
	kind, err := k.Of(s.Kind)
	if err != nil {
		return s, err
	}
	for _, f := range k.Fields() {
		if s.Has(f.Name) && !slices.ContainsFunc(kind.Fields, f.named) {
			return s, problem.New(problem.Invalid, "endpoints of kind %s have no setting %s", kind.Name, f.Name).In(f.Name).WithHint("leave it out")
		}
	}
	if s, err = kind.Check(s); err != nil {
		return s, err
	}
	for _, f := range kind.Fields {
		if f.Required && !s.Has(f.Name) {
			return s, problem.New(problem.Invalid, "endpoints of kind %s need the setting %s", kind.Name, f.Name).In(f.Name).WithHint("use a value such as %s", f.Example)
		}
	}
	return s, checkPublicURL(s.PublicURL)
}

func checkPublicURL(text string) error {
	if u, err := url.Parse(text); text != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return problem.New(problem.Invalid, "%q is not a URL", text).In("public_url").WithHint("use a URL such as https://deb.example.org/apt")
	}
	return nil
}

// Same reports whether two settings lead to the same place.
func (k Kinds) Same(a, b Settings) bool {
	kind, err := k.Of(a.Kind)
	return err == nil && a.Kind == b.Kind && kind.Same(a, b)
}

// SameFiles reports whether a release has the same files, at the same place, with two settings. If not,
// everything must be deployed again.
func (k Kinds) SameFiles(a, b Settings) bool { return a.Plain == b.Plain && k.Same(a, b) }

// URL returns the URL of the root, as clients reach it, without a slash at its end; empty if the kind is not known.
func (k Kinds) URL(s Settings) string {
	if s.PublicURL != "" {
		return strings.TrimRight(s.PublicURL, "/")
	}
	kind, err := k.Of(s.Kind)
	if err != nil {
		return ""
	}
	return kind.URL(s)
}

// Open returns the place of an endpoint.
func (k Kinds) Open(s Settings) (Place, error) {
	kind, err := k.Of(s.Kind)
	if err != nil {
		return nil, err
	}
	return kind.Open(s)
}

// Redacted returns settings without their secrets, for people and logs.
func (k Kinds) Redacted(s Settings) Settings {
	for _, f := range k.secrets(s.Kind) {
		s.Copy(f.Name, Settings{})
	}
	return s
}

// WithSecretsOf returns new settings with the secrets that they leave out, from the stored ones. Only the
// same place gets them: an edit must not send a secret to a stranger's server.
func (k Kinds) WithSecretsOf(now, stored Settings) Settings {
	if !k.Same(now, stored) {
		return now
	}
	for _, f := range k.secrets(now.Kind) {
		if !now.Has(f.Name) {
			now.Copy(f.Name, stored)
		}
	}
	return now
}

// OtherSecrets returns the names of the secrets that differ.
func (k Kinds) OtherSecrets(a, b Settings) (names []string) {
	for _, f := range k.secrets(b.Kind) {
		if a.member(f.Name).Interface() != b.member(f.Name).Interface() {
			names = append(names, f.Name)
		}
	}
	return names
}

func (k Kinds) secrets(kind string) []Field {
	known, _ := k.Of(kind)
	return slices.DeleteFunc(slices.Clone(known.Fields), func(f Field) bool { return !f.Secret })
}
