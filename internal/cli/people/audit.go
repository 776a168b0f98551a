package people

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	auditlog "github.com/aptarium/aptarium/internal/app/audit"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func audit(p *command.Program) *cobra.Command {
	var in routes.ListAuditInput
	return command.List(p, command.Spec{
		Use: "audit", Short: "Show the audit log", Example: "  aptarium audit --subject mirror:bookworm", Limit: true,
		Flags: func(f command.Flags) {
			f.String(&in.Who, "who", "only actions of this person or token")
			f.String(&in.Action, "action", "only actions of this kind, such as mirror.create")
			f.String(&in.Subject, "subject", "only actions on this, such as mirror:bookworm")
		},
	}, command.Pages(routes.ListAudit, &in),
		"TIME WHO ACTION SUBJECT DETAIL", func(e auditlog.AuditEntry) []string {
			return []string{e.At.Format("2006-01-02T15:04:05Z"), e.Who, e.Action, e.Subject, shortened(e.Detail)}
		})
}

// shortened returns the beginning of a detail; keyrings are long.
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
