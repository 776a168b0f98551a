package mirror

import (
	"net/url"
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

// base gives the URL below which Release and the indexes are.
func (c Config) base() string {
	if c.Flat() {
		return join(c.URL, strings.TrimSuffix(strings.TrimPrefix(c.Suite, "./"), "/"))
	}
	return join(c.URL, "dists/"+c.Suite)
}

// join adds a path to a URL's own, escaping what must be. A plus sign is escaped
// too, as apt does: S3 takes a plain one for a space.
func join(base, name string) string {
	base = strings.TrimRight(base, "/")
	if name == "" || name == "." {
		return base
	}
	escaped := (&url.URL{Path: strings.TrimPrefix(name, "./")}).EscapedPath()
	return base + "/" + strings.ReplaceAll(escaped, "+", "%2B")
}

// concealed stands where a secret is stored but not shown, as in [url.URL.Redacted].
const concealed = "xxxxx"

// Redacted gives the config as it may be shown and logged: without the password
// in its URL, or without the user where that alone is the secret, as in
// https://TOKEN@example.org. A URL that cannot be taken apart is left out.
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

// WithSecretOf puts the stored config's password back where the URL has it as
// [Config.Redacted] shows it, so that what was read can be sent back edited. The
// password goes to no other server and to no weaker scheme: that is a problem of
// kind Invalid.
func (c Config) WithSecretOf(stored Config) (Config, error) {
	u, err := url.Parse(c.URL)
	old, oldErr := url.Parse(stored.URL)
	if err != nil || oldErr != nil || u.User == nil || old.User == nil || u.User.String() != redacted(old.User).String() {
		return c, nil
	}
	if u.Host != old.Host || u.Scheme != old.Scheme && u.Scheme != "https" {
		return c, problem.New(problem.Invalid, "the stored password is for %s://%s alone", old.Scheme, old.Host).In("url").
			WithHint("write the password for %s://%s in place of %s", u.Scheme, u.Host, concealed)
	}
	u.User = old.User
	c.URL = u.String()
	return c, nil
}

// place gives the URL without who asks and how it is spelled.
func (c Config) place() string {
	if u, err := url.Parse(c.URL); err == nil {
		u.User = nil
		return strings.TrimRight(u.String(), "/")
	}
	return c.URL
}

// Expanded puts the address of a personal package archive on Launchpad in place
// of its short name, as add-apt-repository(1) does: ppa:USER/NAME, or
// ppa:USER/DISTRIBUTION/NAME for another distribution than Ubuntu. Such archives
// have the one component main. Others stay as they are.
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
