package aptlyroot

import (
	"strconv"
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

// yamlKeys are the keys of the YAML form that differ from those of the JSON form
// by more than their spelling (aptly.conf(5) of aptly 1.6).
var yamlKeys = map[string]string{
	"dep_follow_suggests":          "dependencyFollowSuggests",
	"dep_follow_recommends":        "dependencyFollowRecommends",
	"dep_follow_all_variants":      "dependencyFollowAllVariants",
	"dep_follow_allvariants":       "dependencyFollowAllVariants",
	"dep_follow_source":            "dependencyFollowSource",
	"download_sourcepackages":      "downloadSourcePackages",
	"packagepool_storage":          "packagePoolStorage",
	"filesystem_publish_endpoints": "FileSystemPublishEndpoints",
}

// endpointKeys are the keys whose own keys are names that people chose.
var endpointKeys = map[string]bool{
	"filesystem_publish_endpoints": true, "s3_publish_endpoints": true, "swift_publish_endpoints": true,
	"azure_publish_endpoints": true, "gcs_publish_endpoints": true, "jfrog_publish_endpoints": true,
}

// jsonKeys gives a YAML tree the keys of the JSON form. The spelling is the same
// but for underscores and capitals, and capitals do not count when JSON is decoded.
func jsonKeys(tree map[string]any) map[string]any {
	renamed := make(map[string]any, len(tree))
	for key, value := range tree {
		name, known := yamlKeys[key]
		if !known {
			name = strings.ReplaceAll(key, "_", "")
		}
		inner, nested := value.(map[string]any)
		switch {
		case nested && endpointKeys[key]:
			value = endpointTrees(inner)
		case nested:
			value = jsonKeys(inner)
		}
		renamed[name] = value
	}
	return renamed
}

func endpointTrees(named map[string]any) map[string]any {
	for name, value := range named {
		if inner, ok := value.(map[string]any); ok {
			named[name] = jsonKeys(inner)
		}
	}
	return named
}

// yamlLine is a line that says something.
type yamlLine struct {
	number int // from 1, for errors
	indent int
	text   string // without comment and outer blanks
}

// yamlReader reads the part of YAML (https://yaml.org/spec/1.2.2/) that
// configurations of aptly are written in: mappings and lists in blocks, lists and
// mappings in one line, plain and quoted scalars, comments. Anything else (tags,
// anchors, texts of many lines) is told as such.
type yamlReader struct {
	lines []yamlLine
	next  int
}

// maxDepth bounds how deep a configuration nests; aptly's are 3 deep.
const maxDepth = 8

// parseYAML reads a mapping.
func parseYAML(text []byte) (map[string]any, error) {
	var r yamlReader
	for i, line := range strings.Split(string(text), "\n") {
		l := yamlLine{number: i + 1, text: strings.TrimRight(uncommented(line), " \t\r")}
		trimmed := strings.TrimLeft(l.text, " ")
		if l.indent, l.text = len(l.text)-len(trimmed), trimmed; l.text == "" || l.text == "---" && len(r.lines) == 0 {
			continue
		}
		if l.text[0] == '\t' {
			return nil, l.fault("is indented by a tab")
		}
		r.lines = append(r.lines, l)
	}
	if len(r.lines) == 0 {
		return nil, problem.New(problem.Invalid, "the configuration is empty")
	}
	tree, err := r.mapping(r.lines[0].indent, 0)
	if err == nil && r.next < len(r.lines) {
		err = r.lines[r.next].fault("does not belong to the lines before it")
	}
	return tree, err
}

func (l yamlLine) fault(format string, args ...any) error {
	return problem.New(problem.Invalid, "line %d "+format, append([]any{l.number}, args...)...).
		WithHint("write plain YAML as `aptly config show -yaml` does, or JSON")
}

// uncommented gives a line without what follows a # that begins a word.
func uncommented(line string) string {
	quote := byte(0)
	for i := 0; i < len(line); i++ {
		switch b := line[i]; {
		case quote == '"' && b == '\\':
			i++
		case quote != 0:
			if b == quote {
				quote = 0
			}
		case (b == '"' || b == '\'') && (i == 0 || strings.IndexByte(" \t[{,:", line[i-1]) >= 0):
			quote = b
		case b == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t'):
			return line[:i]
		}
	}
	return line
}

// mapping reads the lines of a block at one indent.
func (r *yamlReader) mapping(indent, depth int) (map[string]any, error) {
	tree := map[string]any{}
	for r.next < len(r.lines) && r.lines[r.next].indent == indent {
		l := r.lines[r.next]
		key, rest, err := l.key()
		if err != nil {
			return nil, err
		}
		if _, twice := tree[key]; twice {
			return nil, l.fault("gives %q again", key)
		}
		r.next++
		if tree[key], err = r.value(l, rest, depth+1); err != nil {
			return nil, err
		}
	}
	return tree, nil
}

// key takes a line apart at its colon.
func (l yamlLine) key() (key, rest string, err error) {
	key, rest, ok := strings.Cut(l.text, ":")
	if !ok || rest != "" && rest[0] != ' ' && rest[0] != '\t' {
		return "", "", l.fault("is no KEY: VALUE")
	}
	if key, ok = unquoted(strings.TrimSpace(key)); !ok {
		return "", "", l.fault("has no plain key")
	}
	return key, strings.TrimSpace(rest), nil
}

// value reads what stands behind a key: on the same line, or below it.
func (r *yamlReader) value(l yamlLine, rest string, depth int) (any, error) {
	if depth > maxDepth {
		return nil, l.fault("is nested too deep")
	}
	if rest != "" {
		return l.inline(rest)
	}
	if r.next == len(r.lines) {
		return nil, nil
	}
	below := r.lines[r.next]
	item := below.text == "-" || strings.HasPrefix(below.text, "- ")
	switch {
	case item && below.indent >= l.indent: // a list may stand right below its key
		return r.list(below.indent)
	case below.indent > l.indent:
		return r.mapping(below.indent, depth)
	}
	return nil, nil
}

// list reads the items of a block, which are scalars.
func (r *yamlReader) list(indent int) (any, error) {
	list := []any{}
	for r.next < len(r.lines) && r.lines[r.next].indent == indent {
		l := r.lines[r.next]
		text, item := strings.CutPrefix(l.text, "-")
		if !item {
			break
		}
		value, err := l.scalar(strings.TrimSpace(text))
		if err != nil {
			return nil, err
		}
		list = append(list, value)
		r.next++
	}
	return list, nil
}

// inline reads a value of one line.
func (l yamlLine) inline(text string) (any, error) {
	inner, isList := strings.CutPrefix(text, "[")
	if isList {
		if inner, isList = strings.CutSuffix(inner, "]"); !isList {
			return nil, l.fault("begins a list that goes on")
		}
		list := []any{}
		if strings.TrimSpace(inner) == "" {
			return list, nil
		}
		for item := range strings.SplitSeq(inner, ",") {
			value, err := l.scalar(strings.TrimSpace(item))
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	}
	if inner, isMap := strings.CutPrefix(text, "{"); isMap {
		if strings.TrimSpace(inner) != "}" {
			return nil, l.fault("has a mapping in one line")
		}
		return map[string]any{}, nil
	}
	return l.scalar(text)
}

// scalar reads a text, a number or a truth.
func (l yamlLine) scalar(text string) (any, error) {
	if text == "" || text == "~" || text == "null" {
		return nil, nil
	}
	switch text {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, nil
	}
	plain, ok := unquoted(text)
	if !ok || strings.Contains(text, ": ") && plain == text {
		return nil, l.fault("has %.100q, which is more than a plain or quoted text", text)
	}
	return plain, nil
}

// unquoted gives what a plain or quoted text says.
func unquoted(text string) (plain string, ok bool) {
	if text == "" || strings.IndexByte("&*!|>%@`[]{},?-", text[0]) >= 0 && text != "-" {
		return "", false
	}
	switch text[0] {
	case '"':
		plain, err := strconv.Unquote(text)
		return plain, err == nil
	case '\'':
		inner, ended := strings.CutSuffix(text[1:], "'")
		if len(text) < 2 || !ended || strings.Contains(strings.ReplaceAll(inner, "''", ""), "'") {
			return "", false
		}
		return strings.ReplaceAll(inner, "''", "'"), true
	}
	return text, true
}
