package aptly

import (
	"net/http"
	"strings"
)

// place is where something is published, as clients name it.
type place struct {
	storage string // "" or filesystem:NAME
	prefix  string // "." for the root
}

// unescape reads a prefix, distribution or component in a path: an underscore
// stands for a slash, two for one underscore.
func unescape(text string) string {
	text = strings.ReplaceAll(text, "_", "/")
	text = strings.ReplaceAll(text, "//", "_")
	for _, harm := range []string{"..", "$", "`"} {
		text = strings.ReplaceAll(text, harm, "")
	}
	if text = strings.TrimLeft(text, "/"); text == "" {
		return "."
	}
	return text
}

// parsePlace takes [storage:]prefix apart, at the last colon.
func parsePlace(text string) (place, error) {
	p := place{prefix: text}
	if i := strings.LastIndex(text, ":"); i >= 0 {
		p.storage, p.prefix = text[:i], text[i+1:]
	}
	p.prefix = strings.Trim(p.prefix, "/")
	if p.prefix == "" {
		p.prefix = "."
	}
	for part := range strings.SplitSeq(p.prefix, "/") {
		if part == ".." || part == "dists" || part == "pool" {
			return place{}, fail(http.StatusBadRequest, "invalid prefix %s", p.prefix)
		}
	}
	return p, nil
}

// String gives [storage:]prefix.
func (p place) String() string {
	if p.storage == "" {
		return p.prefix
	}
	return p.storage + ":" + p.prefix
}

// endpointOf finds our endpoint for a storage. Those in object stores are none of
// this server's.
func (s *service) endpointOf(storage string) (string, error) {
	kind, name, _ := strings.Cut(storage, ":")
	switch {
	case storage == builtIn:
		return builtIn, nil
	case storage == "" && s.options.Config.Default != "":
		return s.options.Config.Default, nil
	case storage == "":
		return builtIn, nil
	case kind == "filesystem" && name != "":
		return name, nil
	}
	return "", fail(http.StatusBadRequest, "published storage %s not configured: this server publishes to filesystem endpoints and serves by itself", storage)
}

// builtIn is the endpoint that the program serves itself.
const builtIn = "built-in"

// storageOf is the other way.
func (s *service) storageOf(endpoint string) string {
	if endpoint == builtIn && s.options.Config.Default == "" || endpoint == s.options.Config.Default {
		return ""
	}
	if endpoint == builtIn {
		return builtIn
	}
	return "filesystem:" + endpoint
}

// address names a place as the application does: [ENDPOINT:]PREFIX.
func (s *service) address(p place) (string, error) {
	endpoint, err := s.endpointOf(p.storage)
	if err != nil || endpoint == builtIn {
		return p.prefix, err
	}
	return endpoint + ":" + p.prefix, nil
}
