package rest

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/cli/client"
	"github.com/aptarium/aptarium/internal/problem"
)

// TestEveryRouteReadsWhatTheClientSends fills the input of each route, sends it with the client,
// and compares it with what the handler gets.
func TestEveryRouteReadsWhatTheClientSends(t *testing.T) {
	t.Parallel()
	inputs, operations := map[string]any{}, []huma.Operation{}
	seen := problem.New(problem.Conflict, "seen")
	s := newService(apptest.New(t).App, Options{Local: true, tap: func(op huma.Operation, in any) error {
		if u, ok := in.(*upload); ok {
			in = &u.AddPackagesInput
		}
		if inputs[op.OperationID] == nil {
			operations = append(operations, op)
		}
		inputs[op.OperationID] = in
		return seen
	}}, "")
	c, err := client.New(client.Options{URL: "http://aptarium", Transport: client.Local(s.handler())})
	if err != nil {
		t.Fatal(err)
	}
	if len(operations) < 100 {
		t.Errorf("%d routes are too few", len(operations))
	}
	for _, text := range []string{"a/b %2F?&+=;ü", ".."} {
		for _, op := range operations {
			sent := reflect.New(reflect.TypeOf(inputs[op.OperationID]).Elem())
			fill(sent.Elem(), "", text)
			route := routes.Route[any, routes.None]{Method: op.Method, Path: op.Path}
			if err := client.Do(t.Context(), c, route, sent.Elem().Interface()); !problem.Is(err, problem.Conflict) {
				t.Errorf("%s: %v", op.OperationID, err)
			} else if got := inputs[op.OperationID]; !reflect.DeepEqual(got, sent.Interface()) {
				t.Errorf("%s got %s, not %s", op.OperationID, asJSON(t, got), asJSON(t, sent.Interface()))
			}
		}
	}
}

// fill sets everything in a value to something that is not zero and that the tag of its field
// allows.
func fill(v reflect.Value, tag reflect.StructTag, text string) {
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.Date(2026, 11, 20, 12, 0, 0, 5000, time.UTC)))
		return
	case json.RawMessage:
		v.SetBytes([]byte(`{"a":1}`))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() && field.Tag.Get("json") != "-" {
				fill(v.Field(i), field.Tag, text)
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), tag, text)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), tag, text)
		}
	case reflect.Map:
		element := reflect.New(v.Type().Elem()).Elem()
		fill(element, tag, text)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("k").Convert(v.Type().Key()), element)
	case reflect.String:
		if choices := tag.Get("enum"); choices != "" {
			text = slices.Max(strings.Split(choices, ","))
		}
		v.SetString(text)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(3)
	case reflect.Uint8, reflect.Uint64:
		v.SetUint(3)
	case reflect.Float64:
		v.SetFloat(3)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
