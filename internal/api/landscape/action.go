package landscape

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/api/landscape/wire"
	"github.com/aptarium/aptarium/internal/app"
)

// Actions returns the table of actions, in the order of the reference.
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

// Versions returns the versions of the API that clients may use; the first is the default.
func Versions() []string { return []string{"2011-08-01", "2013-11-04"} }

// Action is an entry of the table of actions.
type Action struct {
	Name       string // "ImportGPGKey", the value of the parameter action
	Group      string // its heading in the reference: "GPG keys"
	Doc        string // its description, in sentences
	Parameters []wire.Parameter
	// Errors are its error names in addition to those of every action: MissingParameter,
	// InvalidParameterValue, UnknownParameter, MultiError, AuthFailure and Unauthorised. One
	// of these is in the list if the action has another cause for it.
	Errors  []string
	Returns string // its result, in a sentence; empty: null

	// run decodes the parameters and does the action. The answer is its result, as JSON.
	run func(ctx context.Context, c *call, sent wire.Values) (any, error)
}

// ReadOnly reports whether the name says that the action changes nothing.
func (a Action) ReadOnly() bool {
	return slices.ContainsFunc([]string{"Get", "Diff", "List"}, func(prefix string) bool { return strings.HasPrefix(a.Name, prefix) })
}

// call is one request for an action.
type call struct {
	app     *app.App
	version string // of the API in the request
}

// action returns an entry with its function. In is a struct whose fields are the parameters;
// see [wire.Parameter] for its tags.
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

// none has the parameters of an action without parameters.
type none struct{}
