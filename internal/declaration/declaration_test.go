package declaration_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/internal/declaration"
)

// house is something to be declared, with a setting of every type.
type house struct {
	Name  string          `json:"name,omitempty"`
	Rooms map[string]room `json:"rooms,omitempty"`
}

type room struct {
	Kind    string   `json:"kind"`
	Doors   []string `json:"doors,omitempty"`
	Windows []window `json:"windows,omitempty"`
	Area    float64  `json:"area,omitempty"`
	Heated  bool     `json:"heated,omitempty"`
	shared
	Sums struct {
		MD5 bool `json:"md5,omitempty"`
	} `json:"sums,omitzero"`
	Rent   *rent  `json:"rent,omitempty"`
	Secret string `json:"-"`
}

type shared struct {
	Floor  int           `json:"floor,omitempty"`
	LetFor time.Duration `json:"let_for,omitempty"`
}

type window struct {
	Width int `json:"width"`
}

type rent struct {
	Monthly int `json:"monthly"`
}

// read reads and decodes a file.
func read(name, text string) (h house, faults declaration.Faults) {
	tree, faults := declaration.Read(name, []byte(text))
	faults = append(faults, declaration.Decode(tree, &h)...)
	faults.Sort()
	return h, faults
}

const inYAML = `
name: "12"
x-: {}
rooms:
  hall: &hall
    kind: hall # a comment
    doors: [front, back]
    area: 20.5
    heated: true
    floor: 0x2
    let_for: 2w
    sums: {md5: true}
    rent: {monthly: 1_000}
    windows:
      - width: 3
  copy: *hall
  bath.1:
    <<: *hall
    kind: bath
    doors: one
    windows:
`

const inTOML = `
name = "12"
[rooms.hall]
kind = "hall" # a comment
doors = ["front", # and
  "back"]
area = 20.5
heated = true
floor = 0x2
let_for = '2w'
sums.md5 = true
rent = {monthly = 1_000}
[[rooms.hall.windows]]
width = 3
[rooms."bath.1"]
kind = "bath"
doors = "one"
`

func TestBothFormsSayTheSame(t *testing.T) {
	t.Parallel()
	hall := room{Kind: "hall", Doors: []string{"front", "back"}, Area: 20.5, Heated: true, Rent: &rent{1000}, Windows: []window{{3}}}
	hall.Floor, hall.LetFor, hall.Sums.MD5 = 2, 14*24*time.Hour, true
	bath := hall
	bath.Kind, bath.Doors, bath.Windows = "bath", []string{"one"}, nil
	want := house{Name: "12", Rooms: map[string]room{"hall": hall, "copy": hall, "bath.1": bath}}

	got, faults := read("house.yaml", strings.Replace(strings.Replace(inYAML, "x-: {}\n", "", 1), "    windows:\n`", "", 1))
	if len(faults) != 1 || faults[0].Message != "this is nothing, not a list" {
		t.Errorf("a list that has no value: %v", faults)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(room{})); diff != "" {
		t.Errorf("YAML (-want +got):\n%s", diff)
	}
	delete(want.Rooms, "copy")
	want.Rooms["bath.1"] = room{Kind: "bath", Doors: []string{"one"}}
	got, faults = read("house.toml", inTOML)
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(room{})); diff != "" || len(faults) > 0 {
		t.Errorf("TOML (-want +got):\n%s%v", diff, faults)
	}
}

