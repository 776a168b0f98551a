package debfile

import (
	"strings"
	"time"

	"github.com/aptarium/aptarium/deb/deb822"
)

// dateLayout is the form of Debian's dates (policy 4.4): that of RFC 5322.
const dateLayout = "Mon, 2 Jan 2006 15:04:05 -0700"

// Changes is a parsed .changes file, which describes an upload (policy 5.5).
type Changes struct {
	Source, Version string
	SourceVersion   string // differs from Version for a binary-only rebuild
	Distribution    string // the suite that the upload is for
	Architectures   []string
	Binaries        []string
	Date            time.Time // zero if the field is missing
	Maintainer      string
	ChangedBy       string
	Description     string // unchanged, with its continuation lines
	Files           []ListedFile
	Stanza          *deb822.Stanza // every field
}

// ReadChanges parses the text of a .changes file without its signature. Files joins
// the fields Files, Checksums-Sha1 and Checksums-Sha256, which must agree. A missing
// field, an unsafe name and a contradiction are problems of kind Invalid.
func ReadChanges(text []byte) (*Changes, error) {
	s, err := deb822.Parse(text)
	if err != nil {
		return nil, err
	}
	c := &Changes{
		Distribution: string(deb822.Unfold(s.Get("Distribution"))),
		Maintainer:   string(deb822.Unfold(s.Get("Maintainer"))),
		ChangedBy:    string(deb822.Unfold(s.Get("Changed-By"))),
		Description:  string(s.Get("Description")),
		Stanza:       s,
	}
	if c.Source, c.SourceVersion, c.Version, err = sourceName(s); err != nil {
		return nil, err
	}
	if c.Distribution == "" {
		return nil, invalid("has no field Distribution")
	}
	if c.Date, err = readDate(s.Get("Date")); err != nil {
		return nil, err
	}
	if c.Architectures, err = architectures(s); err != nil {
		return nil, err
	}
	if c.Binaries, err = binaries(s); err != nil {
		return nil, err
	}
	c.Files, err = readLists(s, deb822.ChangesFiles(s.Get("Files")))
	if err != nil {
		return nil, err
	}
	return c, nil
}

// readDate parses a date; several spaces may separate its parts.
func readDate(value []byte) (time.Time, error) {
	text := strings.Join(strings.Fields(string(value)), " ")
	if text == "" {
		return time.Time{}, nil
	}
	date, err := time.Parse(dateLayout, text)
	if err != nil {
		return time.Time{}, invalid("Date is %.100q; its form must be %q", text, dateLayout)
	}
	return date, nil
}
