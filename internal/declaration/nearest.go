package declaration

import (
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/spelling"
)

// nearest returns the name that was probably meant: it differs by at most two letters, or
// shares its start with the word. It returns "" if there is none.
func nearest(word string, names []string) string {
	plain := strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(word))
	if best := spelling.Nearest(plain, names); best != "" || len(plain) < 3 {
		return best
	}
	i := slices.IndexFunc(names, func(name string) bool { return strings.HasPrefix(name, plain) || strings.HasPrefix(plain, name) })
	if i < 0 {
		return ""
	}
	return names[i]
}
