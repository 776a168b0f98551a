package landscape

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/landscape/wire"
	"github.com/aptarium/aptarium/internal/app/activities"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// shownActivity is the work of a pocket as clients see it. Long work of the server has a
// progress in place of the status that work on computers has.
type shownActivity struct {
	ID             int64           `json:"id"`
	Type           string          `json:"type"`
	Summary        string          `json:"summary"`
	Creator        person          `json:"creator"`
	CreationTime   wire.Moment     `json:"creation_time"`
	CompletionTime wire.Moment     `json:"completion_time"`
	ParentID       *int64          `json:"parent_id"`
	ComputerID     *int64          `json:"computer_id"` // always null: it is of no computer
	Children       []shownActivity `json:"children"`    // always empty: it is one piece
	Progress       int             `json:"progress"`    // 0: not begun; 1 to 100: percent; -1: failed or canceled
	ResultText     *string         `json:"result_text"` // why it failed
	PocketID       *int64          `json:"pocket_id"`   // null for uploads
	PocketName     *string         `json:"pocket_name"`
}

// person is a person as clients see it.
type person struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// creatorOf returns the creator of an activity. Tokens and the server have only a name.
func creatorOf(a usecase.Activity, authors map[string]activities.Author) person {
	if p, ok := authors[a.CreatedBy]; ok {
		return person(p)
	}
	return person{Name: a.CreatedBy}
}

// showActivities returns activities of known types as clients see them.
func (c *call) showActivities(ctx context.Context, list []usecase.Activity) ([]shownActivity, error) {
	authors, err := c.app.Activities.Authors(ctx, usecase.Map(list, func(a usecase.Activity) string { return a.CreatedBy }))
	if err != nil {
		return nil, err
	}
	shown := make([]shownActivity, len(list))
	for i, a := range list {
		shown[i] = shownActivity{
			ID: a.ID, Type: theirType(a.Type), Summary: a.Summary, Creator: creatorOf(a, authors), CreationTime: wire.Moment(a.CreatedAt),
			CompletionTime: wire.Moment(a.FinishedAt), Children: []shownActivity{}, Progress: percent(a),
		}
		if a.Parent != 0 {
			shown[i].ParentID = &a.Parent
		}
		if a.PocketID != 0 {
			shown[i].PocketID = &a.PocketID
		}
		shown[i].PocketName = orNull(a.PocketName)
		if a.Error != nil {
			text := a.Error.Problem().Error()
			shown[i].ResultText = &text
		}
	}
	return shown, nil
}

// started returns a new activity as clients see it.
func (c *call) started(ctx context.Context, a usecase.Activity, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	shown, err := c.showActivities(ctx, []usecase.Activity{a})
	if err != nil {
		return nil, err
	}
	return shown[0], nil
}

// theirType returns Landscape's name of a type.
func theirType(ours string) string {
	for _, t := range activityTypes {
		if t.ours == ours {
			return t.theirs
		}
	}
	return ours
}

// percent returns how far an activity is. Its progress is the share that is done, but 100
// is not told before all is.
func percent(a usecase.Activity) int {
	switch a.Status {
	case string(activities.Waiting):
		return 0
	case string(activities.Done):
		return 100
	case string(activities.Failed), string(activities.Cancelled):
		return -1
	}
	if a.Progress.Total <= 0 {
		return 1
	}
	return int(min(99, max(1, 100*float64(a.Progress.Done)/float64(a.Progress.Total))))
}
