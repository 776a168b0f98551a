package wire

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Type is the type of a parameter: the notation of its value in a request. The words are
// those of Landscape's own schema.
type Type string

// The types.
const (
	Text    Type = "unicode"       // any text
	Line    Type = "unicode line"  // a text of one line
	Title   Type = "unicode title" // a line for people, not blank
	Name    Type = "name"          // a line: a letter or digit, then lower-case letters, digits, - and +
	Integer Type = "integer"       // decimal
	Boolean Type = "boolean"       // true or false
	Date    Type = "date"          // YYYY-MM-DDTHH:MM:SSZ, or a beginning of it
	List    Type = "list"          // name.1=A&name.2=B
	Mapping Type = "mapping"       // name.KEY=VALUE
	File    Type = "file"          // NAME$$BASE64
	Data    Type = "data"          // BASE64
)

// Parameter is a parameter of an action.
//
// It is a field in the struct of the action's parameters. The command line has the required
// ones in the same order. Its tags are
//
//	param:"NAME[,optional][,TYPE][,file]"   TYPE: line, title or name; default: by the field
//	                                        file: see FromFile
//	default:"VALUE"                         its value when it is absent, as it would be sent
//	doc:"…"                                 its meaning
//
// An embedded struct means its fields. Fields have the types string, int64, bool,
// time.Time, [Attachment], []byte (data), []string and []int64 (lists), map[string]string
// (mappings), or a pointer to one of the first three if its absence has a meaning.
type Parameter struct {
	Name     string
	Type     Type
	Of       Type // of the items of a list, or the values of a mapping
	Optional bool
	// Nullable reports whether the absence of an optional parameter has a meaning of its own:
	// a boolean that is neither true nor false, a text that is not changed.
	Nullable bool
	// FromFile reports whether the command line reads a text from a file. It always reads a
	// [File] and [Data] from one.
	FromFile bool
	Default  string // as it would be sent; empty: no default
	Doc      string

	field []int // its index in the struct
}

// Attachment is a file in a request.
type Attachment struct {
	Name    string
	Content []byte
}

// ParametersOf reads the tags of a struct. It panics on invalid tags: they are constants,
// and a test reads all of them.
func ParametersOf(in reflect.Type) []Parameter {
	var list []Parameter
	for _, field := range reflect.VisibleFields(in) {
		if field.Anonymous { // its fields come next
			continue
		}
		p := Parameter{Default: field.Tag.Get("default"), Doc: field.Tag.Get("doc"), field: field.Index}
		p.Type, p.Of, p.Nullable = typesOf(field.Type)
		name, options, _ := strings.Cut(field.Tag.Get("param"), ",")
		p.Name = name
		for option := range strings.SplitSeq(options, ",") {
			switch option {
			case "":
			case "optional":
				p.Optional = true
			case "file":
				p.FromFile = true
			case "line":
				p.Type = Line
			case "title":
				p.Type = Title
			case "name":
				p.Type = Name
			default:
				panic(fmt.Sprintf("wire: parameter %s has the unknown option %q", name, option))
			}
		}
		list = append(list, p)
	}
	return list
}

// typesOf returns the type of a parameter whose tag has none.
func typesOf(field reflect.Type) (is, of Type, nullable bool) {
	if field.Kind() == reflect.Pointer {
		field, nullable = field.Elem(), true
	}
	switch reflect.Zero(field).Interface().(type) {
	case string:
		return Text, "", nullable
	case int64:
		return Integer, "", nullable
	case bool:
		return Boolean, "", nullable
	case time.Time:
		return Date, "", nullable
	case Attachment:
		return File, "", nullable
	case []byte:
		return Data, "", nullable
	case []string:
		return List, Text, nullable
	case []int64:
		return List, Integer, nullable
	case map[string]string:
		return Mapping, Text, nullable
	}
	panic(fmt.Sprintf("wire: no parameter is a %s", field))
}
