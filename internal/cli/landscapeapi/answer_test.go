package landscapeapi_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestAnswersArePrintedAsPythonOrAsTheyCome(t *testing.T) {
	t.Parallel()
	const profile = `{"tags":["lds"],"all_computers":false,"id":5,"name":"lds-profile","description":"This profile is for servers.","pockets":[]}`
	for name, c := range map[string]struct{ line, answer, want string }{
		"an object": {"get-activities", profile, `{'all_computers': False,
 'description': 'This profile is for servers.',
 'id': 5,
 'name': 'lds-profile',
 'pockets': [],
 'tags': ['lds']}
`},
		"nothing":               {"get-activities", "null\n", "None\n"},
		"JSON":                  {"get-activities --json", profile + "\n", profile + "\n"},
		"JSON without its end":  {"--json get-activities", profile, profile + "\n"},
		"a script":              {"get-script-code 3", `"#!/bin/sh\necho 'x'\n"`, "#!/bin/sh\necho 'x'\n\n"},
		"a text":                {"get-activities", `"#!/bin/sh\n"`, "'#!/bin/sh\\n'\n"},
		"an action by its name": {"call Frob", `[1,null]`, "[1, None]\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			term := terminal{status: http.StatusOK, answer: c.answer}
			if code := term.run(t, strings.Fields(c.line)...); code != 0 || term.err.String() != "" {
				t.Errorf("ends with %d: %s", code, term.err.String())
			}
			if term.out.String() != c.want {
				t.Errorf("prints %q, want %q", term.out.String(), c.want)
			}
		})
	}
}

func TestRefusalsAreToldAsTheOriginalDoes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status       int
		answer, want string
	}{
		"an error": {400, `{"error":"UnknownPocket","message":"there is no pocket \"x\""}`,
			"\nGot server error:\nStatus: 400\nError code: UnknownPocket\nError message: there is no pocket \"x\"\n"},
		"several": {400, `{"error":"MultiError","message":"two","errors":[{"error":"MissingParameter","message":"a"},{"error":"InvalidTime","message":"b"}]}`,
			"\nGot server error:\nStatus: 400\nError code: MultiError\nError message: two\nError code: MissingParameter\nError message: a\nError code: InvalidTime\nError message: b\n"},
		"lines": {400, `{"error":"InvalidActivityStatusChange","message":"1 => done\n2 => done"}`,
			"\nGot server error:\nStatus: 400\nError code: InvalidActivityStatusChange\nError message: 1 => done\n2 => done\n"},
		"what steers a terminal": {403, `{"error":"Unauthorised","message":"\u001b[2J"}`,
			"\nGot server error:\nStatus: 403\nError code: Unauthorised\nError message: \ufffd[2J\n"},
		"a proxy's page": {502, "<html>Bad Gateway</html>\n",
			"\nGot unexpected server error:\nStatus: 502\nError message: <html>Bad Gateway</html>\n"},
		"another object": {500, `{"detail":"x"}`, "\nGot unexpected server error:\nStatus: 500\nError message: {\"detail\":\"x\"}\n"},
		"another place":  {301, "", "\nGot unexpected server error:\nStatus: 301\nError message: the API has another address: https://other/api/\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			term := terminal{status: c.status, answer: c.answer}
			if c.status == http.StatusMovedPermanently {
				term.header = http.Header{"Location": {"https://other/api/"}}
			}
			if code := term.run(t, "get-activities"); code != 2 || term.out.String() != "" {
				t.Errorf("ends with %d, having printed %q", code, term.out.String())
			}
			if term.err.String() != c.want {
				t.Errorf("says %q, want %q", term.err.String(), c.want)
			}
		})
	}
}

func TestAnAnswerThatIsNoJSONIsAFailure(t *testing.T) {
	t.Parallel()
	term := terminal{status: http.StatusOK, answer: "<html>Welcome</html>"}
	if code := term.run(t, "get-activities"); code != 1 || !strings.Contains(term.err.String(), "the server's answer") {
		t.Errorf("ends with %d: %s", code, term.err.String())
	}
}
