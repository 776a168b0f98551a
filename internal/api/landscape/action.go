package landscape

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/api/landscape/wire"
	"github.com/aptarium/aptarium/internal/app"
)

// Actions gives the table of actions, in the order of the reference.
func Actions() []Action {
	return slices.Concat(
		gpgKeyActions(),
		distributionActions(),
		seriesActions(),
		pocketActions(),
		profileActions(),
		aptSourceActions(),
		activityActions(),
		savedSearchActions(),
		accessGroupActions(),
		roleActions(),
		administratorActions(),
		eventLogActions(),
	)
}

// Versions are those of the API that clients may speak; the first is the usual one.
func Versions() []string { return []string{"2011-08-01", "2013-11-04"} }

// Action is an entry of the table of actions.
type Action struct {
	Name       string // "ImportGPGKey": what the parameter action says
	Group      string // the heading under which the reference has it: "GPG keys"
	Doc        string // what it does, in sentences
	Parameters []wire.Parameter
	// Errors are the codes that it may give besides those that every action has:
	// MissingParameter, InvalidParameterValue, UnknownParameter, MultiError, AuthFailure and
	// Unauthorised. Those of them that are named here have a meaning of their own.
	Errors  []string
	Returns string // what it answers, in a sentence; empty: null

	// run decodes what came and does the action. Its result is shown as JSON.
	run func(ctx context.Context, c *call, sent wire.Values) (any, error)
}

// ReadOnly tells whether the action changes nothing, as its name says.
func (a Action) ReadOnly() bool {
	return slices.ContainsFunc([]string{"Get", "Diff", "List"}, func(prefix string) bool { return strings.HasPrefix(a.Name, prefix) })
}

// call is one request for an action.
type call struct {
	app     *app.App
	version string // of the API that the client speaks
}

// action completes an entry with what does it. In is a struct whose fields are the
// parameters; see [wire.Parameter] for its tags.
func action[In any](entry Action, run func(ctx context.Context, c *call, in In) (any, error)) Action {
	entry.Parameters = wire.ParametersOf(reflect.TypeFor[In]())
	entry.run = func(ctx context.Context, c *call, sent wire.Values) (any, error) {
		var in In
		if err := wire.Decode(sent, entry.Parameters, reflect.ValueOf(&in).Elem()); err != nil {
			return nil, err
		}
		return run(ctx, c, in)
	}
	return entry
}

// none is the parameters of an action that has none.
type none struct{}
