package landscape

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/aptarium/aptarium/internal/api/landscape/wire"
	"github.com/aptarium/aptarium/internal/app/activities"
	"github.com/aptarium/aptarium/internal/problem"
)

// maxTerms limits the words of a query of activities.
const maxTerms = 200

// parseActivityQuery reads a query of activities:
//
//	query = { choice }
//	choice = term { "OR" term }
//	term   = [ "NOT" ] NAME ":" VALUE
//
// All choices must match, so OR binds tighter than a space, as in queries of computers. A
// value with spaces needs double quotes. The empty query matches all. Errors have the name
// InvalidQuery.
func parseActivityQuery(query string, now time.Time) (activities.Condition, error) {
	words, err := splitQuery(query)
	if err != nil {
		return activities.Condition{}, err
	}
	p := &queryParser{words: words, now: now}
	all := activities.Condition{}
	for len(p.words) > 0 {
		each, err := p.choice()
		if err != nil {
			return activities.Condition{}, err
		}
		all.All = append(all.All, each)
	}
	return all, nil
}

// badQuery returns the error of an invalid query.
func badQuery(format string, args ...any) error {
	err := problem.New(problem.Invalid, format, args...).In("query").
		WithHint("join terms such as id:7, status:failed or created-after:2026-11-01 by spaces, OR and NOT")
	return withName(err, codeInvalidQuery)
}

// queryWord is a word of a query; a quoted one is never OR or NOT.
type queryWord struct {
	text   string
	quoted bool
}

// is reports whether it is a keyword that joins terms.
func (w queryWord) is(keyword string) bool { return !w.quoted && w.text == keyword }

// splitQuery splits a query at spaces outside of quotes.
func splitQuery(query string) (words []queryWord, err error) {
	var word strings.Builder
	open, quoted := false, false
	end := func() {
		if word.Len() > 0 || quoted {
			words = append(words, queryWord{word.String(), quoted})
		}
		word.Reset()
		quoted = false
	}
	for _, r := range query {
		switch {
		case r == '"':
			open, quoted = !open, true
		case unicode.IsSpace(r) && !open:
			end()
		default:
			word.WriteRune(r)
		}
	}
	end()
	if open {
		return nil, badQuery("a quoted value has no end")
	}
	if len(words) > maxTerms {
		return nil, badQuery("the query has more than %d words", maxTerms)
	}
	return words, nil
}

// queryParser reads a query.
type queryParser struct {
	words []queryWord // the rest
	now   time.Time
}

// choice reads terms with OR between them.
func (p *queryParser) choice() (activities.Condition, error) {
	first, err := p.term()
	if err != nil || len(p.words) == 0 || !p.words[0].is("OR") {
		return first, err
	}
	any := activities.Condition{Any: []activities.Condition{first}}
	for len(p.words) > 0 && p.words[0].is("OR") {
		p.words = p.words[1:]
		next, err := p.term()
		if err != nil {
			return any, err
		}
		any.Any = append(any.Any, next)
	}
	return any, nil
}

// term reads one term, with any NOT before it.
func (p *queryParser) term() (activities.Condition, error) {
	negated := false
	for len(p.words) > 0 && p.words[0].is("NOT") {
		p.words, negated = p.words[1:], !negated
	}
	if len(p.words) == 0 {
		return activities.Condition{}, badQuery("the query ends where a term is wanted")
	}
	word := p.words[0]
	if word.is("OR") {
		return activities.Condition{}, badQuery("there is no term before OR")
	}
	p.words = p.words[1:]
	name, value, ok := strings.Cut(word.text, ":")
	if !ok {
		return activities.Condition{}, badQuery("%.100q is not a term: write NAME:VALUE", word.text)
	}
	condition, err := p.condition(name, value)
	if err == nil && negated {
		return activities.Condition{Not: &condition}, nil
	}
	return condition, err
}

// condition returns the meaning of a term.
func (p *queryParser) condition(name, value string) (activities.Condition, error) {
	if value == "" {
		return activities.Condition{}, badQuery("%s: has no value", name)
	}
	switch name {
	case "id", "parent-id":
		id, err := strconv.ParseInt(value, 10, 64)
		if err != nil || id < 1 {
			return activities.Condition{}, badQuery("%.100q is no number of an activity", value)
		}
		if name == "id" {
			return activities.Condition{ID: id}, nil
		}
		return activities.Condition{Parent: id}, nil
	case "status":
		return p.status(value)
	case "type":
		return activities.Condition{Types: ownTypes(value)}, nil
	case "creator":
		return activities.Condition{CreatedBy: value}, nil
	case "created-after", "created-before":
		at, err := wire.ParseTime(value)
		if err != nil {
			return activities.Condition{}, badQuery("%.100q is not a time", value)
		}
		if name == "created-after" {
			return activities.Condition{CreatedFrom: at}, nil
		}
		return activities.Condition{CreatedBefore: at}, nil
	case "computer":
		return noActivity(), nil // no activity here is of a computer
	}
	return activities.Condition{}, badQuery("%.100q is not known of activities", name)
}

// noActivity returns the condition that matches none.
func noActivity() activities.Condition {
	return activities.Condition{Any: []activities.Condition{}}
}

// status returns the meaning of a word for a status. Words for states that activities never
// have match none.
func (p *queryParser) status(word string) (activities.Condition, error) {
	waiting := activities.Condition{Statuses: statuses(activities.Waiting)}
	later := activities.Condition{RunAfter: p.now}
	switch word {
	case "undelivered":
		return activities.Condition{All: []activities.Condition{waiting, {Not: &later}}}, nil
	case "scheduled":
		return activities.Condition{All: []activities.Condition{waiting, later}}, nil
	case "delivered":
		return activities.Condition{Statuses: statuses(activities.Running)}, nil
	case "canceled":
		return activities.Condition{Statuses: statuses(activities.Cancelled)}, nil
	case "failed":
		return activities.Condition{Statuses: statuses(activities.Failed)}, nil
	case "succeeded":
		return activities.Condition{Statuses: statuses(activities.Done)}, nil
	case "unapproved", "waiting", "blocked":
		return noActivity(), nil
	}
	return activities.Condition{}, badQuery("%.100q is no status: it is undelivered, scheduled, delivered, succeeded, failed, canceled, unapproved, waiting or blocked", word)
}

func statuses[T any](one T) []T { return []T{one} }
