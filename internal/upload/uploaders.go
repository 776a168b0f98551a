package upload

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/query"
)

// Uploaders are the rules that decide whose .changes files a repo accepts: the first rule that
// matches the file and names one of its signers decides. Without such a rule, or without a
// signature, the file is denied. The format is aptly's uploaders.json (aptly(1), UPLOADERS).
type Uploaders struct {
	// Groups give names to lists of keys and other groups.
	Groups map[string][]string `json:"groups,omitempty" doc:"Names for lists of keys and other groups"`
	Rules  []UploadersRule     `json:"rules" doc:"The first with a word on a key counts"`
}

// UploadersRule is one rule. Keys are named by fingerprints or key ids of at least 8
// hexadecimal digits, by groups, or all by "*". Deny overrides Allow; for other keys the next
// rules count.
type UploadersRule struct {
	Condition string   `json:"condition" doc:"A package query, asked of the fields of the .changes file"`
	Allow     []string `json:"allow,omitempty" doc:"Fingerprints, key ids, groups, or * for all"`
	Deny      []string `json:"deny,omitempty" doc:"The same"`
}

// Limits of rules.
const (
	maxUploadersText = 1 << 20
	maxRules         = 1000
	maxKeys          = 10_000 // named in all rules and groups
)

// ParseUploaders parses rules in JSON, in which lines that start with // are comments. An error
// is a problem of kind Invalid or TooLarge that names the rule.
func ParseUploaders(text []byte) (Uploaders, error) {
	if len(text) > maxUploadersText {
		return Uploaders{}, inUploaders(problem.TooLarge, "the rules have %d bytes, more than %d", len(text), maxUploadersText)
	}
	var u Uploaders
	d := json.NewDecoder(bytes.NewReader(comments.ReplaceAll(text, nil)))
	d.DisallowUnknownFields()
	if err := d.Decode(&u); err != nil {
		return Uploaders{}, inUploaders(problem.Invalid, "the rules are not valid JSON of the right form: %w", err).
			WithHint(`write {"groups": {"NAME": ["KEY"]}, "rules": [{"condition": "QUERY", "allow": ["KEY or NAME"], "deny": []}]}`)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Uploaders{}, inUploaders(problem.Invalid, "the text continues after the rules")
	}
	return u, u.check()
}

var comments = regexp.MustCompile(`(?m)^\s*//.*$`)

func inUploaders(kind problem.Kind, format string, args ...any) *problem.Problem {
	return problem.New(kind, format, args...).In("uploaders")
}

func (u Uploaders) check() error {
	if len(u.Rules) > maxRules {
		return inUploaders(problem.TooLarge, "the text has %d rules; the limit is %d", len(u.Rules), maxRules)
	}
	keys := 0
	for name, items := range u.Groups {
		keys += len(items)
		if err := u.checkItems(items); err != nil {
			return inUploaders(problem.Invalid, "group %q: %w", name, err)
		}
	}
	for i, r := range u.Rules {
		keys += len(r.Allow) + len(r.Deny)
		_, err := compile(r.Condition)
		if err == nil {
			err = u.checkItems(slices.Concat(r.Allow, r.Deny))
		}
		if err != nil {
			return inUploaders(problem.Invalid, "rule %d: %w", i+1, err)
		}
	}
	if keys > maxKeys {
		return inUploaders(problem.TooLarge, "the rules name %d keys, more than %d", keys, maxKeys)
	}
	return nil
}

func compile(condition string) (*query.Plan, error) {
	q, err := query.Parse(condition)
	if err != nil {
		return nil, err
	}
	return query.Compile(q)
}

// keyPattern matches the end of a fingerprint, which names a key.
var keyPattern = regexp.MustCompile(`^(0[xX])?[0-9A-Fa-f]{8,40}$`)

func (u Uploaders) checkItems(items []string) error {
	for _, item := range items {
		if _, group := u.Groups[item]; !group && item != "*" && !keyPattern.MatchString(item) {
			return problem.New(problem.Invalid, "%.100q is neither a key nor a group", item).
				WithHint("use a fingerprint, the name of a group in the same rules, or *")
		}
	}
	return nil
}

// Allow returns nil if the rules let the signers upload a .changes file, else a problem of kind
// Denied with the reason. Another error is that of the context.
func (u Uploaders) Allow(ctx context.Context, changes Changes, signers []openpgp.Signature) error {
	for i, rule := range u.Rules {
		plan, err := compile(rule.Condition)
		if err != nil {
			return inUploaders(problem.Invalid, "rule %d: %w", i+1, err)
		}
		matches, err := plan.Match(ctx, changes)
		if err != nil {
			return err
		}
		switch {
		case !matches:
		case u.names(rule.Deny, signers):
			return problem.New(problem.Denied, "denied according to rule: %s", rule)
		case u.names(rule.Allow, signers):
			return nil
		}
	}
	return problem.New(problem.Denied, "denied as no rule matches")
}

// String returns the rule as JSON.
func (r UploadersRule) String() string {
	text, err := json.Marshal(r)
	if err != nil {
		return r.Condition
	}
	return string(text)
}

// names reports whether a list names one of the signers. It expands each group once, so groups
// can contain each other.
func (u Uploaders) names(items []string, signers []openpgp.Signature) bool {
	seen := map[string]bool{}
	for todo := slices.Clone(items); len(todo) > 0; {
		item := todo[0]
		todo = todo[1:]
		if group, ok := u.Groups[item]; ok {
			if !seen[item] {
				seen[item] = true
				todo = append(todo, group...)
			}
			continue
		}
		id := strings.TrimPrefix(strings.ToUpper(item), "0X")
		for _, s := range signers {
			if item == "*" || strings.HasSuffix(s.Fingerprint, id) || strings.HasSuffix(s.SignedBy, id) {
				return true
			}
		}
	}
	return false
}
