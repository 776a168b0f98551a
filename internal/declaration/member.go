package declaration

import (
	"reflect"
	"strings"
)

// member is a field of a struct as JSON knows it.
type member struct {
	name     string
	index    []int
	optional bool // it may be missing, and is not written when it is zero
}

// members lists the fields of a struct by their json tags, those of embedded
// structs among them.
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
