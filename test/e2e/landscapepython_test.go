package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/people"
)

// landscapeEnv creates a person with all permissions and a key pair, and returns the
// variables that clients of Landscape's API read.
func (a *aptarium) landscapeEnv() []string {
	a.tb.Helper()
	if _, err := a.People.Create(a.ctx, people.NewPerson{Email: "stan@example.org", Name: "Stan Peters", Roles: []string{"GlobalAdmin"}}); err != nil {
		a.tb.Fatal(err)
	}
	pair, secret, err := a.People.CreateKeyPair(a.ctx, "stan@example.org")
	if err != nil {
		a.tb.Fatal(err)
	}
	return []string{
		"LANDSCAPE_API_KEY=" + pair.AccessKey, "LANDSCAPE_API_SECRET=" + secret,
		"LANDSCAPE_API_URI=" + strings.TrimSuffix(a.url, "/archive") + "/api/",
	}
}

// TestAPythonClientSignsItsRequests has Debian's Python send requests over Debian's
// python3-requests, encoded and signed by none of our code.
func TestAPythonClientSignsItsRequests(t *testing.T) {
	t.Parallel()
	a := start(t, t.TempDir())
	env := a.landscapeEnv()
	key := armored(t, newKey(t))
	names := map[string]string{} // so many that the order of their numbers is not that of their text
	for i := range 12 {
		names[fmt.Sprintf("names.%d", i+1)] = fmt.Sprintf("é /+&=~*'()%%%d", i)
	}
	names["names.7"] = "python"
	type object = map[string]any
	for name, c := range map[string]struct {
		request object
		status  int
		want    string // in the answer
	}{
		"an answer":        {object{"action": "ImportGPGKey", "parameters": object{"name": "python", "material": key}}, 200, `"name": "python"`},
		"odd characters":   {object{"action": "GetGPGKeys", "parameters": names}, 200, ``},
		"no parameters":    {object{"action": "GetActivities", "parameters": object{}}, 200, `[]`},
		"an error":         {object{"action": "RemoveGPGKey", "parameters": object{"name": "none"}}, 400, `"error": "UnknownGPGKey"`},
		"another's secret": {object{"action": "GetGPGKeys", "parameters": object{}, "secret": strings.Repeat("x", 40)}, 401, `"error": "SignatureDoesNotMatch"`},
		"an unknown key":   {object{"action": "GetGPGKeys", "parameters": object{}, "key": strings.Repeat("A", 20)}, 401, `"error": "`},
		"a request of old": {object{"action": "GetGPGKeys", "parameters": object{}, "timestamp": "2011-08-18T08:07:00Z"}, 401, `"error": "`},
		"a question again": {object{"action": "GetGPGKeys", "parameters": object{}, "twice": true}, 200, ``},
		"a change again":   {object{"action": "CreateDistribution", "parameters": object{"name": "ubuntu"}, "twice": true}, 401, `"error": "`},
	} {
		t.Run(name, func(t *testing.T) {
			line, err := json.Marshal(c.request)
			if err != nil {
				t.Fatal(err)
			}
			answer := runPython(t, env, line)
			if !strings.HasPrefix(answer, fmt.Sprintf("[%d, ", c.status)) || !strings.Contains(answer, c.want) {
				t.Errorf("the answer is %s, want %d with %s", answer, c.status, c.want)
			}
		})
	}
}

func runPython(t *testing.T, env []string, input []byte) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), "/usr/bin/python3", "testdata/landscape.py")
	c.Stdin, c.Env = bytes.NewReader(append(input, '\n')), append(os.Environ(), env...)
	var said bytes.Buffer
	c.Stderr = &said
	out, err := c.Output()
	if err != nil {
		t.Fatalf("python3: %v\n%s\n(Debian's packages python3 and python3-requests must be installed: run test/setup)", err, said.String())
	}
	return string(out)
}
