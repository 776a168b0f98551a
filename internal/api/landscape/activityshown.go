package landscape

import (
	"context"
	"strings"

	"github.com/aptarium/aptarium/internal/app"
)

// shownActivity is the work of a pocket as clients see it. Long work of the server has a
// progress in place of the status that work on computers has.
type shownActivity struct {
	ID             int64           `json:"id"`
	Type           string          `json:"type"`
	Summary        string          `json:"summary"`
	Creator        person          `json:"creator"`
	CreationTime   moment          `json:"creation_time"`
	CompletionTime moment          `json:"completion_time"`
	ParentID       *int64          `json:"parent_id"`
	ComputerID     *int64          `json:"computer_id"` // always null: it is of no computer
	Children       []shownActivity `json:"children"`    // always empty: it is one piece
	Progress       int             `json:"progress"`    // 0: not begun; 1 to 100: percent; -1: failed or canceled
	ResultText     *string         `json:"result_text"` // why it failed
	PocketID       *int64          `json:"pocket_id"`
	PocketName     *string         `json:"pocket_name"`
}

// person is somebody as clients see them.
type person struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// showActivities shows activities of the known kinds.
func (c *call) showActivities(_ context.Context, list []app.Activity) ([]shownActivity, error) {
	shown := make([]shownActivity, len(list))
	for i, a := range list {
		shown[i] = shownActivity{
			ID: a.ID, Type: theirType(a.Type), Summary: a.Summary, Creator: person{Name: a.CreatedBy}, CreationTime: moment(a.CreatedAt),
			CompletionTime: moment(a.FinishedAt), Children: []shownActivity{}, Progress: percent(a),
		}
		if a.Parent != 0 {
			shown[i].ParentID = &a.Parent
		}
		if a.Error != nil {
			text := a.Error.Problem().Error()
			shown[i].ResultText = &text
		}
	}
	return shown, nil
}

// theirType gives the name of a type of ours there.
func theirType(ours string) string {
	for _, t := range activityTypes {
		if t.ours == ours {
			return t.theirs
		}
	}
	return ours
}

// phases say which part of the whole, in percent, each phase of the work of a pocket
// takes: nearly all of the time goes into downloads. What is not named here may be
// anywhere.
var phases = []struct {
	name     string
	from, to int
}{
	{"release", 1, 2}, {"indexes", 2, 5}, {"compare", 5, 8}, {"download", 8, 85}, {"commit", 85, 90}, {"build", 90, 98}, {"store", 98, 99},
}

// percent tells how far an activity is.
func percent(a app.Activity) int {
	switch a.Status {
	case string(app.ActivityWaiting):
		return 0
	case string(app.ActivityDone):
		return 100
	case string(app.ActivityFailed), string(app.ActivityCancelled):
		return -1
	}
	from, to := 1, 99
	first, _, _ := strings.Cut(a.Progress.Phase, " ")
	for _, p := range phases {
		if p.name == first {
			from, to = p.from, p.to
		}
	}
	return from + int(share(a.Progress)*float64(to-from))
}

// share gives how much of a phase is done, from 0 to 1: of its bytes, else of its items.
func share(p app.ActivityProgress) float64 {
	done, total := p.DoneBytes, p.TotalBytes
	if total <= 0 {
		done, total = p.Done, p.Total
	}
	if total <= 0 {
		return 0
	}
	return min(1, max(0, float64(done)/float64(total)))
}
