package fleet

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aptarium/aptarium/internal/problem"
)

// Limits of texts.
const (
	maxName        = 100  // bytes
	maxTitle       = 200  // bytes
	maxDescription = 4000 // bytes
	maxTag         = 100  // bytes
	maxTags        = 500  // of a profile
	maxMembers     = 500  // pockets or APT sources of a profile
)

var (
	namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9+-]*$`)
	tagPattern  = regexp.MustCompile(`^[A-Za-z0-9-]+$`)
)

// checkName refuses invalid names.
func checkName(name string) error {
	if len(name) > maxName || !namePattern.MatchString(name) {
		return problem.New(problem.Invalid, "%.100q is not a name", name).In("name").
			WithHint("use at most %d lower-case letters, digits, - and +, starting with a letter or digit", maxName)
	}
	return nil
}

// checkTitle refuses titles that are not one short line.
func checkTitle(title string) error {
	if strings.TrimSpace(title) == "" || len(title) > maxTitle || !printable(title) {
		return problem.New(problem.Invalid, "%.100q is not a title", title).In("title").WithHint("write one line of at most %d bytes", maxTitle)
	}
	return nil
}

func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

func checkDescription(text string) error {
	if len(text) > maxDescription || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return problem.New(problem.Invalid, "this is not a description").In("description").WithHint("write a text of at most %d bytes", maxDescription)
	}
	return nil
}

// slug derives a name from a title: in lower case, with dashes between words, without other
// characters. It can be empty.
func slug(title string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(title) {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			b.WriteRune(r)
		case unicode.IsSpace(r), r == '-', r == '_', r == '.', r == '/':
			if b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
				b.WriteByte('-')
			}
		}
	}
	name := b.String()
	return strings.Trim(name[:min(len(name), maxName-8)], "-")
}

// slugOf is slug for a title that must result in a name.
func slugOf(title string) (string, error) {
	name := slug(title)
	if name == "" {
		return "", problem.New(problem.Invalid, "the title %.100q does not result in a name", title).In("title").
			WithHint("start it with a letter from a to z, or a digit")
	}
	return name, nil
}

// checkTags refuses invalid tags, and returns the tags, each once, sorted.
func checkTags(tags []string) ([]string, error) {
	for _, tag := range tags {
		if len(tag) > maxTag || !tagPattern.MatchString(tag) {
			return nil, problem.New(problem.Invalid, "%.100q is not a tag", tag).In("tags").WithHint("use at most %d letters, digits and dashes", maxTag)
		}
	}
	tags = slices.Clone(tags)
	slices.Sort(tags)
	return slices.Compact(tags), nil
}
