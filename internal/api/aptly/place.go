package aptly

import (
	"net/http"
	"strings"
)

// place is the place of a publication, in aptly's terms.
type place struct {
	storage string // "" or filesystem:NAME
	prefix  string // "." for the root
}

// unescape reads a prefix, distribution or component in a path: an underscore means a
// slash, two mean one underscore.
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

// parsePlace reads [storage:]prefix, split at the last colon.
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

// String returns [storage:]prefix.
func (p place) String() string {
	if p.storage == "" {
		return p.prefix
	}
	return p.storage + ":" + p.prefix
}

// endpointOf returns the endpoint of a storage. This server has none in object stores.
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

// builtIn is the name of the built-in endpoint, which the program serves itself.
const builtIn = "built-in"

// storageOf returns the storage of an endpoint.
func (s *service) storageOf(endpoint string) string {
	if endpoint == builtIn && s.options.Config.Default == "" || endpoint == s.options.Config.Default {
		return ""
	}
	if endpoint == builtIn {
		return builtIn
	}
	return "filesystem:" + endpoint
}

// address returns a place in the notation of the application: [ENDPOINT:]PREFIX.
func (s *service) address(p place) (string, error) {
	endpoint, err := s.endpointOf(p.storage)
	if err != nil || endpoint == builtIn {
		return p.prefix, err
	}
	return endpoint + ":" + p.prefix, nil
}
