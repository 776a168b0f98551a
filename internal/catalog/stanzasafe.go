package catalog

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aptarium/aptarium/internal/problem"
)

// class is a set of bytes.
type class [256]bool

// classOf returns the class of all ASCII letters and digits, and the given others.
func classOf(others string) (c class) {
	for b := range c {
		c[b] = 'a' <= b|0x20 && b|0x20 <= 'z' && b < 0x80 || '0' <= b && b <= '9'
	}
	for i := range len(others) {
		c[others[i]] = true
	}
	return c
}

func (c *class) holds(text string) bool {
	for i := range len(text) {
		if !c[text[i]] {
			return false
		}
	}
	return true
}

// Names in the field are laxer than policy (5.6.1, 5.6.12) asks: what is refused
// here is what could not stand in a path or a stanza. Names of files may have
// all that is printed but what parts paths, or means something else in a URL or
// on some file system.
var (
	alphanumeric  = classOf("")
	packageClass  = classOf("+._-")
	versionClass  = classOf(".+:~_-")
	fileNameClass = classOf("+.,:~%@=_-!$&'()[]{};^")
	pathClass     = classOf("+.,:~%@=_-!$&'()[]{};^/\"*<>|`")
)

const (
	maxName = 251  // of a package, a version or a file
	maxPath = 1000 // Filename and Directory
	maxLine = 200  // Section and Priority
)

func isName(text string, c *class) bool {
	return text != "" && len(text) <= maxName && alphanumeric[text[0]] && c.holds(text)
}

func isPackageName(text string) bool { return isName(text, &packageClass) }

func isVersion(text string) bool { return isName(text, &versionClass) }

// isLine reports whether a text is what one line of a stanza can show. Archives
// have sections such as "Development Tools" and "<none>".
func isLine(text string) bool {
	if len(text) > maxLine {
		return false
	}
	for _, r := range text {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

func notALine(text string) error {
	return problem.New(problem.Invalid, "%.*q is not one line of up to %d printable bytes", maxLine, text, maxLine)
}

// CheckFileName refuses names that cannot be the last part of a path everywhere.
func CheckFileName(name string) error {
	if name == "" || len(name) > maxName || strings.IndexByte(".-~", name[0]) >= 0 || !fileNameClass.holds(name) {
		return problem.New(problem.Invalid, "%.*q is not a safe file name", maxName, name)
	}
	return nil
}

// CleanPath returns a path of an index without redundant parts, as in "./pool//x.deb". A path that
// is absolute, leaves its root or cannot be part of a URL is a problem of kind Invalid.
func CleanPath(name string) (string, error) {
	bad := name == "" || len(name) > maxPath || name[0] == '/' || !pathClass.holds(name)
	for part := range strings.SplitSeq(name, "/") {
		bad = bad || part == ".."
	}
	clean := path.Clean(name)
	if bad || clean == "." {
		return "", problem.New(problem.Invalid, "%.*q is not a path below the archive's root", maxPath, name)
	}
	return clean, nil
}

// cleanFolder returns the folder of a source's files, ready to have their names
// added: "" for the root, which indexes write as ".", "./" or nothing.
func cleanFolder(name string) (string, error) {
	if path.Clean(name) == "." && !strings.Contains(name, "..") {
		return "", nil
	}
	clean, err := CleanPath(name)
	return clean + "/", err
}

func baseName(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// checkSums refuses malformed sums.
func (f *File) checkSums() error {
	for _, sum := range [...]struct {
		kind, value string
		digits      int
	}{{"MD5", f.MD5, 32}, {"SHA1", f.SHA1, 40}, {"SHA512", f.SHA512, 128}} {
		if sum.value != "" && (len(sum.value) != sum.digits || strings.Trim(sum.value, "0123456789abcdef") != "") {
			return problem.New(problem.Invalid, "%.200q is not the %s sum of a file", sum.value, sum.kind)
		}
	}
	return nil
}

// CheckListing refuses an entry whose section, priority or sums cannot be written in an index:
// callers may have changed them after reading the entry.
func (e *Entry) CheckListing() error {
	for _, line := range []struct{ field, value string }{{"Section", e.Section}, {"Priority", e.Priority}} {
		if !isLine(line.value) {
			return e.fault(line.field, notALine(line.value))
		}
	}
	for i := range e.Files {
		if err := e.Files[i].checkSums(); err != nil {
			return e.fault("Files", err)
		}
	}
	return nil
}
