package publish

import (
	"cmp"
	"fmt"
	"strings"
)

// SplitPlace reads [ENDPOINT:]PREFIX. Neither part contains a colon. The form :. names the root in
// URLs, which drop a single dot.
func SplitPlace(place string) (endpoint, prefix string) {
	endpoint, prefix, named := strings.Cut(place, ":")
	if !named {
		return BuiltIn, place
	}
	return cmp.Or(endpoint, BuiltIn), prefix
}

// JoinPlace returns [ENDPOINT:]PREFIX, the inverse of [SplitPlace].
func JoinPlace(endpoint, prefix string) string {
	if endpoint == BuiltIn {
		return prefix
	}
	return endpoint + ":" + prefix
}

// String returns [COMPONENT=]KIND:NAME[#REVISION], as callers write sources.
func (s Source) String() string {
	text := string(s.Kind) + ":" + s.Name
	if s.Revision != 0 {
		text = fmt.Sprintf("%s#%d", text, s.Revision)
	}
	if s.Component != "" {
		text = s.Component + "=" + text
	}
	return text
}

// SourceNames returns sources as callers write them.
func SourceNames(sources []Source) []string {
	names := make([]string, len(sources))
	for i, s := range sources {
		names[i] = s.String()
	}
	return names
}
