package operations

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func activity(p *command.Program) *cobra.Command {
	return command.Group(&cobra.Command{Use: "activity", Short: "Show, follow and cancel activities", Example: `  aptarium activity list --status running
  aptarium activity follow 17`},
		activityList(p), activityShow(p), activityLog(p), activityFollow(p), activityCancel(p))
}

func activityList(p *command.Program) *cobra.Command {
	var in routes.ListActivitiesInput
	return command.List(p, command.Spec{
		Use: "list", Short: "List activities, newest first", Example: "  aptarium activity list --subject mirror:bookworm", Limit: true,
		Flags: func(f command.Flags) {
			statuses := []string{"waiting", "running", "done", "failed", "cancelled"}
			f.String(&in.Status, "status", "only waiting, running, done, failed or cancelled activities", command.OneOf(statuses...))
			f.String(&in.Type, "type", "only activities of this type, such as mirror.sync", command.OneOf("mirror.sync", "pocket.upload", "publish"))
			f.String(&in.Subject, "subject", "only activities about this, such as mirror:bookworm")
		},
	}, command.Pages(routes.ListActivities, &in),
		"ID STATUS TYPE SUBJECT CREATED BY", func(a usecase.Activity) []string {
			return []string{strconv.FormatInt(a.ID, 10), a.Status, a.Type, a.Subject, command.Age(a.CreatedAt), a.CreatedBy}
		})
}

// ofActivity returns a command about the activity that its argument names.
func ofActivity[T any](p *command.Program, spec command.Spec, ask func(r *command.Run, id routes.ActivityID) (T, error), show func(r *command.Run, answer T)) *cobra.Command {
	if spec.Complete == nil {
		spec.Complete = []command.Words{command.Activities()}
	}
	return command.Answer(p, spec, func(r *command.Run) (answer T, err error) {
		id, err := strconv.ParseInt(r.Args[0], 10, 64)
		if err != nil || id < 1 {
			return answer, r.Usage("%q is not the id of an activity", r.Args[0])
		}
		return ask(r, routes.ActivityID{ID: id})
	}, show)
}

// unfinished completes ids of activities that have not ended.
func unfinished() []command.Words { return []command.Words{command.Activities("waiting", "running")} }

func activityShow(p *command.Program) *cobra.Command {
	return ofActivity(p, command.Spec{Use: "show ID", Short: "Show an activity", Example: "  aptarium activity show 17"},
		func(r *command.Run, id routes.ActivityID) (usecase.Activity, error) {
			return command.Call(r, routes.GetActivity, routes.GetActivityInput{ActivityID: id})
		}, showActivity)
}

func showActivity(r *command.Run, a usecase.Activity) {
	var progress, failure, attempt string
	if !a.Finished() && a.Progress.Phase != "" {
		progress = command.Describe(a.Progress, 0)
	}
	if a.Error != nil {
		failure = a.Error.Problem().Error()
	}
	if a.Attempt > 1 {
		attempt = strconv.Itoa(a.Attempt)
	}
	moment := command.Moment
	r.Details("ID", strconv.FormatInt(a.ID, 10), "Type", a.Type, "Subject", a.Subject, "Summary", a.Summary, "Status", a.Status, "Progress", progress,
		"Created", moment(a.CreatedAt), "By", a.CreatedBy, "Waits until", moment(a.RunAt), "Started", moment(a.StartedAt),
		"Finished", moment(a.FinishedAt), "Attempt", attempt, "Cancelled by", a.CancelledBy, "Error", failure, "Result", string(a.Result))
}

func activityLog(p *command.Program) *cobra.Command {
	return ofActivity(p, command.Spec{Use: "log ID", Short: "Show the log of an activity", Example: "  aptarium activity log 17"},
		func(r *command.Run, id routes.ActivityID) ([]string, error) {
			log, err := command.Call(r, routes.GetActivityLog, id)
			return log.Lines, err
		}, func(r *command.Run, lines []string) {
			for _, line := range lines {
				r.Print("%s", line)
			}
		})
}

func activityFollow(p *command.Program) *cobra.Command {
	return ofActivity(p, command.Spec{Use: "follow ID", Short: "Follow the progress of an activity", Example: "  aptarium activity follow 17", Complete: unfinished()},
		func(r *command.Run, id routes.ActivityID) (usecase.Activity, error) {
			return p.Follow(r.Context(), id.ID)
		},
		func(r *command.Run, a usecase.Activity) { r.Print("%s", command.Summary(a)) })
}

func activityCancel(p *command.Program) *cobra.Command {
	return ofActivity(p, command.Spec{Use: "cancel ID", Short: "Cancel an activity", Example: "  aptarium activity cancel 17", Complete: unfinished()},
		func(r *command.Run, id routes.ActivityID) (usecase.Activity, error) {
			return command.Call(r, routes.CancelActivity, id)
		},
		func(r *command.Run, a usecase.Activity) { r.Print("Activity %d is being cancelled.", a.ID) })
}
