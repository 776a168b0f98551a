package cli

import (
	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/app/collections"
)

// retention is a flag that says which past states are kept.
type retention struct{ collections.Retention }

// Set reads what [app.ParseRetention] does.
func (r *retention) Set(text string) (err error) {
	r.Retention, err = collections.ParseRetention(text)
	return err
}

// String shows it as Set reads it, and nothing where all is kept.
func (r *retention) String() string {
	if r.KeepsAll() {
		return ""
	}
	return r.Retention.String()
}

// Type names it in the help.
func (r *retention) Type() string { return "POLICY" }

// define adds the flag to a command.
func (r *retention) define(c *cobra.Command, states string) {
	c.Flags().Var(r, "retention", "which past "+states+" are kept: all=14d,daily=30,weekly=8,monthly=12 with any of the four, or keep for all (default: all)")
	completeFlag(c, "retention", oneOf("keep", "all=14d,daily=30,weekly=8,monthly=12"))
}

// given tells whether the flag was given.
func (r *retention) given(c *cobra.Command) bool { return c.Flags().Changed("retention") }

// retained shows a retention in details: nothing where all is kept.
func retained(r collections.Retention) string { return (&retention{r}).String() }