func TestEveryFaultHasItsPlaceAndRemedy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, text, want string }{
		"names that mean nothing": {"a.yaml", "rooms:\n  hall:\n    kind: x\n    heatd: true\n    doors-: [a]\nroom: {}\ncellar: 1\n", `
a.yaml:4:5: rooms.hall.heatd: unknown setting (write heated)
a.yaml:5:5: rooms.hall.doors-: unknown setting (write doors)
a.yaml:6:1: room: unknown setting (write rooms)
a.yaml:7:1: cellar: unknown setting (the settings here are name, rooms)`},
		"other types": {"a.yaml", "name: 12\nrooms:\n  a: {kind: yes, heated: 'true', floor: one, area: big, let_for: 7, doors: [1], windows: x}\n  b: {kind: true, heated: , floor: 1.5, rent: [], let_for: soon}\n  c: []\n", `
a.yaml:1:7: name: 12 is not a text (write "12")
a.yaml:3:26: rooms.a.heated: "true" is not true or false (write true or false)
a.yaml:3:41: rooms.a.floor: "one" is not a number (write a whole number, without quotes)
a.yaml:3:52: rooms.a.area: "big" is not a fraction (write a number, without quotes)
a.yaml:3:66: rooms.a.let_for: 7 is not a duration (write 36h, 90d, 12w or 2y)
a.yaml:3:77: rooms.a.doors.0: 1 is not a text (write "1")
a.yaml:3:90: rooms.a.windows: this is a text, not a list (write [A, B])
a.yaml:4:13: rooms.b.kind: true is not a text (write "true")
a.yaml:4:27: rooms.b.heated: this is nothing, which is not true or false (write a value, or omit the setting)
a.yaml:4:36: rooms.b.floor: 1.5 is not a number (write a whole number, without quotes)
a.yaml:4:47: rooms.b.rent: this is a list, not a map (write its settings below it, as NAME: VALUE)
a.yaml:4:60: rooms.b.let_for: "soon" is not a duration (write 36h, 90d, 12w or 2y)
a.yaml:5:6: rooms.c: this is a list, not a map (write its settings below it, as NAME: VALUE)`},
		"numbers that are too large": {"a.yaml", "rooms: {a: {kind: a, floor: 0xffffffffffffffff}}", `
a.yaml:1:29: rooms.a.floor: 0xffffffffffffffff is too large`},
		"what is missing": {"a.yaml", "rooms:\n  hall:\n    rent: {}\n  bath: {windows: [{}]}\n  attic:\n", `
a.yaml:2:3: rooms.hall.kind: is missing
a.yaml:3:5: rooms.hall.rent.monthly: is missing
a.yaml:4:3: rooms.bath.kind: is missing
a.yaml:4:20: rooms.bath.windows.0.width: is missing
a.yaml:5:3: rooms.attic.kind: is missing`},
		"twice the same": {"a.yaml", "name: a\nrooms:\n  a: {kind: a, kind: b}\n  a: {kind: c}\nname: b\n", `
a.yaml:3:16: rooms.a.kind: already set at a.yaml:3:7 (remove one of the two)
a.yaml:4:3: rooms.a: already set at a.yaml:3:3 (remove one of the two)
a.yaml:5:1: name: already set at a.yaml:1:1 (remove one of the two)`},
		"what no name is":          {"a.yaml", "? [a]\n: b\n", "\na.yaml:1:3: this is not a name (write a plain text before the colon)"},
		"a tag":                    {"a.yaml", "name: !secret x\n", "\na.yaml:1:7: name: the tag !secret is not supported (remove it)\na.yaml:1:7: name: this is nothing, which is not a text (write a value, or omit the setting)"},
		"a merge of no map":        {"a.yaml", "<<: [1]\n", "\na.yaml:1:5: << merges a number, not a map (use an alias of a map, such as *defaults)"},
		"no YAML":                  {"a.yaml", "name: a\nrooms: [\n", "\na.yaml:2:1: this is not YAML: did not find expected node content"},
		"an alias of nothing":      {"a.yaml", "name: *a\n", "\na.yaml: this is not YAML: unknown anchor 'a' referenced"},
		"a second document":        {"a.yaml", "name: a\n---\nname: b\n", "\na.yaml:2:1: a second document starts here (move it to a file of its own)"},
		"a list":                   {"a.yaml", "- a\n", "\na.yaml:1:1: this is a list, not a map of sections (start with a section such as mirrors:)"},
		"no TOML":                  {"a.toml", "name = \n", "\na.toml:1:8: this is not TOML: toml: unexpected character U+000A at start of value"},
		"a table twice":            {"a.toml", "[rooms.a]\nkind = 'x'\n[rooms.a]\n", "\na.toml:3:2: this is not TOML: toml: table a already exists"},
		"TOML of another type":     {"a.toml", "name = 12\n[rooms.a]\nkind = ['x']\nheated = 2026-01-01\n[rooms.b]\n", "\na.toml:1:8: name: 12 is not a text (write \"12\")\na.toml:3:1: rooms.a.kind: this is a list, which is not a text\na.toml:4:10: rooms.a.heated: 2026-01-01 is not true or false (write true or false)\na.toml:5:8: rooms.b.kind: is missing"},
		"TOML with unknown names":  {"a.toml", "rooms.a = {kind = 'x', heat.ed = true}\n", "\na.toml:1:24: rooms.a.heat: unknown setting (write heated)"},
		"a file of another format": {"a.ini", "", "\na.ini: the name has no suffix of a known format (use .yaml, .json or .toml)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, faults := read(c.file, c.text)
			if diff := cmp.Diff(strings.TrimPrefix(c.want, "\n"), faults.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFilesAreBounded(t *testing.T) {
	t.Parallel()
	bomb := "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for i := 'b'; i <= 'h'; i++ {
		bomb += fmt.Sprintf("%c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n", i, i, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1)
	}
	for name, c := range map[string]struct{ file, text, want string }{
		"bytes":                {"a.yaml", strings.Repeat("#", declaration.MaxSize+1), "the limit is"},
		"aliases":              {"a.yaml", bomb, "the file has more than 200000 values"},
		"an alias of itself":   {"a.yaml", "a: &a [*a]", "nests deeper than 16 levels"},
		"a merge of itself":    {"a.yaml", "a: &a {<<: *a}", "nests deeper than 16 levels"},
		"lists in lists":       {"a.yaml", "a: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "nests deeper than 16 levels"},
		"lists in TOML":        {"a.toml", "a = " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "nests deeper than 16 levels"},
		"values of TOML":       {"a.toml", "a = [" + strings.Repeat("1,", 200_001) + "]", "the file has more than 200000 values"},
		"more lists than YAML": {"a.yaml", strings.Repeat("[", 50_000), "exceeded max depth"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, faults := declaration.Read(c.file, []byte(c.text))
			if len(faults) != 1 || !strings.Contains(faults.Error(), c.want) {
				t.Errorf("%v", faults)
			}
		})
	}
	var many strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&many, "x%d: 1\n", i)
	}
	if _, faults := read("a.yaml", many.String()); len(faults) != 100 {
		t.Errorf("%d faults are told", len(faults))
	}
}

