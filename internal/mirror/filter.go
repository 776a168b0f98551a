package mirror

import (
	"fmt"
	"time"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/pyregexp"
)

// Filter is a filter of an APTMirror task: it matches a package that meets all its conditions. An
// absent condition is nil. A filter without conditions matches every package.
type Filter struct {
	// BinaryName matches the names of binary packages as Python's re.match does: from their start,
	// and to their end only if it ends in $. It matches no source package.
	BinaryName *string `json:"binary_name,omitempty" doc:"A Python regular expression that names of binary packages begin with; no source package matches"`
	// Priority and Section are compared with the fields of the index, overrides included. A package
	// without the field does not match.
	Priority *string `json:"priority,omitempty" doc:"The priority, exactly as the index has it"`
	Section  *string `json:"section,omitempty" doc:"The section, exactly as the index has it, such as contrib/net"`
	// SourceName matches the names of source packages, and the source names of binary packages, in
	// the same way as BinaryName.
	SourceName *string `json:"source_name,omitempty" doc:"A Python regular expression that names of source packages begin with; their binary packages match too"`
	// IgnoreUnauthorized leaves out matching packages whose files the upstream refuses (401, 403),
	// instead of failing. It does not affect matching.
	IgnoreUnauthorized bool `json:"ignore_unauthorized,omitempty" doc:"Leave out packages that match and whose files the upstream refuses with 401 or 403"`
}

// maxFilters bounds the filters of a mirror.
const maxFilters = 256

// maxFiltering bounds the time that a mirror's filters may take for all packages
// of a suite. All of Debian with a dozen filters takes two seconds.
const maxFiltering = 2 * time.Minute

// filters are the compiled filters of a config. nil matches every package.
type filters struct {
	list  []readyFilter
	spent time.Duration
}

type readyFilter struct {
	Filter
	binary, source *pyregexp.Expression // nil: no condition
}

// filters compiles the config's filters; without filters it returns nil.
func (c Config) filters() (*filters, error) {
	if c.Filters == nil {
		return nil, nil
	}
	if len(c.Filters) == 0 {
		return nil, problem.New(problem.Invalid, "an empty list of filters matches no package").In("filters").
			WithHint("leave it out to keep all packages")
	}
	if len(c.Filters) > maxFilters {
		return nil, problem.New(problem.TooLarge, "%d filters are more than the %d that a mirror may have", len(c.Filters), maxFilters).In("filters")
	}
	f := &filters{list: make([]readyFilter, len(c.Filters))}
	for i, filter := range c.Filters {
		ready, err := filter.ready(fmt.Sprintf("filters[%d]", i))
		if err != nil {
			return nil, err
		}
		f.list[i] = ready
	}
	return f, nil
}

// ready compiles a filter; errors call it at.
func (f Filter) ready(at string) (r readyFilter, err error) {
	r.Filter = f
	if r.binary, err = expression(f.BinaryName, at+".binary_name"); err != nil {
		return r, err
	}
	r.source, err = expression(f.SourceName, at+".source_name")
	return r, err
}

func expression(text *string, field string) (*pyregexp.Expression, error) {
	if text == nil {
		return nil, nil
	}
	e, err := pyregexp.Compile(*text)
	return e, inField(field, err)
}

// match reports whether any filter matches a package, and whether any matching filter has
// IgnoreUnauthorized.
func (f *filters) match(e *catalog.Entry, s *deb822.Stanza) (matches, forgives bool, err error) {
	if f == nil {
		return true, false, nil
	}
	begun := time.Now()
	for i := range f.list {
		one, err := f.list[i].match(e, s)
		if err != nil {
			return false, false, inField(fmt.Sprintf("filters[%d]", i), err)
		}
		matches = matches || one
		forgives = forgives || one && f.list[i].IgnoreUnauthorized
	}
	if f.spent += time.Since(begun); f.spent > maxFiltering {
		return false, false, problem.New(problem.TooLarge, "the filters took more than %v for the packages of the suite", maxFiltering).In("filters").
			WithHint("write fewer or simpler expressions")
	}
	return matches, forgives, nil
}

// match checks the cheapest conditions first.
func (f *readyFilter) match(e *catalog.Entry, s *deb822.Stanza) (bool, error) {
	if f.BinaryName != nil && e.Type == catalog.Source || !same(f.Priority, s.Get("Priority")) || !same(f.Section, s.Get("Section")) {
		return false, nil
	}
	if f.binary != nil {
		if found, err := f.binary.Match(e.Name); err != nil || !found {
			return false, err
		}
	}
	if f.source != nil {
		return f.source.Match(e.Source)
	}
	return true, nil
}

// same reports whether a field has the wanted value. nil wants any; an absent field equals none.
func same(want *string, have []byte) bool {
	return want == nil || have != nil && string(have) == *want
}
