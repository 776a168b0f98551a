package aptly

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"strconv"

	"github.com/aptarium/aptarium/internal/problem"
)

// badBody returns the error of a body that cannot be read, as text like aptly's.
func badBody(text string) error {
	return &wireError{status: http.StatusBadRequest, problem: &problem.Problem{Kind: problem.Invalid, Message: text}, plain: true}
}

// bind reads the body into the struct that into points to. Names are those of its fields,
// in any case; a field tagged `binding:"required"` must not be empty. JSON needs its content
// type; any other body is a form, which has flat fields only.
func (c *call) bind(into any) error {
	kind, _, _ := mime.ParseMediaType(c.Header.Get("Content-Type"))
	switch kind {
	case "application/json":
		if err := c.bindJSON(into); err != nil {
			return err
		}
	case "", "application/x-www-form-urlencoded":
		if err := c.bindForm(into); err != nil {
			return err
		}
	default:
		return badBody("the content type " + strconv.Quote(kind) + " cannot be read: send application/json")
	}
	return required(reflect.ValueOf(into).Elem(), "")
}

// sending returns a handler that reads the body first.
func sending[In any](serve func(*call, In) (answer, error)) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		var in In
		if err := c.bind(&in); err != nil {
			return answer{}, err
		}
		return serve(c, in)
	}
}

// bindOptional is bind for routes whose body is optional.
func (c *call) bindOptional(into any) error {
	if c.Body == nil || c.Body == http.NoBody || c.ContentLength == 0 {
		return nil
	}
	return c.bind(into)
}

func (c *call) bindJSON(into any) error {
	decoder := json.NewDecoder(c.Body)
	err := decoder.Decode(into)
	if errors.Is(err, io.EOF) {
		return badBody("EOF")
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return badBody(fmt.Sprintf("json: cannot unmarshal %s into Go struct field .%s of type %s", wrong.Value, wrong.Field, wrong.Type))
	}
	if err != nil {
		return badBody(err.Error())
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return badBody("there is more behind the JSON value")
	}
	return nil
}

func (c *call) bindForm(into any) error {
	text, err := io.ReadAll(c.Body)
	if err != nil {
		return badBody(err.Error())
	}
	form, err := url.ParseQuery(string(text))
	if err != nil {
		form = url.Values{} // a body of another kind without its type has no fields
	}
	for name, values := range c.URL.Query() {
		form[name] = append(form[name], values...)
	}
	target := reflect.ValueOf(into).Elem()
	if target.Kind() != reflect.Struct {
		return badBody("a form cannot hold a list: send application/json")
	}
	for i := range target.NumField() {
		if err := setField(target.Field(i), form[target.Type().Field(i).Name]); err != nil {
			return badBody(fmt.Sprintf("%s: %v", target.Type().Field(i).Name, err))
		}
	}
	return nil
}

// setField writes the texts of a form into a field.
func setField(field reflect.Value, texts []string) error {
	if len(texts) == 0 {
		return nil
	}
	switch field.Kind() {
	case reflect.String:
		field.SetString(texts[0])
	case reflect.Bool:
		value, err := strconv.ParseBool(texts[0])
		field.SetBool(value)
		return err
	case reflect.Pointer:
		fresh := reflect.New(field.Type().Elem())
		field.Set(fresh)
		return setField(fresh.Elem(), texts)
	case reflect.Slice:
		if field.Type().Elem().Kind() == reflect.String {
			field.Set(reflect.ValueOf(texts))
		}
	}
	return nil
}

// required returns an error for an empty field that must not be empty.
func required(v reflect.Value, path string) error {
	if v.Kind() != reflect.Struct {
		return nil
	}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Tag.Get("binding") == "required" && v.Field(i).IsZero() {
			return badBody(fmt.Sprintf("Key: '%s%s' Error:Field validation for '%s' failed on the 'required' tag", path, field.Name, field.Name))
		}
		if v.Field(i).Kind() == reflect.Slice && v.Field(i).Type().Elem().Kind() == reflect.Struct {
			for n := range v.Field(i).Len() {
				if err := required(v.Field(i).Index(n), fmt.Sprintf("%s%s[%d].", path, field.Name, n)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
