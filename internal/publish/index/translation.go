package index

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
)

// description is the Description of a package within its stanza.
type description struct {
	before, after []byte // the stanza around it, without a Description-md5
	value         []byte // with its further lines, each with its newline
	md5           string // of the value: what a Translation index is looked up by
}

// summary returns the first line of the value, with its newline.
func (d description) summary() []byte {
	return d.value[:bytes.IndexByte(d.value, '\n')+1]
}

// describe takes a stanza apart. One whose own Description-md5 is that of another
// text has its long description elsewhere, with whom it came from, and is not
// taken apart.
func describe(stanza []byte) (d description, ok bool) {
	var own []byte
	found := false
	for rest := stanza; len(rest) > 0; {
		field := rest[:fieldEnd(rest)]
		rest = rest[len(field):]
		name, value, _ := bytes.Cut(field, []byte{':'})
		switch {
		case bytes.EqualFold(name, []byte("Description")):
			d.value, found = bytes.TrimLeft(value, " \t"), true
		case bytes.EqualFold(name, []byte("Description-md5")):
			own = bytes.TrimSpace(value)
		case found:
			d.after = append(d.after, field...)
		default:
			d.before = append(d.before, field...)
		}
	}
	if !found || !bytes.HasSuffix(d.value, []byte{'\n'}) {
		return description{}, false
	}
	sum := md5.Sum(d.value)
	d.md5 = hex.EncodeToString(sum[:])
	return d, len(own) == 0 || string(own) == d.md5
}

// fieldEnd returns the length of the first field with the lines that continue it.
func fieldEnd(text []byte) int {
	for at := 0; ; {
		line := bytes.IndexByte(text[at:], '\n')
		if line < 0 {
			return len(text)
		}
		at += line + 1
		if at == len(text) || text[at] != ' ' && text[at] != '\t' {
			return at
		}
	}
}

// shortened returns a stanza with the first line of its description and the sum of
// the whole.
func shortened(stanza []byte) []byte {
	d, ok := describe(stanza)
	if !ok {
		return stanza
	}
	b := append(append(d.before, "Description: "...), d.summary()...)
	return append(AppendField(b, "Description-md5", d.md5), d.after...)
}

// translation is the text of a Translation-en index: the whole description of
// every package of a component, once for each different one
// (https://wiki.debian.org/DebianRepository/Format). It is cut between names, so
// that all versions of a package fall into one chunk.
type translation struct {
	catalog   *catalog.Store
	component string
}

// translations plans the Translation-en index of each component that has debs.
func (s *Suite) translations() (plans []Plan) {
	if !s.options.Translations {
		return nil
	}
	for _, c := range s.components {
		var debs bitset.Set
		for _, own := range c.debs {
			debs = debs.Union(own)
		}
		if debs.IsEmpty() {
			continue
		}
		p := s.at(c.Name+"/i18n/Translation-en", translation{s.catalog, c.Name}, debs)
		p.Patched = true
		plans = append(plans, p)
	}
	return plans
}

func (t translation) fingerprint() string {
	return fmt.Sprintf("%s translation %s", renderVersion, t.component)
}

func (t translation) changed(ctx context.Context, tx *db.Tx, was, now bitset.Set) ([]catalog.Position, error) {
	positions, err := changedPositions(ctx, tx, t.catalog, was, now)
	for i, p := range positions {
		positions[i] = catalog.Position{Name: p.Name}
	}
	return positions, err
}

func (t translation) write(ctx context.Context, tx *db.Tx, s stretch, give func(chunk, []byte) error) error {
	var open chunk
	var plain []byte
	var name string
	var have map[string]bool // the descriptions of the package that were written
	for l, err := range t.catalog.Range(ctx, tx, catalog.Deb, s.set, s.from, s.to) {
		if err != nil {
			return err
		}
		d, ok := describe(l.Stanza)
		if l.Position.Name != name {
			name, have = l.Position.Name, map[string]bool{}
		}
		if !ok || have[d.md5] {
			continue
		}
		at := catalog.Position{Name: name}
		if len(have) == 0 && open.packages > 0 && startsChunk(at) {
			if err := give(open, plain); err != nil {
				return err
			}
			open, plain = chunk{}, nil
		}
		if open.packages == 0 {
			open.first = at
		}
		have[d.md5] = true
		open.packages++
		plain = AppendField(plain, "Package", name)
		plain = AppendField(plain, "Description-md5", d.md5)
		plain = append(append(append(plain, "Description-en: "...), d.value...), '\n')
	}
	if open.packages == 0 {
		return nil
	}
	return give(open, plain)
}
