package cli

import (
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// activity is the commands about activities.
func (p *program) activity() *cobra.Command {
	return group(&cobra.Command{Use: "activity", Short: "Show, follow and cancel activities", Example: `  aptarium activity list --status running
  aptarium activity follow 17`},
		p.activityList(), p.activityShow(), p.activityLog(), p.activityFollow(), p.activityCancel())
}

func (p *program) activityList() *cobra.Command {
	var in routes.ListActivitiesInput
	var limit int
	c := &cobra.Command{
		Use: "list", Short: "List activities, newest first", Example: "  aptarium activity list --subject mirror:bookworm",
		Args: exactly(), ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().StringVar(&in.Status, "status", "", "only waiting, running, done, failed or cancelled ones")
	c.Flags().StringVar(&in.Type, "type", "", "only of this type, such as mirror.sync")
	c.Flags().StringVar(&in.Subject, "subject", "", "only about this, such as mirror:bookworm")
	completeFlag(c, "status", oneOf("waiting", "running", "done", "failed", "cancelled"))
	completeFlag(c, "type", oneOf("mirror.sync", "pocket.upload", "publish"))
	defineLimit(c, &limit)
	c.RunE = func(c *cobra.Command, _ []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		all := client.All(c.Context(), s.Client, routes.ListActivities, in)
		return table(p, some(all, limit), "ID STATUS TYPE SUBJECT CREATED BY", func(a usecase.Activity) []string {
			return []string{strconv.FormatInt(a.ID, 10), a.Status, a.Type, a.Subject, age(a.CreatedAt), a.CreatedBy}
		})
	}
	return c
}

// activityID reads an argument.
func activityID(c *cobra.Command, text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return 0, usage(c, "%q is not the id of an activity", text)
	}
	return id, nil
}

func (p *program) activityShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show an activity", Example: "  aptarium activity show 17", Args: exactly("ID"), ValidArgsFunction: only(1, p.activityIDs()),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := activityID(c, args[0])
			if err != nil {
				return err
			}
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			a, err := client.Call(c.Context(), s.Client, routes.GetActivity, routes.GetActivityInput{ActivityID: routes.ActivityID{ID: id}})
			if err != nil {
				return err
			}
			return p.show(a, func(w io.Writer) { showActivity(w, a) })
		},
	}
}

func showActivity(w io.Writer, a usecase.Activity) {
	var progress, failure string
	if !a.Finished() && a.Progress.Phase != "" {
		progress = describe(a.Progress, 0)
	}
	if a.Error != nil {
		failure = a.Error.Problem().Error()
	}
	var attempt string
	if a.Attempt > 1 {
		attempt = strconv.Itoa(a.Attempt)
	}
	details(w, "ID", strconv.FormatInt(a.ID, 10), "Type", a.Type, "Subject", a.Subject, "Summary", a.Summary, "Status", a.Status, "Progress", progress,
		"Created", moment(a.CreatedAt), "By", a.CreatedBy, "Waits until", moment(a.RunAt), "Started", moment(a.StartedAt),
		"Finished", moment(a.FinishedAt), "Attempt", attempt, "Cancelled by", a.CancelledBy, "Error", failure, "Result", string(a.Result))
}

func (p *program) activityLog() *cobra.Command {
	return &cobra.Command{
		Use: "log ID", Short: "Show the log of an activity", Example: "  aptarium activity log 17", Args: exactly("ID"), ValidArgsFunction: only(1, p.activityIDs()),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := activityID(c, args[0])
			if err != nil {
				return err
			}
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			log, err := client.Call(c.Context(), s.Client, routes.GetActivityLog, routes.ActivityID{ID: id})
			if err != nil {
				return err
			}
			return p.show(log.Lines, func(w io.Writer) {
				for _, line := range log.Lines {
					fmt.Fprintln(w, line)
				}
			})
		},
	}
}

func (p *program) activityFollow() *cobra.Command {
	return &cobra.Command{
		Use: "follow ID", Short: "Follow the progress of an activity", Example: "  aptarium activity follow 17",
		Args: exactly("ID"), ValidArgsFunction: only(1, p.activityIDs("waiting", "running")),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := activityID(c, args[0])
			if err != nil {
				return err
			}
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			a, err := p.follow(c.Context(), s, id)
			if err != nil {
				return err
			}
			return p.show(a, func(w io.Writer) { fmt.Fprintln(w, summary(a)) })
		},
	}
}

func (p *program) activityCancel() *cobra.Command {
	return &cobra.Command{
		Use: "cancel ID", Short: "Cancel an activity", Example: "  aptarium activity cancel 17",
		Args: exactly("ID"), ValidArgsFunction: only(1, p.activityIDs("waiting", "running")),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := activityID(c, args[0])
			if err != nil {
				return err
			}
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			a, err := client.Call(c.Context(), s.Client, routes.CancelActivity, routes.ActivityID{ID: id})
			if err != nil {
				return err
			}
			return p.show(a, func(w io.Writer) { fmt.Fprintf(w, "Activity %d is being cancelled.\n", a.ID) })
		},
	}
}
