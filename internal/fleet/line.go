package fleet

import (
	"regexp"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

// Line is an entry of sources.list(5) in its one-line form.
type Line struct {
	Type       string   // deb or deb-src
	Options    []Option // as written, each name once
	URI        string
	Suite      string   // one that ends in / is a flat repository
	Components []string // none for a flat repository, else at least one
}

// Option is an option of a line, such as arch=amd64,i386.
type Option struct {
	Name     string // as in the one-line form: arch
	Operator string // =, += or -=
	Value    string
}

// Limits of a line.
const (
	maxLine       = 2000 // bytes
	maxComponents = 50
)

// options maps the options of sources.list(5), "THE DEB AND DEB-SRC TYPES: OPTIONS", to their names
// in a stanza.
var options = map[string]string{
	"arch": "Architectures", "lang": "Languages", "target": "Targets", "pdiffs": "PDiffs", "by-hash": "By-Hash",
	"allow-insecure": "Allow-Insecure", "allow-weak": "Allow-Weak", "allow-downgrade-to-insecure": "Allow-Downgrade-To-Insecure",
	"trusted": "Trusted", "signed-by": "Signed-By", "check-valid-until": "Check-Valid-Until", "valid-until-min": "Valid-Until-Min",
	"valid-until-max": "Valid-Until-Max", "check-date": "Check-Date", "date-max-future": "Date-Max-Future",
	"inrelease-path": "InRelease-Path", "snapshot": "Snapshot",
}

// lists are the options with several values. Only these allow += and -=.
var lists = []string{"arch", "lang", "target"}

var (
	networkURI = regexp.MustCompile(`^(?:https?|ftp|ssh|rsh|s3|mirror|tor|(?:mirror|tor)\+https?)://[^/?#\s]+(?:/[!-~]*)?$`)
	localURI   = regexp.MustCompile(`^(?:file|copy|mirror\+file):(?:///|/)[^/\s][!-~]*$`)
	// suitePattern also accepts $(ARCH), which apt replaces.
	suitePattern     = regexp.MustCompile(`^(?:[A-Za-z0-9._+~:/-]|\$\(ARCH\))+$`)
	componentPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+~/-]*$`)
	optionPattern    = regexp.MustCompile(`^([a-z-]+?)(\+=|-=|=)([^\s\[\]"=][^\s\[\]"]*)$`)
)

// ParseLine parses a line as apt does (sources.list(5), ONE-LINE-STYLE FORMAT):
//
//	deb [ option=value … ] uri suite component …
//
// It is stricter than apt: it refuses unknown options, which apt skips, quotes, URIs that no apt
// method supports, and lines of more than 2000 bytes. An error is problem.Invalid in the field
// "line".
func ParseLine(text string) (Line, error) {
	if len(text) > maxLine || !printable(strings.ReplaceAll(text, "\t", " ")) {
		return Line{}, badLine("a source must be one line of at most %d bytes", maxLine)
	}
	kind, rest, _ := strings.Cut(strings.Join(strings.Fields(text), " "), " ")
	l := Line{Type: kind}
	if kind != "deb" && kind != "deb-src" {
		return Line{}, badLine("%.50q is not a type of sources", kind).WithHint("start with deb or deb-src")
	}
	if inside, bracketed := strings.CutPrefix(rest, "["); bracketed {
		inside, after, closed := strings.Cut(inside, "]")
		if !closed {
			return Line{}, badLine("the options are not closed").WithHint("end them with ]")
		}
		if after != "" && !strings.HasPrefix(after, " ") {
			return Line{}, badLine("a space is missing after the options")
		}
		if err := l.readOptions(strings.Fields(inside)); err != nil {
			return Line{}, err
		}
		rest = strings.TrimSpace(after)
	}
	return l, l.readArchive(strings.Fields(rest))
}

func badLine(format string, args ...any) *problem.Problem {
	return problem.New(problem.Invalid, format, args...).In("line").
		WithHint("write it as in sources.list: deb http://archive.example.org/ubuntu noble main")
}

func (l *Line) readOptions(words []string) error {
	if len(words) == 0 {
		return badLine("the options are empty")
	}
	for _, word := range words {
		match := optionPattern.FindStringSubmatch(word)
		if match == nil {
			return badLine("%.100q is not an option", word).WithHint("write NAME=VALUE, such as arch=amd64")
		}
		o := Option{match[1], match[2], match[3]}
		if _, known := options[o.Name]; !known {
			return badLine("apt has no option %.50q", o.Name).WithHint("see sources.list(5) for its options")
		}
		if o.Operator != "=" && !slices.Contains(lists, o.Name) {
			return badLine("the option %s has only one value", o.Name).WithHint("write %s=VALUE", o.Name)
		}
		if slices.ContainsFunc(l.Options, func(other Option) bool { return other.Name == o.Name }) {
			return badLine("the option %s occurs twice", o.Name)
		}
		l.Options = append(l.Options, o)
	}
	return nil
}

// readArchive reads the URI, the suite and the components.
func (l *Line) readArchive(words []string) error {
	if len(words) < 2 {
		return badLine("the URI or the suite is missing")
	}
	l.URI, l.Suite, l.Components = words[0], words[1], words[2:]
	flat := strings.HasSuffix(l.Suite, "/")
	switch {
	case !networkURI.MatchString(l.URI) && !localURI.MatchString(l.URI):
		return badLine("%.100q is not the URI of an archive", l.URI).WithHint("use http, https, ftp, file, copy, ssh, rsh, s3, mirror+… or tor+…")
	case !suitePattern.MatchString(l.Suite) || l.Suite == "." || slices.Contains(strings.Split(l.Suite, "/"), ".."):
		return badLine("%.100q is not a suite", l.Suite)
	case flat && len(l.Components) > 0:
		return badLine("the suite %.100q ends with a slash, so it cannot have components", l.Suite).WithHint("remove the components, or the slash")
	case !flat && len(l.Components) == 0:
		return badLine("the suite %.100q needs a component", l.Suite).WithHint("add one such as main, or end the suite with a slash if the repository is flat")
	case len(l.Components) > maxComponents:
		return badLine("a line can have at most %d components", maxComponents)
	}
	for i, c := range l.Components {
		if !componentPattern.MatchString(c) || slices.Contains(strings.Split(c, "/"), "..") {
			return badLine("%.100q is not a component", c)
		}
		if slices.Contains(l.Components[:i], c) {
			return badLine("the component %s occurs twice", c)
		}
	}
	return nil
}

// Option returns the value of an option, or "".
func (l Line) Option(name string) string {
	for _, o := range l.Options {
		if o.Name == name {
			return o.Value
		}
	}
	return ""
}

// With returns the line with a further option.
func (l Line) With(name, value string) Line {
	l.Options = append(slices.Clip(l.Options), Option{name, "=", value})
	return l
}

// String returns the line with single spaces.
func (l Line) String() string {
	words := []string{l.Type}
	if len(l.Options) > 0 {
		in := make([]string, len(l.Options))
		for i, o := range l.Options {
			in[i] = o.Name + o.Operator + o.Value
		}
		words = append(words, "["+strings.Join(in, " ")+"]")
	}
	return strings.Join(slices.Concat(words, []string{l.URI, l.Suite}, l.Components), " ")
}

// Stanza returns the line as a stanza of a .sources file (sources.list(5), DEB822-STYLE FORMAT).
// signedBy is the value of a field Signed-By; if empty, only the line's options can set it.
func (l Line) Stanza(signedBy string) string {
	var b strings.Builder
	field := func(name, value string) {
		if value != "" {
			b.WriteString(name + ": " + strings.TrimPrefix(value, " ") + "\n")
		}
	}
	field("Types", l.Type)
	field("URIs", l.URI)
	field("Suites", l.Suite)
	field("Components", strings.Join(l.Components, " "))
	for _, o := range l.Options {
		name := options[o.Name]
		switch o.Operator {
		case "+=":
			name += "-Add"
		case "-=":
			name += "-Remove"
		}
		if slices.Contains(lists, o.Name) {
			o.Value = strings.ReplaceAll(o.Value, ",", " ")
		}
		field(name, o.Value)
	}
	if signedBy != "" {
		b.WriteString("Signed-By:" + signedBy + "\n")
	}
	return b.String()
}
