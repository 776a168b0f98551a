package client

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// encode returns the request of an input for a route: its fields with the tags path, query and
// header, and its field Body. Zero queries and headers are left out: the server takes an absent
// parameter as the zero value.
func encode(method, pattern string, in any) (request, error) {
	r := request{method: method, path: pattern, query: url.Values{}, header: http.Header{}}
	if err := r.add(reflect.ValueOf(in)); err != nil {
		return r, fmt.Errorf("encoding the input of %s %s: %w", method, pattern, err)
	}
	return r, nil
}

// add encodes the fields of a struct, and of the structs that it embeds.
func (r *request) add(in reflect.Value) error {
	for i := range in.NumField() {
		field, value := in.Type().Field(i), in.Field(i)
		switch {
		case field.Anonymous:
			if err := r.add(value); err != nil {
				return err
			}
		case field.Name == "Body":
			if value.Kind() != reflect.Pointer || !value.IsNil() {
				r.body = value.Interface()
			}
		default:
			if err := r.addParameter(field.Tag, value); err != nil {
				return fmt.Errorf("%s: %w", field.Name, err)
			}
		}
	}
	return nil
}

// addParameter encodes a field that is not part of the body.
func (r *request) addParameter(tag reflect.StructTag, value reflect.Value) error {
	texts, err := texts(value)
	if err != nil {
		return err
	}
	if name := tag.Get("path"); name != "" {
		r.path = strings.Replace(r.path, "{"+name+"}", segment(texts[0]), 1)
		return nil
	}
	if value.IsZero() {
		return nil
	}
	if name := tag.Get("query"); name != "" {
		name, _, _ = strings.Cut(name, ",")
		r.query[name] = texts
	}
	if name := tag.Get("header"); name != "" {
		r.header[http.CanonicalHeaderKey(name)] = texts
	}
	return nil
}

// texts returns a parameter as the server reads it, one text for each element of a list.
func texts(value reflect.Value) ([]string, error) {
	switch v := value.Interface().(type) {
	case time.Time:
		return []string{v.UTC().Format(time.RFC3339Nano)}, nil
	case []string:
		return v, nil
	}
	switch value.Kind() {
	case reflect.String:
		return []string{value.String()}, nil
	case reflect.Bool:
		return []string{strconv.FormatBool(value.Bool())}, nil
	case reflect.Int, reflect.Int64:
		return []string{strconv.FormatInt(value.Int(), 10)}, nil
	}
	return nil, fmt.Errorf("parameters of type %s cannot be sent", value.Type())
}

// segment escapes a segment of a path. Dots alone are escaped too: a server would take them
// for steps.
func segment(s string) string {
	if s == "." || s == ".." {
		return strings.ReplaceAll(s, ".", "%2E")
	}
	return url.PathEscape(s)
}
