package collections

import (
	"fmt"
	"iter"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/catalog"
)

// Found is a result of a search.
type Found struct {
	Key          string      `json:"key" doc:"PARCHITECTURE NAME VERSION HASH: the same package has the same key wherever it is listed"`
	ShortKey     string      `json:"short_key" doc:"The key without its hash"`
	Type         string      `json:"type" enum:"deb,udeb,ddeb,source"`
	Name         string      `json:"name"`
	Version      string      `json:"version"`
	Architecture string      `json:"architecture" doc:"source for sources"`
	Source       string      `json:"source"`
	Component    string      `json:"component"`
	Section      string      `json:"section,omitempty"`
	Priority     string      `json:"priority,omitempty"`
	FilesHash    string      `json:"files_hash" doc:"Of the names, sizes and sums of its files"`
	Stanza       []byte      `json:"-"`               // its control stanza, only with details
	Files        []FoundFile `json:"files,omitempty"` // only with details
}

// FoundFile is one file of a package with all its known sums.
type FoundFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	MD5    string `json:"md5,omitempty"`
	SHA1   string `json:"sha1,omitempty"`
	SHA256 string `json:"sha256"`
	SHA512 string `json:"sha512,omitempty"`
}

func showFound(s catalog.Summary) Found {
	key := s.Key()
	return Found{
		Key: key.String(), ShortKey: key.Shorten().String(), Type: string(s.Type), Name: s.Name, Version: s.Version,
		Architecture: s.Architecture, Source: s.Source, Component: s.Component, Section: s.Section, Priority: s.Priority,
		FilesHash: fmt.Sprintf("%08x", s.FilesHash),
	}
}

// detail adds the stanza and the files.
func (f *Found) detail(l catalog.Listed) {
	f.Stanza, f.Files = l.Stanza, make([]FoundFile, len(l.Files))
	for i, file := range l.Files {
		f.Files[i] = FoundFile{file.Name, file.Size, file.MD5, file.SHA1, file.SHA256.String(), file.SHA512}
	}
}

// Fields returns the control fields of the stanza, in their order. The lines of a value are
// separated by newlines, and all but the first begin with a space, as in the stanza. Fields that a
// suite decides, such as Section, and the fields about files are not included.
func (f Found) Fields() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		s, err := deb822.Parse(f.Stanza)
		if err != nil { // impossible: it was parsed when the package was stored
			return
		}
		for _, field := range s.Fields {
			if !yield(string(field.Name), string(field.Value)) {
				return
			}
		}
	}
}
