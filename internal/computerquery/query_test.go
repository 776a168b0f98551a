package computerquery_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/internal/computerquery"
	"github.com/aptarium/aptarium/internal/problem"
)

// TestQueriesAreClausesOfConditions reads queries and writes them in one form, with
// brackets around the clauses.
func TestQueriesAreClausesOfConditions(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                      "",
		" \t\n":                                 "",
		"web":                                   "[web]",
		"web server":                            "[web] [server]",
		"web AND server":                        "[web] [server]",
		"tag:a OR tag:b":                        "[tag:a OR tag:b]",
		"tag:a OR tag:b OR tag:c":               "[tag:a OR tag:b OR tag:c]",
		"app tag:server OR distribution:jammy":  "[app] [tag:server OR distribution:jammy]",
		"tag:server OR distribution:jammy app":  "[tag:server OR distribution:jammy] [app]",
		"a OR b AND c OR d":                     "[a OR b] [c OR d]",
		"NOT a OR b":                            "[NOT a OR b]",
		"a OR NOT b c":                          "[a OR NOT b] [c]",
		"NOT NOT a":                             "[a]",
		"NOT NOT NOT a":                         "[NOT a]",
		"or not and Or":                         "[or] [not] [and] [Or]",
		`"OR" "NOT a"`:                          `["OR"] ["NOT a"]`,
		`title:"My Server"`:                     `[title:"My Server"]`,
		`My" "Server`:                           `["My Server"]`,
		`"tag:a"`:                               `["tag:a"]`,
		`hostname:é~x*'()`:                      `[hostname:"é~x*'()"]`,
		"mac:00:11:22":                          `[mac:"00:11:22"]`,
		"ip:fe80::1":                            `[ip:"fe80::1"]`,
		"annotation:rack":                       "[annotation:rack]",
		"annotation:rack:b:2":                   `[annotation:rack:"b:2"]`,
		`annotation:"a:b":"c d"`:                `[annotation:"a:b":"c d"]`,
		"profile:wsl:4:compliant":               "[profile:wsl:4:compliant]",
		"profile:repository:12":                 "[profile:repository:12]",
		"disk.size:[10Gb TO 2Tb] cpu.vendor:x":  "[disk.size:[10Gb TO 2Tb]] [cpu.vendor:x]",
		"needs:license OR license-id:none":      "[needs:license OR license-id:none]",
		"  tag:a   OR\ttag:b\n":                 "[tag:a OR tag:b]",
		"availability-zone:null last-ping:8760": "[availability-zone:null] [last-ping:8760]",
	} {
		q, err := computerquery.Parse(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		var clauses []string
		for _, c := range q.Clauses {
			clauses = append(clauses, "["+computerquery.Query{Clauses: []computerquery.Clause{c}}.String()+"]")
		}
		if got := strings.Join(clauses, " "); got != want {
			t.Errorf("%q is\n%s, not\n%s", text, got, want)
		}
	}
}

func TestValuesAreRead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]computerquery.Term{
		"id:12":                         {Key: "id", Value: "12", Number: 12},
		"license-id:none":               {Key: "license-id", Value: "none", Number: -1},
		"license-id:3":                  {Key: "license-id", Value: "3", Number: 3},
		"annotation:a:b":                {Key: "annotation", Value: "a", Text: "b"},
		"profile:security:7:fail":       {Key: "profile", Value: "security", Number: 7, Status: "fail"},
		"has-pro-management:1":          {Key: "has-pro-management", Value: "1", Truth: true},
		"has-pro-management:false":      {Key: "has-pro-management", Value: "false"},
		"disk.size:10Gb":                {Key: "disk.size", Value: "10Gb", Least: 10 << 30, Most: 10 << 30},
		"memory.size:[1.5GB TO 2 tb]":   {Key: "memory.size", Value: "[1.5GB TO 2 tb]", Least: 3 << 29, Most: 2 << 40},
		"cpu.size:[1Ghz TO 4Ghz]":       {Key: "cpu.size", Value: "[1Ghz TO 4Ghz]", Least: 1e9, Most: 4e9},
		"network.capacity:[0 TO 100Mb]": {Key: "network.capacity", Value: "[0 TO 100Mb]", Most: 100e6},
		"last-ping-minutes:5":           {Key: "last-ping-minutes", Value: "5", Number: 5},
		`"a b"`:                         {Value: "a b"},
	} {
		q, err := computerquery.Parse(text)
		if diff := cmp.Diff(computerquery.Query{Clauses: []computerquery.Clause{{{Term: want}}}}, q); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", text, err, diff)
		}
	}
}

