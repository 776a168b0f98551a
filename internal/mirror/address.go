package mirror

import (
	"net/url"
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

// base returns the URL of the folder of Release and the indexes.
func (c Config) base() string {
	if c.Flat() {
		return join(c.URL, strings.TrimSuffix(strings.TrimPrefix(c.Suite, "./"), "/"))
	}
	return join(c.URL, "dists/"+c.Suite)
}

// join appends a path to a URL and escapes it. It escapes a plus sign too, as apt does: S3 reads a
// plain one as a space.
func join(base, name string) string {
	base = strings.TrimRight(base, "/")
	if name == "" || name == "." {
		return base
	}
	escaped := (&url.URL{Path: strings.TrimPrefix(name, "./")}).EscapedPath()
	return base + "/" + strings.ReplaceAll(escaped, "+", "%2B")
}

// concealed replaces a stored secret in output, as in [url.URL.Redacted].
const concealed = "xxxxx"

// Redacted returns the config without its secret, to show and log it: without the password in its
// URL, or without the user if only that is the secret, as in https://TOKEN@example.org. It omits a
// URL that cannot be parsed.
func (c Config) Redacted() Config {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil:
		c.URL = ""
	case u.User != nil:
		u.User = redacted(u.User)
		c.URL = u.String()
	}
	return c
}

func redacted(user *url.Userinfo) *url.Userinfo {
	password, has := user.Password()
	switch {
	case password != "":
		return url.UserPassword(user.Username(), concealed)
	case has:
		return url.UserPassword(concealed, "")
	default:
		return url.User(concealed)
	}
}

// WithSecretOf returns the config with the stored config's password, if the URL has it as
// [Config.Redacted] shows it: clients send back an edited config. The password for another server
// or a weaker scheme is a problem of kind Invalid.
func (c Config) WithSecretOf(stored Config) (Config, error) {
	u, err := url.Parse(c.URL)
	old, oldErr := url.Parse(stored.URL)
	if err != nil || oldErr != nil || u.User == nil || old.User == nil || u.User.String() != redacted(old.User).String() {
		return c, nil
	}
	if u.Host != old.Host || u.Scheme != old.Scheme && u.Scheme != "https" {
		return c, problem.New(problem.Invalid, "the stored password is only for %s://%s", old.Scheme, old.Host).In("url").
			WithHint("write the password for %s://%s in place of %s", u.Scheme, u.Host, concealed)
	}
	u.User = old.User
	c.URL = u.String()
	return c, nil
}

// archive returns the URL without its user and in one spelling.
func (c Config) archive() string {
	if u, err := url.Parse(c.URL); err == nil {
		u.User = nil
		return strings.TrimRight(u.String(), "/")
	}
	return c.URL
}

// Expanded replaces the short name of a personal package archive on Launchpad by its address, as
// add-apt-repository(1) does: ppa:USER/NAME, or ppa:USER/DISTRIBUTION/NAME for a distribution other
// than Ubuntu. Such archives have one component, main. Other configs do not change.
func (c Config) Expanded() Config {
	name, short := strings.CutPrefix(c.URL, "ppa:")
	parts := strings.Split(name, "/")
	switch {
	case !short:
		return c
	case len(parts) == 2:
		parts = []string{parts[0], "ubuntu", parts[1]}
	case len(parts) != 3:
		return c // Check refuses it
	}
	for _, p := range parts {
		if !suitePattern.MatchString(p) {
			return c
		}
	}
	c.URL = "https://ppa.launchpadcontent.net/" + parts[0] + "/" + parts[2] + "/" + parts[1]
	if len(c.Components) == 0 {
		c.Components = []string{"main"}
	}
	return c
}
