package mirror

import (
	"errors"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/problem"
)

// Task is the task_data of debusine's APTMirror task
// (https://freexian-team.pages.debian.net/debusine/reference/tasks/): a collection, and the
// upstream suite that it must equal. Absent fields are nil.
type Task struct {
	Collection    string   `json:"collection" doc:"The mirror that is brought up to date; it must be there"`
	URL           string   `json:"url" doc:"The root of the upstream archive"`
	Suite         string   `json:"suite" doc:"The name of the suite there; one that ends in a slash is flat"`
	Components    []string `json:"components,omitempty" doc:"Only these; not for a flat suite"`
	Architectures []string `json:"architectures,omitempty" doc:"Only binary packages for these, and for all"`
	SigningKey    *string  `json:"signing_key,omitempty" doc:"The armored public keys that may sign; without, the suite is taken on the word of the connection"`
	Filters       []Filter `json:"filters,omitempty" doc:"Only what any of them matches"`
}

// Configure returns the mirror's config changed as the task says, and checked. Options that a task
// cannot express stay: the shrink guard, accepted dates, classes of files and the policy. Other
// ways to choose packages are cleared. Problems name the task's own fields.
func (t Task) Configure(c Config) (Config, error) {
	if err := catalog.CheckName("collection", t.Collection); err != nil {
		return Config{}, err
	}
	stored := c
	c.URL, c.Suite, c.Components, c.Architectures, c.Filters = t.URL, t.Suite, t.Components, t.Architectures, t.Filters
	c.Packages, c.Filter, c.FilterWithDependencies, c.LatestOnly = nil, "", false, false
	c.Sources, c.Strict, c.Keyring = true, true, ""
	if t.SigningKey != nil {
		c.Keyring = *t.SigningKey
	}
	if err := t.check(); err != nil {
		return Config{}, err
	}
	if err := c.Check(); err != nil {
		if p, ok := errors.AsType[*problem.Problem](err); ok && p.Field == "keyring" {
			err = inField("signing_key", err)
		}
		return Config{}, err
	}
	return c.WithSecretOf(stored)
}

// check refuses values that mean something else in a config: an empty key would mean none, and an
// empty list would mean everything.
func (t Task) check() error {
	if t.SigningKey != nil && *t.SigningKey == "" {
		return problem.New(problem.Invalid, "this is not a key").In("signing_key").WithHint("leave it out to check no signature")
	}
	for _, f := range []struct {
		field string
		empty bool
		all   string
	}{
		{"url", t.URL == "", ""},
		{"suite", t.Suite == "", ""},
		{"components", t.Components != nil && len(t.Components) == 0, "all components"},
		{"architectures", t.Architectures != nil && len(t.Architectures) == 0, "all architectures"},
		{"filters", t.Filters != nil && len(t.Filters) == 0, "all packages"},
	} {
		switch {
		case f.empty && f.all == "":
			return problem.New(problem.Invalid, "it is empty").In(f.field)
		case f.empty:
			return problem.New(problem.Invalid, "an empty list would mirror nothing").In(f.field).WithHint("leave it out to mirror %s", f.all)
		}
	}
	return nil
}

// Redacted returns the task without its secret, to show and log it: see [Config.Redacted].
func (t Task) Redacted() Task {
	t.URL = Config{URL: t.URL}.Redacted().URL
	return t
}