func TestEveryTermOfTheLanguageIsKnown(t *testing.T) {
	t.Parallel()
	values := map[string]string{
		"alert": "esm-disabled", "needs": "reboot", "has": "upgrade-profile", "profile": "upgrade:1", "license-type": "free_pro",
		"release-upgrade": "available", "has-pro-management": "true",
	}
	keys := computerquery.Keys()
	for _, key := range keys {
		value := values[key]
		if value == "" {
			value = "1"
		}
		if _, err := computerquery.Parse(key + ":" + value); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	if !slices.IsSorted(keys) || len(keys) < 50 {
		t.Errorf("the terms are %q", keys)
	}
}

// TestEveryTermIsExplained looks for the terms in the page about queries, where A stands
// for what several parts of a machine have.
func TestEveryTermIsExplained(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/profiles.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range computerquery.Keys() {
		part, attribute, _ := strings.Cut(key, ".")
		general := slices.Contains([]string{"vendor", "product", "version", "serial"}, attribute) && strings.Contains(string(page), "`"+part+".A:`")
		if !general && !strings.Contains(string(page), "`"+key+":") {
			t.Errorf("docs/profiles.md does not explain %s:", key)
		}
	}
}

func TestWhatMeansNothingIsRefusedWithARemedy(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"tga:server":                           "did you mean tag:?",
		"colour:red":                           `write "colour:red"`,
		"tag:":                                 "tag: has no value",
		"tag: server":                          "tag: has no value",
		`title:""`:                             "title: has no value",
		"tag:a_b":                              "letters, digits and dashes",
		"search:Mine":                          "lower-case",
		"alert:fire":                           "package-upgrades, security-upgrades",
		"needs:coffee":                         "reboot, license",
		"id:x":                                 "whole number",
		"id:-1":                                "whole number",
		"id:99999999999999999999":              "whole number",
		"last-ping:8761":                       "from 0 to 8760",
		"license-id:some":                      "or none",
		"annotation::x":                        "has no key",
		"annotation:x:":                        "has no text",
		"profile:repository":                   "a type and an id",
		"profile:moon:1":                       "repository",
		"profile:repository:1:compliant":       "write profile:repository:1",
		"profile:wsl:1:fail":                   "compliant, noncompliant",
		"profile:wsl:1:compliant:x":            "a type and an id",
		"has-pro-management:yes":               "true or false",
		"disk.size:[10Gb TO":                   "not closed",
		"disk.size:[2Gb TO 1Gb]":               "ends before it starts",
		"disk.size:[1Gb 2Gb]":                  "[LEAST TO MOST]",
		"disk.size:[1Gb TO 2Gb]x":              "[LEAST TO MOST]",
		"disk.size:many":                       "such as 1.5Gb",
		"cpu.size:1Gb":                         "such as 1.5Ghz",
		"disk.size:99999999999pb":              "such as 1.5Gb",
		"OR a":                                 "OR at the start has no term on its left",
		"a AND OR b":                           "OR after AND has no term",
		"a OR":                                 "missing after OR",
		"a AND":                                "missing after AND",
		"NOT":                                  "missing after NOT",
		"NOT OR":                               "OR after NOT",
		"(tag:a OR tag:b)":                     "unknown term",
		"(a OR b) c":                           "cannot have parentheses",
		"tag:a OR (hostname:b hostname:c)":     "unknown term",
		"hostname:b)":                          "cannot have parentheses",
		`title:"My Server`:                     "not closed",
		`""`:                                   "quotes are empty",
		"a\x00b":                               "control",
		"\xff":                                 "UTF-8",
		strings.Repeat("a", 4097):              "4097 bytes",
		strings.Repeat("a ", 201):              "200 terms",
		strings.Repeat("tag:a OR ", 201) + "b": "200 terms",
	} {
		_, err := computerquery.Parse(text)
		if !problem.Is(err, problem.Invalid) || !strings.HasPrefix(err.Error(), "query: ") || !strings.Contains(err.Error(), says) {
			t.Errorf("%.60q: %v\nwant …%s…", text, err, says)
		}
	}
}

func TestAQueryHoldsIfEachClauseDoes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"": true, "yes": true, "no": false, "NOT no": true, "NOT yes": false, "yes no": false, "no OR yes": true,
		"yes no OR yes": true, "no OR yes no": false, "NOT yes OR yes": true, "no OR NOT yes": false,
	} {
		q, err := computerquery.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := q.Holds(func(term computerquery.Term) bool { return term.Value == "yes" }); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}

func TestTheSearchesThatAQueryNeedsAreTold(t *testing.T) {
	t.Parallel()
	q, err := computerquery.Parse("search:b OR NOT search:a search:b search")
	if diff := cmp.Diff([]string{"b", "a"}, q.Searches()); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

// TestWhatIsWrittenReadsTheSame makes queries of any shape.
func TestWhatIsWrittenReadsTheSame(t *testing.T) {
	t.Parallel()
	term := rapid.Custom(func(t *rapid.T) computerquery.Condition {
		texts := rapid.SampledFrom([]string{"a", "OR", "a b", "é", "a:b", "(", "", "x.y", "[1 TO 2]"})
		text := texts.Filter(func(s string) bool { return s != "" }).Draw(t, "text")
		term := computerquery.Term{Key: rapid.SampledFrom([]string{"", "title", "ip", "vendor", "annotation"}).Draw(t, "key"), Value: text}
		if term.Key == "annotation" {
			term.Text = texts.Draw(t, "annotation")
		}
		return computerquery.Condition{Not: rapid.Bool().Draw(t, "not"), Term: term}
	})
	rapid.Check(t, func(t *rapid.T) {
		var q computerquery.Query
		for _, clause := range rapid.SliceOf(rapid.SliceOfN(term, 1, 3)).Draw(t, "clauses") {
			if len(q.Clauses) < 20 {
				q.Clauses = append(q.Clauses, clause)
			}
		}
		again, err := computerquery.Parse(q.String())
		if diff := cmp.Diff(q, again); err != nil || diff != "" {
			t.Fatalf("%s: %v\n%s", q, err, diff)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`tag:a OR NOT tag:b title:"My Server" AND web`, "disk.size:[10Gb TO 2Tb] cpu.size:1Ghz", `annotation:"a:b":c profile:usg:1:pass`,
		`a"b c"d:e"f"`, "license-id:none id:1 ip:fe80::1", `"OR" NOT "NOT"`, "disk.size:[1 TO\u00a02]", "has-pro-management:0",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := computerquery.Parse(text)
		if err != nil {
			if !problem.Is(err, problem.Invalid) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if len(q.String()) > 4000 {
			return // quotes have made it longer than a query may be
		}
		again, err := computerquery.Parse(q.String())
		if diff := cmp.Diff(q, again); err != nil || diff != "" {
			t.Errorf("%q writes %q: %v\n%s", text, q, err, diff)
		}
		q.Holds(func(computerquery.Term) bool { return true })
	})
}
