package debfile

import (
	"github.com/aptarium/aptarium/deb/deb822"
)

// Dsc is a parsed .dsc file, which describes a source package (policy 5.4).
type Dsc struct {
	Source, Version string
	Architectures   []string // names and wildcards, in their order
	Binaries        []string // names of the packages built from it
	Files           []ListedFile
	Stanza          *deb822.Stanza // every field
}

// ReadDsc parses the text of a .dsc file without its signature. Files joins the
// fields Files, Checksums-Sha1 and Checksums-Sha256, which must agree. A missing
// field, an unsafe name and a contradiction are problems of kind Invalid.
func ReadDsc(text []byte) (*Dsc, error) {
	s, err := deb822.Parse(text)
	if err != nil {
		return nil, err
	}
	d := &Dsc{Stanza: s}
	if d.Source, _, d.Version, err = sourceName(s); err != nil {
		return nil, err
	}
	if d.Architectures, err = architectures(s); err != nil {
		return nil, err
	}
	if d.Binaries, err = binaries(s); err != nil {
		return nil, err
	}
	d.Files, err = readLists(s, deb822.Checksums(s.Get("Files"), deb822.MD5))
	if err != nil {
		return nil, err
	}
	return d, nil
}
