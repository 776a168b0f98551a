package app_test

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/profiles"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// open lists the methods of services that need no permission, with the reason. A login answers strangers
// as if it needed one.
var open = map[string]string{
	"Activities.Begin":               "it runs the caller's own work, such as a call of aptly's API, which asks for its permissions itself",
	"Activities.Do":                  "as Begin",
	"Activities.Ready":               "/readyz answers anyone",
	"People.AcceptInvitation":        "the code of the invitation is the permission",
	"People.ReturnSignature":         "it lets a refused request be sent again",
	"Publications.File":              "published files are public",
	"Publications.Directory":         "published files are public",
	"Publications.EndpointDirectory": "everything in it is public",
	"Dput.Put":                       "the signature of the upload is the permission",

	// Parts of other use cases, which have asked for a permission.
	"Mirrors.Origins":         "it shows where a blob can be downloaded, for the pool",
	"Publications.OwnKeys":    "it distinguishes our keys from GnuPG's",
	"Publications.GnuPGKeys":  "it reads the keys of the server's GnuPG",
	"Publications.Sign":       "it completes the options of a publication",
	"Garbage.StartCollecting": "the server starts it by the clock",
	"Activities.End":          "the server stops",
	"Mirrors.End":             "the server stops",
}

// inputs are sound arguments, behind the context, of methods that refuse others before they look at the
// caller.
func inputs() map[string][]any {
	signing := &publications.Signing{Keyring: "none.gpg"}
	past := collections.Ref{Kind: collections.Repo, Name: "tools", Revision: 1}
	title := "Web servers"
	return map[string][]any{
		"Collections.CheckViews": {[]collections.Ref(nil), []collections.Ref{past}, []string(nil)},
		"Collections.Pull":       {collections.PullSnapshot{To: "repo:tools", From: "repo:tools", Name: "new", Packages: []string{"hello"}}},
		"Publications.Create":    {publications.NewPublication{Signing: signing}},
		"Publications.Update":    {"debian", "trixie", publications.PublicationEdit{Signing: signing}},
		"Publications.GnuPGKeys": {signing, []string(nil)},
		"Publications.GetAt":     {"debian", "trixie", "20261120T120000Z"},
		"Publications.Revert":    {past},
		"Pockets.Revert":         {pockets.Path{Distribution: "ubuntu", Series: "noble", Pocket: "release"}, "20261120T120000Z"},
		"Profiles.Associate":     {"web", profiles.Association{AllComputers: true}},
		"Profiles.Disassociate":  {"web", profiles.Association{AllComputers: true}},
		"Profiles.Edit":          {"web", profiles.ProfileEdit{Title: &title}},
	}
}

// TestStrangersNeedAPermission calls every method of every service that a dialect can call, as a caller who
// has not said who it is. Methods with a transaction or a running activity are for other nouns.
func TestStrangersNeedAPermission(t *testing.T) {
	t.Parallel()
	services, sound, seen := reflect.ValueOf(apptest.New(t).App).Elem(), inputs(), map[string]bool{}
	for i := range services.NumField() {
		field := services.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		for m := range services.Field(i).NumMethod() {
			name := field.Name + "." + services.Field(i).Type().Method(m).Name
			method := services.Field(i).Method(m)
			if !callable(method.Type()) {
				continue
			}
			seen[name] = true
			switch err := callAsStranger(method, sound[name]); {
			case problem.Is(err, problem.Unauthenticated):
				if open[name] != "" {
					t.Errorf("%s needs a permission: remove it from the list of open methods", name)
				}
			case open[name] == "":
				t.Errorf("%s lets strangers in, and answers %v: declare its permission, or state here why it needs none", name, err)
			}
		}
	}
	for _, name := range slices.Concat(slices.Collect(maps.Keys(open)), slices.Collect(maps.Keys(sound))) {
		if !seen[name] {
			t.Errorf("there is no method %s that a dialect can call: remove it from the lists of this test", name)
		}
	}
}

// callable reports whether a dialect can call a method: it has a context, and neither a transaction nor a
// running activity.
func callable(method reflect.Type) bool {
	for i := range method.NumIn() {
		if in := method.In(i); in == reflect.TypeFor[*db.Tx]() || in == reflect.TypeFor[*activity.Run]() {
			return false
		}
	}
	return method.NumIn() > 0 && method.In(0) == reflect.TypeFor[context.Context]()
}

// callAsStranger calls a method with arguments, or with zero values in their place, and returns its error, or the
// first one of its sequence.
func callAsStranger(method reflect.Value, arguments []any) error {
	in := []reflect.Value{reflect.ValueOf(context.Background())}
	for i := 1; i < method.Type().NumIn(); i++ {
		if i <= len(arguments) {
			in = append(in, reflect.ValueOf(arguments[i-1]))
		} else {
			in = append(in, reflect.Zero(method.Type().In(i)))
		}
	}
	call := method.Call
	if method.Type().IsVariadic() {
		call = method.CallSlice
	}
	out := call(in)
	if len(out) == 0 {
		return nil
	}
	last := out[len(out)-1]
	if last.Kind() == reflect.Func && last.Type().CanSeq2() {
		for _, err := range last.Seq2() {
			last = err
			break
		}
	}
	err, _ := last.Interface().(error)
	return err
}
