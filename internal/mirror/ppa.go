package mirror

import "strings"

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
