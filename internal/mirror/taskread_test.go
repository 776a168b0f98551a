package mirror

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/problem"
)

func text(s string) *string { return &s }

func TestATaskIsReadAsItIsWritten(t *testing.T) {
	t.Parallel()
	full := `{"collection": "m", "url": "http://x/debian", "suite": "stable", "components": ["main"], "architectures": ["amd64"],
		"signing_key": "KEY", "filters": [{"binary_name": "", "priority": "optional", "section": "net", "source_name": "a.*", "ignore_unauthorized": true}, {}]}`
	want := Task{
		Collection: "m", URL: "http://x/debian", Suite: "stable", Components: []string{"main"}, Architectures: []string{"amd64"}, SigningKey: text("KEY"),
		Filters: []Filter{{BinaryName: text(""), Priority: text("optional"), Section: text("net"), SourceName: text("a.*"), IgnoreUnauthorized: true}, {}},
	}
	least := `{"collection": "m", "url": "http://x", "suite": "./"`
	for name, c := range map[string]struct {
		document string
		want     Task
	}{
		"task_data alone":                {full, want},
		"a whole task":                   {`{"task_name": "aptmirror", "task_data": ` + full + `}`, want},
		"a whole task without its name":  {`{"task_data": ` + full + `}`, want},
		"a name in capitals":             {`{"task_name": "APTMirror", "task_data": ` + full + `}`, want},
		"what is optional left out":      {least + "}", Task{Collection: "m", URL: "http://x", Suite: "./"}},
		"null is as if it were left out": {least + `, "components": null, "architectures": null, "signing_key": null, "filters": null}`, Task{Collection: "m", URL: "http://x", Suite: "./"}},
		"null in a filter too":           {least + `, "filters": [{"section": null, "ignore_unauthorized": null}]}`, Task{Collection: "m", URL: "http://x", Suite: "./", Filters: []Filter{{}}}},
		"empty lists are not absent":     {least + `, "components": [], "filters": []}`, Task{Collection: "m", URL: "http://x", Suite: "./", Components: []string{}, Filters: []Filter{}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ReadTask([]byte(c.document))
			if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

func TestATaskThatIsNotOneIsRefusedByItsField(t *testing.T) {
	t.Parallel()
	with := func(more string) string {
		return `{"collection": "m", "url": "http://x", "suite": "stable"` + more + `}`
	}
	for name, c := range map[string]struct{ document, field, says string }{
		"an unknown member":                {with(`, "colour": "red"`), "colour", "no such member"},
		"an unknown member of a filter":    {with(`, "filters": [{}, {"name": "x"}]`), "filters[1].name", "no such member"},
		"an unknown member of a whole":     {`{"task_data": ` + with("") + `, "workspace": "w"}`, "workspace", "no such member"},
		"a member misspelled":              {`{"colection": "m", "url": "http://x", "suite": "s"}`, "colection", "no such member"},
		"another task":                     {`{"task_name": "sbuild", "task_data": ` + with("") + `}`, "task_name", "another task"},
		"no collection":                    {`{"url": "http://x", "suite": "s"}`, "collection", "missing"},
		"no url":                           {`{"collection": "m", "suite": "s"}`, "url", "missing"},
		"no suite":                         {`{"collection": "m", "url": "http://x"}`, "suite", "missing"},
		"a collection by number":           {`{"collection": 7, "url": "http://x", "suite": "s"}`, "collection", "a number, not a text"},
		"components in one text":           {with(`, "components": "main"`), "components", "a text, not a list"},
		"an architecture by number":        {with(`, "architectures": ["amd64", 1]`), "architectures[1]", "a number, not a text"},
		"filters in an object":             {with(`, "filters": {}`), "filters", "an object, not a list"},
		"a filter that is a text":          {with(`, "filters": ["x"]`), "filters[0]", "a text, not an object"},
		"a section by number":              {with(`, "filters": [{"section": 1}]`), "filters[0].section", "a number"},
		"ignore_unauthorized in words":     {with(`, "filters": [{"ignore_unauthorized": "yes"}]`), "filters[0].ignore_unauthorized", "a text, not true or false"},
		"a member twice":                   {with(`, "suite": "other"`), "suite", "twice"},
		"a member of a filter twice":       {with(`, "filters": [{"section": "a", "section": "b"}]`), "filters[0].section", "twice"},
		"a list":                           {`[]`, "", "a list, not an object"},
		"two tasks":                        {with("") + with(""), "", "followed"},
		"nothing":                          {"", "", "not JSON"},
		"half a task":                      {`{"collection": `, "", "not JSON"},
		"a task a hundred thousand deep":   {strings.Repeat(`{"a":`, 100_000), "a.a.a.a.a.a.a.a.a", "too deeply"},
		"task_data that is no object":      {`{"task_data": 5}`, "task_data", "a number, not an object"},
		"task_data that is null":           {`{"task_data": null}`, "task_data", "missing"},
		"a name of a member without limit": {with(`, "` + strings.Repeat("x", 5000) + `": 1`), strings.Repeat("x", 100) + "…", "no such member"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ReadTask([]byte(c.document))
			p, ok := errors.AsType[*problem.Problem](err)
			if !ok || p.Kind != problem.Invalid || p.Field != c.field || !strings.Contains(p.Message, c.says) {
				t.Errorf("%v, want %s: … %s", err, c.field, c.says)
			}
		})
	}
	if _, err := ReadTask(make([]byte, maxTask+1)); !problem.Is(err, problem.TooLarge) {
		t.Errorf("a task of more than %d bytes: %v", maxTask, err)
	}
}

func TestATaskThatCannotWorkIsRefusedByItsField(t *testing.T) {
	t.Parallel()
	one := func(f Filter) func(*Task) { return func(task *Task) { task.Filters = []Filter{f} } }
	for name, c := range map[string]struct {
		spoil func(*Task)
		field string
	}{
		"an empty collection":           {func(task *Task) { task.Collection = "" }, "collection"},
		"a collection's lookup":         {func(task *Task) { task.Collection = "sid@debian:suite" }, "collection"},
		"an empty url":                  {func(task *Task) { task.URL = "" }, "url"},
		"a relative url":                {func(task *Task) { task.URL = "debian" }, "url"},
		"a url of another scheme":       {func(task *Task) { task.URL = "ftp://x/debian" }, "url"},
		"a url without a host":          {func(task *Task) { task.URL = "http:///debian" }, "url"},
		"a url that is none":            {func(task *Task) { task.URL = "http://[x" }, "url"},
		"an empty suite":                {func(task *Task) { task.Suite = "" }, "suite"},
		"no url and no suite":           {func(task *Task) { task.URL, task.Suite = "", "" }, "url"},
		"a suite outside":               {func(task *Task) { task.Suite = "../x" }, "suite"},
		"components with a flat suite":  {func(task *Task) { task.Suite, task.Components = "x/", []string{"main"} }, "components"},
		"no components with a flat one": {func(task *Task) { task.Suite, task.Components = "x/", []string{} }, "components"},
		"an empty list of components":   {func(task *Task) { task.Components = []string{} }, "components"},
		"an empty list of architectures": {
			func(task *Task) { task.Architectures = []string{} }, "architectures",
		},
		"source as an architecture": {func(task *Task) { task.Architectures = []string{"source"} }, "architectures"},
		"no name of a component":    {func(task *Task) { task.Components = []string{""} }, "components"},
		"an empty key":              {func(task *Task) { task.SigningKey = text("") }, "signing_key"},
		"a key that is none":        {func(task *Task) { task.SigningKey = text("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxx\n") }, "signing_key"},
		"an empty list of filters":  {func(task *Task) { task.Filters = []Filter{} }, "filters"},
		"a bad binary_name":         {one(Filter{BinaryName: text("lib(")}), "filters[0].binary_name"},
		"a bad source_name":         {one(Filter{SourceName: text("*")}), "filters[0].source_name"},
		"too many filters":          {func(task *Task) { task.Filters = make([]Filter, maxFilters+1) }, "filters"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := Task{Collection: "m", URL: "http://x/debian", Suite: "stable"}
			c.spoil(&task)
			_, err := task.Configure(Config{})
			if p, ok := errors.AsType[*problem.Problem](err); !ok || p.Field != c.field {
				t.Errorf("%v, want one of %s", err, c.field)
			}
		})
	}
}

func TestATaskConfiguresWhatItHasWordsFor(t *testing.T) {
	t.Parallel()
	before := Config{
		URL: "http://old", Suite: "old", Components: []string{"x"}, Packages: []string{"x"}, Filter: "x", FilterWithDependencies: true, LatestOnly: true,
		Filters: []Filter{{}}, Keyring: "old", ShrinkGuard: 50, AcceptExpired: true, UDebs: true,
	}
	got, err := Task{Collection: "m", URL: "http://x/debian", Suite: "stable"}.Configure(before)
	want := Config{URL: "http://x/debian", Suite: "stable", Sources: true, Strict: true, ShrinkGuard: 50, AcceptExpired: true, UDebs: true}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func FuzzReadTask(f *testing.F) {
	for _, seed := range []string{
		`{"collection": "m", "url": "http://x", "suite": "stable", "filters": [{"binary_name": "a"}]}`,
		`{"task_name": "aptmirror", "task_data": {}}`, `{"a": {"a": 1, "a": 2}}`, `[[[[`, `{"filters": [{}, 1]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		task, err := ReadTask(document)
		if err != nil {
			if !problem.Is(err, problem.Invalid) && !problem.Is(err, problem.TooLarge) {
				t.Errorf("not a problem: %v", err)
			}
			return
		}
		text, err := json.Marshal(task)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadTask(text)
		if err != nil || again.Collection != task.Collection || again.URL != task.URL || len(again.Filters) != len(task.Filters) {
			t.Errorf("%+v became %+v: %v", task, again, err)
		}
		_, _ = task.Configure(Config{})
	})
}
