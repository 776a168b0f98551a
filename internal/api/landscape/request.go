package landscape

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"

	"github.com/aptarium/aptarium/internal/api/httpkit"
	"github.com/aptarium/aptarium/internal/api/landscape/wire"
	"github.com/aptarium/aptarium/internal/problem"
)

// Limits of a request, in bytes.
const (
	maxBody = 8 << 20  // it contains files, in base64
	maxURL  = 64 << 10 // the query string may have a long list of packages
)

// parameters reads the query string and the form of a request.
func parameters(w http.ResponseWriter, r *http.Request) (wire.Values, error) {
	if len(r.URL.RawQuery) > maxURL {
		return nil, problem.New(problem.TooLarge, "the query string is longer than %d bytes", maxURL).WithHint("send a form by POST")
	}
	sent := wire.Values{}
	if err := sent.Add(r.URL.RawQuery); err != nil {
		return nil, err
	}
	if r.Method != http.MethodPost {
		return sent, nil
	}
	form, err := readForm(w, r)
	if err != nil {
		return nil, err
	}
	return sent, sent.Add(form)
}

// readForm returns the body, as sent.
func readForm(w http.ResponseWriter, r *http.Request) (string, error) {
	if err := buffer(w, r, maxBody); err != nil {
		return "", err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || len(body) == 0 {
		return "", err
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" {
		return "", problem.New(problem.Invalid, "the body is %.100q, which cannot be read", kind).In("Content-Type").WithHint("send application/x-www-form-urlencoded")
	}
	return string(body), nil
}

// buffer reads the body into memory.
func buffer(w http.ResponseWriter, r *http.Request, limit int64) error {
	err := httpkit.Buffer(w, r, limit)
	if _, told := errors.AsType[*problem.Problem](err); err == nil || told {
		return err
	}
	return problem.New(problem.Invalid, "%w", err)
}

// envelope returns the names of the parameters that every request may have, in addition to
// those of its action.
func envelope() []string {
	return []string{"action", "version", wire.ParamAccessKey, wire.ParamMethod, wire.ParamSignatureVersion, wire.ParamTimestamp, wire.ParamSignature}
}

// ownOf returns the parameters of the action.
func ownOf(sent wire.Values) wire.Values {
	own := maps.Clone(sent)
	for _, name := range envelope() {
		delete(own, name)
	}
	return own
}

// choose returns the action of a request.
func (s *service) choose(sent wire.Values) (Action, *call, error) {
	for _, name := range []string{"action", "version"} {
		if sent[name] == "" {
			return Action{}, nil, wire.Missing(name)
		}
	}
	if !slices.Contains(Versions(), sent["version"]) {
		err := problem.New(problem.Invalid, "%.100q is not a version of the API", sent["version"]).In("version").WithHint("send %s", Versions()[0])
		return Action{}, nil, withName(err, codeInvalidVersion)
	}
	chosen, ok := s.actions[sent["action"]]
	if !ok {
		err := problem.New(problem.Invalid, "there is no action %.100q", sent["action"]).In("action")
		return Action{}, nil, withName(err, codeInvalidAction)
	}
	return chosen, &call{app: s.app, version: sent["version"]}, nil
}

// writeJSON writes JSON as the answer; nil is null.
func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(body) // an error here is one of the connection
}