func TestSectionsOfSeveralFilesBecomeOne(t *testing.T) {
	t.Parallel()
	a, _ := declaration.Read("a.yaml", []byte("name: x\nrooms: {a: {kind: a}}\n"))
	b, _ := declaration.Read("b.toml", []byte("rooms.b.kind = 'b'\n"))
	c, _ := declaration.Read("c.yaml", []byte("name: y\nrooms: {a: {kind: c}}\n"))
	all, faults := declaration.Merge(a, b)
	var got house
	if faults = append(faults, declaration.Decode(all, &got)...); len(faults) > 0 || len(got.Rooms) != 2 || got.Name != "x" {
		t.Errorf("%+v %v", got, faults)
	}
	if at := all.Find([]string{"rooms", "b", "kind"}).String(); at != "b.toml:1:9" {
		t.Errorf("the kind of b is at %s", at)
	}
	if at := all.Find([]string{"rooms", "a", "floor", "x"}).String(); at != "a.yaml:2:9" {
		t.Errorf("what a has not is at %s", at)
	}
	_, faults = declaration.Merge(a, b, c)
	want := "c.yaml:1:1: name: already set at a.yaml:1:1 (remove one of the two)\n" +
		"c.yaml:2:9: rooms.a: already set at a.yaml:2:9 (remove one of the two)"
	if diff := cmp.Diff(want, faults.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestDurationsAreThoseOfPeople(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{"36h": 36 * time.Hour, "7d": 168 * time.Hour, "2w": 336 * time.Hour, "1y": 8760 * time.Hour, "1h30m": 90 * time.Minute, "0s": 0} {
		got, err := declaration.ParseDuration(text)
		back, backErr := declaration.ParseDuration(declaration.FormatDuration(got))
		if err != nil || got != want || backErr != nil || back != want {
			t.Errorf("%s is %s, %v; written and read %s, %v", text, got, err, back, backErr)
		}
	}
	for _, text := range []string{"", "7", "-1d", "-1h", "d", "300y", "9999999999d", "1.5d"} {
		if d, err := declaration.ParseDuration(text); err == nil {
			t.Errorf("%q is %s", text, d)
		}
	}
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	t.Parallel()
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "true", "~", "12", "1.5", "2026-01-01", "a: b", "- a", "#", "*a", "two\nlines\n", " x ", "yes", "0x1", "<<"}))
	name := rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9._+~/:-]{0,8}`)
	rooms := rapid.Custom(func(t *rapid.T) room {
		r := room{Kind: text.Draw(t, "kind"), Doors: rapid.SliceOfN(text, 1, 3).Draw(t, "doors"), Area: rapid.Float64Range(-1e9, 1e9).Draw(t, "area"), Heated: rapid.Bool().Draw(t, "heated")}
		r.Floor, r.Sums.MD5 = rapid.Int().Draw(t, "floor"), rapid.Bool().Draw(t, "md5")
		r.LetFor = time.Duration(rapid.Int64Range(0, 1e18).Draw(t, "let for"))
		if rapid.Bool().Draw(t, "rented") {
			r.Rent, r.Windows = &rent{rapid.IntRange(1, 9).Draw(t, "rent")}, []window{{1}, {2}}
		}
		return r
	})
	rapid.Check(t, func(rt *rapid.T) {
		want := house{Name: text.Draw(rt, "name"), Rooms: rapid.MapOfN(name, rooms, 1, 4).Draw(rt, "rooms")}
		tree, err := declaration.Encode(want)
		if err != nil {
			rt.Fatal(err)
		}
		for _, format := range []declaration.Format{declaration.YAML, declaration.TOML} {
			var b strings.Builder
			if err := declaration.Write(&b, tree, format); err != nil {
				rt.Fatal(err)
			}
			got, faults := read("x."+string(format), b.String())
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(room{})); diff != "" || len(faults) > 0 {
				rt.Fatalf("%s (-want +got):\n%s%v\n%s", format, diff, faults, b.String())
			}
		}
	})
}

func TestSettingsAreSpelledOut(t *testing.T) {
	t.Parallel()
	r := room{Kind: "hall", Doors: []string{"a"}}
	r.LetFor, r.Sums.MD5, r.Floor = 48*time.Hour, true, 3
	tree, err := declaration.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	want := []declaration.Setting{{"kind", "hall"}, {"doors", []any{"a"}}, {"floor", int64(3)}, {"let_for", "2d"}, {"sums.md5", true}}
	if diff := cmp.Diff(want, tree.Settings()); diff != "" {
		t.Error(diff)
	}
	if _, err := declaration.Encode(struct {
		C chan int `json:"c"`
	}{}); err == nil {
		t.Error("a channel was declared")
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{inYAML, "a: &a [*a]", "<<: {a: 1}", "? a", "- - -", "a: !!int x"} {
		f.Add("a.yaml", []byte(seed))
	}
	for _, seed := range []string{inTOML, "a.b.c = 1\n[[a.d]]\n[a.d.e]", "a = [{b = 1}, []]", "\"\" = 1"} {
		f.Add("a.toml", []byte(seed))
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		if len(data) > 1<<16 {
			return // it would take long, for many runs
		}
		tree, faults := declaration.Read(name, data)
		var h house
		faults = append(faults, declaration.Decode(tree, &h)...)
		for _, fault := range faults {
			if fault.Message == "" || fault.At.File != name {
				t.Errorf("%+v", fault)
			}
		}
		_ = tree.Settings()
	})
}
