package wire

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/problem"
)

// Decode writes the parameters of a request into a struct, whose tags [ParametersOf] has
// read. Its error has all faults of the request. A parameter that the action does not have
// is a fault: to ignore it would hide a mistake.
func Decode(sent Values, parameters []Parameter, into reflect.Value) error {
	given := group(sent)
	var wrong []error
	for _, p := range parameters {
		raw, ok := given[p.Name]
		delete(given, p.Name)
		if raw.empty() && !p.Nullable {
			ok = false
		}
		if !ok && p.Default != "" {
			raw, ok = sentValue{plain: p.Default, isPlain: true}, true
		}
		if !ok {
			if !p.Optional {
				wrong = append(wrong, Missing(p.Name))
			}
			continue
		}
		if err := raw.into(p, into.FieldByIndex(p.field)); err != nil {
			wrong = append(wrong, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		err := problem.New(problem.Invalid, "the action has no such parameter").In(name)
		if len(parameters) > 0 {
			err = err.WithHint("it has %s", strings.Join(names(parameters), ", "))
		}
		wrong = append(wrong, problem.Because(err, UnknownParameter))
	}
	return Join(wrong)
}

func names(parameters []Parameter) (list []string) {
	for _, p := range parameters {
		list = append(list, p.Name)
	}
	return list
}

// sentValue is everything that the request has for one parameter: a plain value, parts
// with keys (name.KEY=VALUE), or both, which is an error.
type sentValue struct {
	plain   string
	isPlain bool
	parts   map[string]string
}

// empty reports whether it is a plain value without text, which counts as absent.
func (s sentValue) empty() bool { return s.isPlain && s.plain == "" && s.parts == nil }

// group returns the values by the names of their parameters.
func group(sent Values) map[string]sentValue {
	given := make(map[string]sentValue, len(sent))
	for name, text := range sent {
		base, key, part := strings.Cut(name, ".")
		value := given[base]
		if part {
			if value.parts == nil {
				value.parts = map[string]string{}
			}
			value.parts[key] = text
		} else {
			value.plain, value.isPlain = text, true
		}
		given[base] = value
	}
	return given
}

// into writes the value into a field.
func (s sentValue) into(p Parameter, field reflect.Value) error {
	if field.Kind() == reflect.Pointer {
		field.Set(reflect.New(field.Type().Elem()))
		field = field.Elem()
	}
	switch p.Type {
	case List:
		return s.intoList(p, field)
	case Mapping:
		if s.isPlain {
			return Invalid(p.Name, "it is a mapping: send %s.KEY=VALUE", p.Name)
		}
		field.Set(reflect.ValueOf(s.parts))
		return nil
	}
	if s.parts != nil {
		return Invalid(p.Name, "it is one value: send %s=VALUE", p.Name)
	}
	return scalar(p.Name, p.Type, s.plain, field)
}

// intoList writes name.1, name.2, … into a list, in the order of the numbers. Numbers may
// be missing.
func (s sentValue) intoList(p Parameter, field reflect.Value) error {
	if s.isPlain {
		return Invalid(p.Name, "it is a list: send %s.1=VALUE, also for a single one", p.Name)
	}
	numbers := make([]int, 0, len(s.parts))
	for key := range s.parts {
		n, err := strconv.Atoi(key)
		if err != nil || n < 1 || strconv.Itoa(n) != key {
			return Invalid(p.Name+"."+key, "the items of a list are numbered from 1")
		}
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	list := reflect.MakeSlice(field.Type(), len(numbers), len(numbers))
	var wrong []error
	for i, n := range numbers {
		key := strconv.Itoa(n)
		if err := scalar(p.Name+"."+key, p.Of, s.parts[key], list.Index(i)); err != nil {
			wrong = append(wrong, err)
		}
	}
	field.Set(list)
	return Join(wrong)
}

// scalar writes one value into a field.
func scalar(name string, of Type, text string, field reflect.Value) error {
	switch of {
	case Integer:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return Invalid(name, "%.100q is not an integer", text)
		}
		field.SetInt(n)
	case Boolean:
		if !strings.EqualFold(text, "true") && !strings.EqualFold(text, "false") {
			return Invalid(name, "%.100q is neither true nor false", text)
		}
		field.SetBool(strings.EqualFold(text, "true"))
	case Date:
		at, err := ParseTime(text)
		if err != nil {
			return problem.Because(problem.New(problem.Invalid, "%.100q is not a time", text).In(name).
				WithHint("write it as %s", time.Date(2026, 11, 21, 16, 0, 0, 0, time.UTC).Format(timeLayout)), InvalidTime)
		}
		field.Set(reflect.ValueOf(at))
	case File:
		file, err := parseAttachment(name, text)
		field.Set(reflect.ValueOf(file))
		return err
	case Data:
		data, err := parseBase64(name, text)
		field.SetBytes(data)
		return err
	default:
		if err := checkText(name, of, text); err != nil {
			return err
		}
		field.SetString(text)
	}
	return nil
}
