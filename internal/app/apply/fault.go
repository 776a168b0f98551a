package apply

import (
	"errors"
	"reflect"
	"strings"

	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

// Fault is an error in a declaration.
type Fault struct {
	Path    []string     `json:"path" doc:"Where it is, such as mirrors, debian, filter"`
	Kind    problem.Kind `json:"kind" enum:"invalid,not-found,conflict,too-large,untrusted,unavailable"`
	Message string       `json:"message"`
	Hint    string       `json:"hint,omitempty"`
}

func (f Fault) problem() *problem.Problem {
	return &problem.Problem{Kind: f.Kind, Field: strings.Join(f.Path, "."), Message: f.Message, Hint: f.Hint}
}

// Faults are all errors of a declaration. As an error they are the problem of the first one.
type Faults []Fault

// Error returns one line for each fault.
func (f Faults) Error() string {
	return strings.Join(usecase.Map(f, func(one Fault) string { return one.problem().Error() }), "\n")
}

// Unwrap returns the problem of the first fault.
func (f Faults) Unwrap() error {
	if len(f) == 0 {
		return nil
	}
	return f[0].problem()
}

// fault notes a problem with a thing. It returns an error that is no problem, or an internal one.
func (ap *applying) fault(t thing, err error) error {
	p, ok := errors.AsType[*problem.Problem](err)
	if !ok || p.Kind == problem.Internal {
		return err
	}
	path := t.path()
	if p.Field != "" && p.Field != "name" {
		path = append(path, strings.Split(p.Field, ".")...)
	}
	ap.faults = append(ap.faults, Fault{path, p.Kind, p.Message, p.Hint})
	return nil
}

// check notes every fault in the settings of a thing. A check stops at the first one, so this
// resets the wrong setting, to that in sound, and checks again.
func (ap *applying) check(t thing, settings any, sound map[string]string, check func() error) error {
	seen := map[string]bool{}
	for {
		err := check()
		if err == nil {
			return nil
		}
		p, ok := errors.AsType[*problem.Problem](err)
		if ok && seen[p.Field] {
			return nil
		}
		if err := ap.fault(t, err); err != nil {
			return err
		}
		seen[p.Field] = true
		if !reset(reflect.ValueOf(settings).Elem(), p.Field, sound[p.Field]) {
			return nil
		}
	}
}

// reset sets the field with a JSON name to a text, or to its zero value.
func reset(v reflect.Value, name, text string) bool {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case tag == name && text != "" && f.Type.Kind() == reflect.String:
			v.Field(i).SetString(text)
			return true
		case tag == name:
			v.Field(i).SetZero()
			return true
		case f.Anonymous && f.Type.Kind() == reflect.Struct && reset(v.Field(i), name, text):
			return true
		}
	}
	return false
}
