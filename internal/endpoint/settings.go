package endpoint

import (
	"reflect"
	"strings"
)

// Settings configure an endpoint. /v1, declarations, the command line and the database share them.
//
// A kind with settings of its own adds them here with omitempty, and describes them in [Kind.Fields].
// If it has no use for a member with the tag required, it removes that tag: its Field remains Required.
type Settings struct {
	Kind      string `json:"kind" doc:"filesystem"`
	Directory string `json:"directory,omitempty" required:"true" doc:"Absolute path of the root that the web server serves"`
	Link      string `json:"link,omitempty" doc:"How package files come there: hard, symbolic or copy; empty: hard where the file system can, else copy"`
	Plain     bool   `json:"plain,omitempty" doc:"Write indexes without compression too"`
	PublicURL string `json:"public_url,omitempty" doc:"Address of the root, as clients reach it"`
}

// Member returns a pointer to the member with a JSON name: a *string or *bool. It returns nil if there is
// none.
func (s *Settings) Member(name string) any {
	if m := s.member(name); m.IsValid() {
		return m.Addr().Interface()
	}
	return nil
}

// Has reports whether the member with a JSON name is not empty.
func (s Settings) Has(name string) bool { return !s.member(name).IsZero() }

// Copy takes the member with a JSON name from other settings.
func (s *Settings) Copy(name string, from Settings) { s.member(name).Set(from.member(name)) }

func (s *Settings) member(name string) reflect.Value {
	v := reflect.ValueOf(s).Elem()
	for i := range v.NumField() {
		if tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ","); tag == name {
			return v.Field(i)
		}
	}
	return reflect.Value{}
}
