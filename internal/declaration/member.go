package declaration

import (
	"reflect"
	"strings"
)

// member is a field of a struct in JSON.
type member struct {
	name     string
	index    []int
	optional bool // it can be missing, and is omitted if it is zero
}

// members returns the fields of a struct by their json tags, including those of embedded
// structs.
func members(t reflect.Type) (list []member) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			for _, inner := range members(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				list = append(list, inner)
			}
		case f.IsExported() && name != "" && name != "-":
			optional := strings.Contains(","+options+",", ",omitempty,") || strings.Contains(","+options+",", ",omitzero,")
			list = append(list, member{name, []int{i}, optional})
		}
	}
	return list
}
