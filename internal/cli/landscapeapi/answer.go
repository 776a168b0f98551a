package landscapeapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode"

	"github.com/aptarium/aptarium/internal/cli/landscapeapi/pyprint"
)

// maxAnswer limits the bytes of an answer, which is read into memory.
const maxAnswer = 256 << 20

// refusal is an answer whose status is an error.
type refusal struct {
	status int
	err    serverError
	ours   bool // the answer has the form of this API
}

// serverError is an error in an answer of the API.
type serverError struct {
	Code    string        `json:"error"`
	Message string        `json:"message"`
	Errors  []serverError `json:"errors"` // of a MultiError
}

// Error returns a line for logs; [refusal.print] is for people.
func (r refusal) Error() string {
	return fmt.Sprintf("the server answers %d: %s %s", r.status, r.err.Code, r.err.Message)
}

// print writes the error as the original client does.
func (r refusal) print(w io.Writer) {
	if !r.ours {
		fmt.Fprintf(w, "\nGot unexpected server error:\nStatus: %d\nError message: %s\n", r.status, printable(r.err.Message))
		return
	}
	fmt.Fprintf(w, "\nGot server error:\nStatus: %d\n", r.status)
	r.err.print(w)
}

func (e serverError) print(w io.Writer) {
	fmt.Fprintf(w, "Error code: %s\nError message: %s\n", printable(e.Code), printable(e.Message))
	for _, one := range e.Errors {
		one.print(w)
	}
}

// printable replaces the control characters of a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || unicode.IsPrint(r) {
			return r
		}
		return '\ufffd'
	}, s)
}

// read returns the body of a successful answer, or a [refusal].
func read(answer *http.Response) ([]byte, error) {
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("the server's answer is cut short: %w", err)
	}
	if len(body) > maxAnswer {
		return nil, fmt.Errorf("the server's answer is larger than %d MiB; ask for less, with --limit", maxAnswer>>20)
	}
	if answer.StatusCode == http.StatusOK {
		return body, nil
	}
	r := refusal{status: answer.StatusCode}
	r.ours = bytes.HasPrefix(body, []byte("{")) && json.Unmarshal(body, &r.err) == nil && r.err.Code != ""
	if !r.ours {
		r.err = serverError{Message: unexpected(answer, body)}
	}
	return nil, r
}

// maxUnexpected limits the printed bytes of an unexpected answer.
const maxUnexpected = 2000

// unexpected describes an answer that does not come from this API.
func unexpected(answer *http.Response, body []byte) string {
	if to := answer.Header.Get("Location"); to != "" {
		return "the API has another address: " + to
	}
	return strings.TrimSpace(strings.ToValidUTF8(string(body[:min(len(body), maxUnexpected)]), "\ufffd"))
}

// rawActions are the actions whose answer is a text that is printed unchanged.
var rawActions = map[string]bool{"GetScriptCode": true}

// show prints what an action answered.
func (c Command) show(action string, body []byte, asJSON bool) error {
	if asJSON {
		_, err := fmt.Fprintf(c.Out, "%s\n", bytes.TrimSuffix(body, []byte("\n")))
		return err
	}
	v, err := pyprint.Decode(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("the server's answer: %w", err)
	}
	if text, ok := v.(string); ok && rawActions[action] {
		_, err := fmt.Fprintln(c.Out, text)
		return err
	}
	return pyprint.Print(c.Out, v)
}
