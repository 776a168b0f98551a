package landscape

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Type is the type of a parameter: how its value is written in a request. The words
// are those of Landscape's own schema.
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
// In the struct of an action's parameters it is a field, in the order in which the
// command line takes the required ones, with the tags
//
//	param:"NAME[,optional][,TYPE]"   TYPE: line, title or name; else it follows from the field
//	default:"VALUE"                  what it is when absent, as it would be sent
//	doc:"…"                          what it means
//
// An embedded struct stands for its fields. The fields' types are string, int64, bool, time.Time, [Attachment], []byte (data),
// []string and []int64 (lists), map[string]string (mappings), and pointers to the
// first three where absent means something of its own.
type Parameter struct {
	Name     string
	Type     Type
	Of       Type // of a list's items, and of a mapping's values
	Optional bool
	// Nullable tells of an optional parameter for which absent is a third state besides
	// its values: a boolean that is neither true nor false, a text that stays as it is.
	Nullable bool
	Default  string // as it would be sent; empty if there is none
	Doc      string

	field []int // its place in the struct
}

// Attachment is a file that came with a request.
type Attachment struct {
	Name    string
	Content []byte
}

// parametersOf reads the tags of a struct. The table is made of constants and tried as
// a whole by a test, so what it cannot hold ends the program.
func parametersOf(in reflect.Type) []Parameter {
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
			case "line":
				p.Type = Line
			case "title":
				p.Type = Title
			case "name":
				p.Type = Name
			default:
				panic(fmt.Sprintf("landscape: parameter %s has the unknown option %q", name, option))
			}
		}
		list = append(list, p)
	}
	return list
}

// typesOf gives the type that a field has if its tag names none.
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
	panic(fmt.Sprintf("landscape: no parameter is a %s", field))
}
