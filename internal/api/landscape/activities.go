package landscape

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/app/activities"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

// activityTypes are the types of activities that Landscape's clients see, with both names.
// Clients do not know the types of other activities, such as the sync of a mirror.
var activityTypes = []activityType{
	{"SyncPocketRequest", "pocket.sync"},
	{"PullPocketRequest", "pocket.pull"},
	{"RemovePackagesFromPocketRequest", "pocket.remove"},
	{"RevertPocketRequest", "pocket.revert"},
	{"UploadToPocketRequest", "pocket.upload"},
}

type activityType struct{ theirs, ours string }

// ownTypes returns our names of a type.
func ownTypes(theirs string) []string {
	list := []string{}
	for _, t := range activityTypes {
		if t.theirs == theirs {
			list = append(list, t.ours)
		}
	}
	return list
}

func activityActions() []Action {
	const group = "Activities"
	return []Action{
		action(Action{
			Name: "GetActivities", Group: group,
			Doc: "List activities in the order in which they began, all or those that a query chooses. Its terms are id:N, parent-id:N, " +
				"status:WORD, type:TYPE, creator:WHO, created-after:TIME, created-before:TIME and computer:TERM; all must hold, but of terms with OR between them one. " +
				"NOT stands before a term.",
			Errors:  []string{codeInvalidQuery, codeInvalidParameterValue, codeUnauthorised},
			Returns: "A list of activities. The work of pockets tells its progress: 0 before it begins, 1 to 100 in percent, -1 when it failed or was canceled.",
		}, getActivities),
		action(Action{
			Name: "GetActivityTypes", Group: group,
			Doc:     "List the types of activities that there can be.",
			Returns: "A list of names.",
		}, func(context.Context, *call, none) (any, error) {
			return usecase.Map(activityTypes, func(t activityType) string { return t.theirs }), nil
		}),
		action(Action{
			Name: "CancelActivities", Group: group,
			Doc:     "Cancel the activities that a query chooses. If one of them has ended already, none is canceled, and the error says which.",
			Errors:  []string{codeInvalidQuery, codeInvalidActivityStatusChange, codeUnauthorised},
			Returns: "The numbers of the activities that were canceled.",
		}, cancelActivities),
		action(Action{
			Name: "ApproveActivities", Group: group,
			Doc:     "Approve the activities that a query chooses. No activity here waits for that, so it is an error unless the query chooses none.",
			Errors:  []string{codeInvalidQuery, codeInvalidActivityStatusChange, codeUnauthorised},
			Returns: "The numbers of the activities that were approved.",
		}, approveActivities),
	}
}

func getActivities(ctx context.Context, c *call, in struct {
	Query string `param:"query,optional" doc:"Which activities; all if it is empty."`
	pageParameters
}) (any, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	found, err := c.searchActivities(ctx, in.Query, int(in.Offset), int(in.Limit))
	if err != nil {
		return nil, err
	}
	return c.showActivities(ctx, found)
}

// searchActivities returns the activities of known types that match a query.
func (c *call) searchActivities(ctx context.Context, query string, offset, limit int) ([]usecase.Activity, error) {
	condition, err := parseActivityQuery(query, time.Now())
	if err != nil {
		return nil, err
	}
	known := activities.Condition{Types: usecase.Map(activityTypes, func(t activityType) string { return t.ours })}
	return c.app.Activities.Search(ctx, activities.Condition{All: []activities.Condition{known, condition}}, offset, limit)
}

// maxChanged limits the activities that one request changes.
const maxChanged = 1000

func cancelActivities(ctx context.Context, c *call, in struct {
	Query string `param:"query" doc:"Which activities."`
}) (any, error) {
	found, err := c.searchActivities(ctx, in.Query, 0, maxChanged)
	if err != nil {
		return nil, err
	}
	var refused []string
	for _, a := range found {
		if a.Finished() {
			refused = append(refused, fmt.Sprintf("%d => the activity is %s already", a.ID, a.Status))
		}
	}
	if refused != nil {
		return nil, noStatusChange(refused)
	}
	ids := []int64{}
	for _, a := range found {
		_, err := c.app.Activities.Cancel(ctx, a.ID)
		if problem.Is(err, problem.Conflict) { // it has ended meanwhile
			refused = append(refused, fmt.Sprintf("%d => %v", a.ID, err))
			continue
		}
		if err != nil {
			return nil, err
		}
		ids = append(ids, a.ID)
	}
	return ids, noStatusChange(refused)
}

func approveActivities(ctx context.Context, c *call, in struct {
	Query string `param:"query" doc:"Which activities."`
}) (any, error) {
	found, err := c.searchActivities(ctx, in.Query, 0, maxChanged)
	if err != nil {
		return nil, err
	}
	var refused []string
	for _, a := range found {
		refused = append(refused, fmt.Sprintf("%d => the activity waits for nobody's approval", a.ID))
	}
	return []int64{}, noStatusChange(refused)
}

// noStatusChange returns the error for activities that cannot change, one per line; nil for none.
func noStatusChange(refused []string) error {
	if len(refused) == 0 {
		return nil
	}
	return withName(problem.New(problem.Conflict, "%s", strings.Join(refused, "\n")), codeInvalidActivityStatusChange)
}
