package wire

import (
	"errors"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/problem"
)

// sample has a parameter of every type.
type sample struct {
	Text    string            `param:"text,optional"`
	Line    string            `param:"line,optional,line"`
	Title   string            `param:"title,optional,title"`
	Name    string            `param:"name,optional,name"`
	Number  int64             `param:"number,optional" default:"7"`
	Flag    bool              `param:"flag,optional" default:"false"`
	Tri     *bool             `param:"tri,optional"`
	Changed *string           `param:"changed,optional"`
	Count   *int64            `param:"count,optional"`
	List    []string          `param:"list,optional"`
	IDs     []int64           `param:"ids,optional"`
	Map     map[string]string `param:"map,optional"`
	File    Attachment        `param:"file,optional"`
	Data    []byte            `param:"data,optional"`
	When    time.Time         `param:"when,optional"`
}

type strict struct {
	Name string   `param:"name"`
	List []string `param:"list"`
}

// try decodes an encoded request.
func try[In any](encoded string) (In, error) {
	var got In
	sent := Values{}
	if err := sent.Add(encoded); err != nil {
		return got, err
	}
	err := Decode(sent, ParametersOf(reflect.TypeFor[In]()), reflect.ValueOf(&got).Elem())
	return got, err
}

// reasonOf returns the reason of an error of a request, MultiError for several, or
// RequestTooLarge.
func reasonOf(err error) string {
	if _, several := errors.AsType[Errors](err); several {
		return "MultiError"
	}
	if problem.Is(err, problem.TooLarge) {
		return "RequestTooLarge"
	}
	return string(problem.ReasonOf(err))
}

