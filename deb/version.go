package deb

import (
	"strconv"
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

// maxEpoch is the largest epoch that dpkg accepts.
const maxEpoch = 1<<31 - 1

// Version is a valid version: [epoch:]upstream[-revision] (policy 5.6.12). Its zero
// value is no version. [Compare] also orders invalid versions, which other archives
// may have.
type Version struct {
	text     string
	epoch    int
	upstream string
	revision string
}

// ParseVersion parses a version strictly by policy: an epoch of digits up to
// 2147483647, an upstream version of letters, digits and ".+-~" that begins with a
// digit, a revision of letters, digits and "+.~". An error is a problem of kind
// Invalid that names the broken rule.
func ParseVersion(text string) (Version, error) {
	v := Version{text: text}
	rest := text
	if epoch, after, found := strings.Cut(text, ":"); found {
		n, err := strconv.Atoi(epoch)
		if !onlyDigits(epoch) || err != nil || n > maxEpoch {
			return Version{}, badVersion(text, "has the epoch %.40q; it must be a number up to %d", epoch, maxEpoch)
		}
		v.epoch, rest = n, after
	}
	v.upstream = rest
	if hyphen := strings.LastIndexByte(rest, '-'); hyphen >= 0 {
		v.upstream, v.revision = rest[:hyphen], rest[hyphen+1:]
		if v.revision == "" {
			return Version{}, badVersion(text, "has nothing after its last hyphen")
		}
	}
	switch {
	case v.upstream == "":
		return Version{}, badVersion(text, "has an empty upstream version")
	case !isDigit(v.upstream[0]):
		return Version{}, badVersion(text, "does not begin its upstream version with a digit")
	}
	if at := indexOutside(v.upstream, ".+-~"); at >= 0 {
		return Version{}, badVersion(text, "has %q in its upstream version; only letters, digits and .+-~ are allowed", v.upstream[at:at+1])
	}
	if at := indexOutside(v.revision, "+.~"); at >= 0 {
		return Version{}, badVersion(text, "has %q in its revision; only letters, digits and +.~ are allowed", v.revision[at:at+1])
	}
	return v, nil
}

// String returns the parsed text.
func (v Version) String() string { return v.text }

// Epoch returns the number before the colon, or 0.
func (v Version) Epoch() int { return v.epoch }

// Upstream returns the upstream version.
func (v Version) Upstream() string { return v.upstream }

// Revision returns the Debian revision, empty for a native package.
func (v Version) Revision() string { return v.revision }

// WithoutEpoch returns the version as written in file names: hello_2.10-3_amd64.deb.
func (v Version) WithoutEpoch() string {
	_, after, found := strings.Cut(v.text, ":")
	if !found {
		return v.text
	}
	return after
}

// Compare orders two versions, see [Compare].
func (v Version) Compare(other Version) int { return Compare(v.text, other.text) }

func badVersion(text, format string, args ...any) error {
	return problem.New(problem.Invalid, "version %.100q "+format, append([]any{text}, args...)...)
}

// indexOutside returns the index of the first byte that is neither an ASCII letter
// or digit nor in others, or -1.
func indexOutside(s, others string) int {
	for i := range len(s) {
		if !isLetter(s[i]) && !isDigit(s[i]) && strings.IndexByte(others, s[i]) < 0 {
			return i
		}
	}
	return -1
}

func onlyDigits(s string) bool { return s != "" && leadingDigits(s) == s }
