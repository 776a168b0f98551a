package cli

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/audit"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// audit shows who did what.
func (p *program) audit() *cobra.Command {
	var in routes.ListAuditInput
	var limit int
	c := &cobra.Command{
		Use: "audit", Short: "Show the audit log", Example: "  aptarium audit --subject mirror:bookworm",
		Args: exactly(), ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().StringVar(&in.Who, "who", "", "only by this one")
	c.Flags().StringVar(&in.Action, "action", "", "only of this kind, such as mirror.create")
	c.Flags().StringVar(&in.Subject, "subject", "", "only to this, such as mirror:bookworm")
	defineLimit(c, &limit)
	c.RunE = func(c *cobra.Command, _ []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		all := client.All(c.Context(), s.Client, routes.ListAudit, in)
		return table(p, some(all, limit), "TIME WHO ACTION SUBJECT DETAIL", func(e audit.AuditEntry) []string {
			return []string{e.At.Format("2006-01-02T15:04:05Z"), e.Who, e.Action, e.Subject, shortened(e.Detail)}
		})
	}
	return c
}

// shortened shows the beginning of a detail; keyrings are long.
func shortened(detail any) string {
	if detail == nil {
		return ""
	}
	text, err := json.Marshal(detail)
	if err != nil {
		return ""
	}
	const most = 100
	if runes := []rune(string(text)); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return string(text)
}
