package command

import "github.com/aptarium/aptarium/internal/app/collections"

// retention is the value of a flag that says which past states are kept.
type retention struct{ to *collections.Retention }

// Set reads what [collections.ParseRetention] does.
func (r *retention) Set(text string) (err error) {
	*r.to, err = collections.ParseRetention(text)
	return err
}

// String shows it as Set reads it, and nothing where all is kept.
func (r *retention) String() string {
	if r.to == nil || r.to.KeepsAll() {
		return ""
	}
	return r.to.String()
}

// Type names it in the help.
func (r *retention) Type() string { return "POLICY" }

// Retention defines the flag --retention, about the past states or releases of a thing.
func (f Flags) Retention(to *collections.Retention, states string) {
	f.Var(&retention{to}, "retention", "which past "+states+" are kept: all=14d,daily=30,weekly=8,monthly=12 with any of the four, or keep for all (default: all)",
		OneOf("keep", "all=14d,daily=30,weekly=8,monthly=12"))
}

// Retained shows a retention in details, and nothing where all is kept.
func Retained(r collections.Retention) string { return (&retention{&r}).String() }
