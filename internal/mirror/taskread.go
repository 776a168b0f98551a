package mirror

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

// maxTask bounds the text of a task; a key has some ten kilobytes.
const maxTask = 1 << 20

// ReadTask reads a task from JSON: only its task_data, or the whole task with the members task_name
// (aptmirror, or absent) and task_data. An unknown or repeated member, and a member of a wrong
// type, is a problem of kind Invalid that names it, such as filters[0].section. Null counts as
// absent.
func ReadTask(document []byte) (Task, error) {
	if len(document) > maxTask {
		return Task{}, problem.New(problem.TooLarge, "a task of %d bytes is too long", len(document)).WithHint("at most %d", maxTask)
	}
	tree, err := readTree(document)
	if err != nil {
		return Task{}, err
	}
	o := &object{at: "", members: tree}
	if _, whole := tree["task_data"]; whole {
		o = o.whole()
	}
	t := Task{
		Collection: o.text("collection"), URL: o.text("url"), Suite: o.text("suite"),
		Components: o.texts("components"), Architectures: o.texts("architectures"), SigningKey: o.optional("signing_key"),
	}
	if list := o.list("filters"); list != nil {
		t.Filters = make([]Filter, len(list))
		for i, v := range list {
			t.Filters[i] = o.filter(fmt.Sprintf("filters[%d]", i), v)
		}
	}
	return t, o.end("a task has collection, url, suite, components, architectures, signing_key and filters")
}

// readTree reads one JSON object and nothing after it.
func readTree(document []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	tree, err := readValue(d, "", 0)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = problem.New(problem.Invalid, "the task is followed by something else")
		}
	}
	if err != nil {
		if _, told := errors.AsType[*problem.Problem](err); !told {
			err = problem.New(problem.Invalid, "the task is not JSON: %w", err)
		}
		return nil, err
	}
	members, ok := tree.(map[string]any)
	if !ok {
		return nil, problem.New(problem.Invalid, "the task is %s, not an object with members", typeName(tree))
	}
	return members, nil
}

// maxTaskDepth bounds the nesting of a task; a real one has four levels.
const maxTaskDepth = 8

// readValue reads one value. Unlike package json it refuses repeated members.
func readValue(d *json.Decoder, at string, depth int) (any, error) {
	if depth > maxTaskDepth {
		return nil, problem.New(problem.Invalid, "it is nested too deeply").In(at)
	}
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return readMembers(d, at, depth)
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := readValue(d, fmt.Sprintf("%s[%d]", at, len(list)), depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	default:
		return token, nil
	}
}

func readMembers(d *json.Decoder, at string, depth int) (any, error) {
	members := map[string]any{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string) // the decoder accepts only strings here
		field := below(at, name)
		if _, twice := members[name]; twice {
			return nil, problem.New(problem.Invalid, "it is given twice").In(field)
		}
		if members[name], err = readValue(d, field, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return members, err
}

// object is an object of a task; reading a member removes it. The first error is kept.
type object struct {
	at      string // its name; empty for the task itself
	members map[string]any
	err     error
}

// below returns the path of a member of an object.
func below(at, name string) string {
	if len(name) > 100 {
		name = name[:100] + "…"
	}
	return strings.TrimPrefix(at+"."+name, ".")
}

func (o *object) fail(name, format string, args ...any) {
	if o.err == nil {
		o.err = problem.New(problem.Invalid, format, args...).In(below(o.at, name))
	}
}

// take removes and returns a member; null counts as absent.
func take[T any](o *object, name, wanted string) (v T, given bool) {
	value := o.members[name]
	delete(o.members, name)
	if value == nil {
		return v, false
	}
	v, given = value.(T)
	if !given {
		o.fail(name, "it is %s, not %s", typeName(value), wanted)
	}
	return v, given
}

func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "a text"
	case bool:
		return "true or false"
	case json.Number:
		return "a number"
	case []any:
		return "a list"
	default:
		return "an object"
	}
}

// text takes a required text.
func (o *object) text(name string) string {
	v, given := take[string](o, name, "a text")
	if !given {
		o.fail(name, "it is missing")
	}
	return v
}

// optional takes a text, or returns nil.
func (o *object) optional(name string) *string {
	if v, given := take[string](o, name, "a text"); given {
		return &v
	}
	return nil
}

// list takes a list. It returns nil if absent, but not for an empty list.
func (o *object) list(name string) []any {
	v, _ := take[[]any](o, name, "a list")
	return v
}

func (o *object) texts(name string) []string {
	list := o.list(name)
	if list == nil {
		return nil
	}
	texts := make([]string, len(list))
	for i, v := range list {
		text, ok := v.(string)
		if !ok {
			o.fail(fmt.Sprintf("%s[%d]", name, i), "it is %s, not a text", typeName(v))
		}
		texts[i] = text
	}
	return texts
}

// filter reads an element of the list of filters.
func (o *object) filter(at string, v any) Filter {
	members, ok := v.(map[string]any)
	if !ok {
		o.fail(at, "it is %s, not an object", typeName(v))
		return Filter{}
	}
	inner := &object{at: below(o.at, at), members: members, err: o.err}
	f := Filter{
		BinaryName: inner.optional("binary_name"), Priority: inner.optional("priority"),
		Section: inner.optional("section"), SourceName: inner.optional("source_name"),
	}
	f.IgnoreUnauthorized, _ = take[bool](inner, "ignore_unauthorized", "true or false")
	o.err = inner.end("a filter has binary_name, priority, section, source_name and ignore_unauthorized")
	return f
}

// whole takes the task_data out of a whole task.
func (o *object) whole() *object {
	if name := o.optional("task_name"); name != nil && !strings.EqualFold(*name, "aptmirror") {
		o.fail("task_name", "%q is another task", *name)
	}
	data, given := take[map[string]any](o, "task_data", "an object")
	if !given {
		o.fail("task_data", "it is missing")
	}
	return &object{members: data, err: o.end("a task has task_name and task_data")}
}

// end returns an error for a member that was not taken, else the first kept error.
func (o *object) end(hint string) error {
	if len(o.members) == 0 {
		return o.err
	}
	name := slices.Min(slices.Collect(maps.Keys(o.members)))
	return problem.New(problem.Invalid, "there is no such member").In(below(o.at, name)).WithHint("%s", hint)
}