func TestParametersAreReadByTheirTypes(t *testing.T) {
	t.Parallel()
	yes, no, empty, three := true, false, "", int64(3)
	at := time.Date(2026, 11, 21, 16, 5, 9, 0, time.UTC)
	for encoded, want := range map[string]sample{
		"":                                   {Number: 7},
		"text=a+b%20%C3%A9%0Ac&line=x%2By":   {Number: 7, Text: "a b é\nc", Line: "x+y"},
		"title=My%20Title&name=a-b%2B1":      {Number: 7, Title: "My Title", Name: "a-b+1"},
		"text=&number=&list=&map=&flag=":     {Number: 7},
		"number=-12&flag=TRUE":               {Number: -12, Flag: true},
		"tri=true":                           {Number: 7, Tri: &yes},
		"tri=false&count=3":                  {Number: 7, Tri: &no, Count: &three},
		"changed=":                           {Number: 7, Changed: &empty},
		"list.10=c&list.2=b&list.1=a":        {Number: 7, List: []string{"a", "b", "c"}},
		"list.7=only":                        {Number: 7, List: []string{"only"}},
		"ids.1=5&ids.2=6":                    {Number: 7, IDs: []int64{5, 6}},
		"map.30=new+name&map.a.b=c&map.x=":   {Number: 7, Map: map[string]string{"30": "new name", "a.b": "c", "x": ""}},
		"file=a.txt$$aGVsbG8%3D":             {Number: 7, File: Attachment{"a.txt", []byte("hello")}},
		"file=a$$":                           {Number: 7, File: Attachment{"a", []byte{}}},
		"data=aGVs%0AbG8%3D":                 {Number: 7, Data: []byte("hello")},
		"when=2026-11-21T16:05:09Z":          {Number: 7, When: at},
		"when=2026-11-21%2017:05:09%2B01:00": {Number: 7, When: at},
		"when=20261121T160509":               {Number: 7, When: at},
		"when=2026-11-21T16:05":              {Number: 7, When: at.Truncate(time.Minute)},
		"when=2026-11-21":                    {Number: 7, When: at.Truncate(24 * time.Hour)},
		"&&text=a&":                          {Number: 7, Text: "a"},
	} {
		got, err := try[sample](encoded)
		if err != nil {
			t.Errorf("%q: %v", encoded, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q is read otherwise (-want +got):\n%s", encoded, diff)
		}
	}
}

func TestParametersThatCannotBe(t *testing.T) {
	t.Parallel()
	for encoded, code := range map[string]string{
		"text=a&text=b":                       "InvalidParameterValue",
		"text=%ff":                            "InvalidParameterValue",
		"text=%00":                            "InvalidParameterValue",
		"text=%zz":                            "InvalidParameterValue",
		"%ff=a":                               "InvalidParameterValue",
		strings.Repeat("n", 201) + "=a":       "InvalidParameterValue",
		"line=a%0Ab":                          "InvalidParameterValue",
		"line=" + strings.Repeat("x", 5000):   "InvalidParameterValue",
		"title=+":                             "InvalidParameterValue",
		"title=" + strings.Repeat("x", 256):   "InvalidParameterValue",
		"name=Upper":                          "InvalidParameterValue",
		"name=-a":                             "InvalidParameterValue",
		"name=a/b":                            "InvalidParameterValue",
		"number=1.5":                          "InvalidParameterValue",
		"number=99999999999999999999":         "InvalidParameterValue",
		"flag=yes":                            "InvalidParameterValue",
		"tri=":                                "InvalidParameterValue",
		"list=a":                              "InvalidParameterValue",
		"list.1=a&list=b":                     "InvalidParameterValue",
		"list.0=a":                            "InvalidParameterValue",
		"list.01=a":                           "InvalidParameterValue",
		"list.x=a":                            "InvalidParameterValue",
		"list.=a":                             "InvalidParameterValue",
		"list.1.2=a":                          "InvalidParameterValue",
		"ids.1=a":                             "InvalidParameterValue",
		"map=a":                               "InvalidParameterValue",
		"text.1=a":                            "InvalidParameterValue",
		"file=a.txt":                          "InvalidParameterValue",
		"file=../a$$aGVsbG8=":                 "InvalidParameterValue",
		"file=..$$aGVsbG8=":                   "InvalidParameterValue",
		"file=$$aGVsbG8=":                     "InvalidParameterValue",
		"file=a$$!":                           "InvalidParameterValue",
		"data=!":                              "InvalidParameterValue",
		"when=yesterday":                      "InvalidTime",
		"when=2026-13-01":                     "InvalidTime",
		"other=1":                             "UnknownParameter",
		"other=1&number=x":                    "MultiError",
		"ids.1=a&ids.2=b":                     "MultiError",
		strings.Repeat("&a=b", maxParameters): "RequestTooLarge",
	} {
		_, err := try[sample](encoded)
		if err == nil {
			t.Errorf("%.100q is taken", encoded)
			continue
		}
		if got := reasonOf(err); got != code {
			t.Errorf("%.100q is %s, not %s: %v", encoded, got, code, err)
		}
	}
}

// TestAllThatIsMissingIsToldAtOnce also has a required list that is empty.
func TestAllThatIsMissingIsToldAtOnce(t *testing.T) {
	t.Parallel()
	_, err := try[strict]("name=")
	list, _ := errors.AsType[Errors](err)
	var codes []string
	for _, each := range list {
		codes = append(codes, reasonOf(each)+" "+strings.Split(each.Error(), ":")[0])
	}
	want := []string{"MissingParameter name", "MissingParameter list"}
	if diff := cmp.Diff(want, codes); diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := try[strict]("list.1=a"); reasonOf(err) != "MissingParameter" {
		t.Errorf("one missing parameter is %v", err)
	}
}

// TestWhatIsSentIsWhatIsRead sends texts of every kind.
func TestWhatIsSentIsWhatIsRead(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"a&b=c;d+e f", "%41", "\t\r\n", "ü€𝄞", "$$", "a.b"} {
		got, err := try[sample](url.Values{"text": {text}, "list.1": {text}, "map." + "k": {text}}.Encode())
		if err != nil || got.Text != text || got.List[0] != text || got.Map["k"] != text {
			t.Errorf("%q is read as %+v, %v", text, got, err)
		}
	}
}

// FuzzParameters decodes any request: an error is a fault of the request.
func FuzzParameters(f *testing.F) {
	for _, seed := range []string{
		"", "text=a&list.1=b&list.2=c", "map.1=a&file=a$$aGVsbG8=&data=aGVsbG8=", "when=2026-11-21T16:05:09Z&tri=true&number=1", "list.1=a&list=b",
		"&&=&=a&.=b&..=c", "ids.9223372036854775808=1", "text=%", "name=%F0%9F%92%A9", "when=0000-01-01", "file=$$$$",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, encoded string) {
		in, err := try[sample](encoded)
		if err == nil {
			if again, err := try[sample](encoded); err != nil || !cmp.Equal(in, again) {
				t.Fatalf("%q is read in two ways", encoded)
			}
			return
		}
		if reasonOf(err) == "" {
			t.Fatalf("%q is no fault of the request: %v", encoded, err)
		}
	})
}
