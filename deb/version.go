package deb

import (
	"strconv"
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

// maxEpoch is the largest that dpkg reads.
const maxEpoch = 1<<31 - 1

// Version is a parsed version: [epoch:]upstream[-revision] (policy 5.6.12). Its
// zero value is no version. [Compare] orders versions that need not be valid,
// as they come from archives of others.
type Version struct {
	text     string
	epoch    int
	upstream string
	revision string
}

// ParseVersion reads a version strictly by policy: an epoch of digits up to
// 2147483647, an upstream version of letters, digits and ".+-~" that begins
// with a digit, a revision of letters, digits and "+.~". What breaks a rule is a
// problem of kind Invalid that names the rule.
func ParseVersion(text string) (Version, error) {
	v := Version{text: text}
	rest := text
	if epoch, after, found := strings.Cut(text, ":"); found {
		n, err := strconv.Atoi(epoch)
		if !onlyDigits(epoch) || err != nil || n > maxEpoch {
			return Version{}, badVersion(text, "has the epoch %.40q, which is no number up to %d", epoch, maxEpoch)
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
		return Version{}, badVersion(text, "has an upstream version that does not begin with a digit")
	}
	if at := indexOutside(v.upstream, ".+-~"); at >= 0 {
		return Version{}, badVersion(text, "has %q in its upstream version; letters, digits and .+-~ may be", v.upstream[at:at+1])
	}
	if at := indexOutside(v.revision, "+.~"); at >= 0 {
		return Version{}, badVersion(text, "has %q in its revision; letters, digits and +.~ may be", v.revision[at:at+1])
	}
	return v, nil
}

// String gives the text that was parsed.
func (v Version) String() string { return v.text }

// Epoch gives the number before the colon, 0 when there is none.
func (v Version) Epoch() int { return v.epoch }

// Upstream gives the upstream version.
func (v Version) Upstream() string { return v.upstream }

// Revision gives the Debian revision, empty for a native package.
func (v Version) Revision() string { return v.revision }

// WithoutEpoch gives the version as it stands in file names: hello_2.10-3_amd64.deb.
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

// indexOutside gives the place of the first byte that is neither an ASCII
// letter or digit nor one of others, or -1.
func indexOutside(s, others string) int {
	for i := range len(s) {
		if !isLetter(s[i]) && !isDigit(s[i]) && strings.IndexByte(others, s[i]) < 0 {
			return i
		}
	}
	return -1
}

func onlyDigits(s string) bool { return s != "" && leadingDigits(s) == s }
