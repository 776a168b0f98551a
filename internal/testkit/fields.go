package testkit

import (
	"maps"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/deb/deb822"
)

// fields are a stanza in the making, in order.
type fields [][2]string

// with returns the fields with some replaced, added at the end in order of their
// names, or dropped, where the value is empty.
func (f fields) with(changes map[string]string) fields {
	changed := slices.Clone(f)
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		same := func(field [2]string) bool { return strings.EqualFold(field[0], name) }
		switch i := slices.IndexFunc(changed, same); {
		case changes[name] == "":
			changed = slices.DeleteFunc(changed, same)
		case i >= 0:
			changed[i][1] = changes[name]
		default:
			changed = append(changed, [2]string{name, changes[name]})
		}
	}
	return changed
}

// get returns the value of a field or "".
func (f fields) get(name string) string {
	for _, field := range f {
		if strings.EqualFold(field[0], name) {
			return field[1]
		}
	}
	return ""
}

// appendTo writes the stanza, leaving out empty fields, without an empty line
// after it.
func (f fields) appendTo(text []byte) (_ []byte, err error) {
	for _, field := range f {
		if field[1] == "" {
			continue
		}
		if text, err = deb822.AppendField(text, field[0], field[1]); err != nil {
			return nil, err
		}
	}
	return text, nil
}
