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
	"github.com/aptarium/aptarium/internal/problem"
)

// parameters reads what a request sends, in its query string and in its form.
func parameters(w http.ResponseWriter, r *http.Request) (values, error) {
	if len(r.URL.RawQuery) > maxURL {
		return nil, problem.New(problem.TooLarge, "the query string is longer than %d bytes", maxURL).WithHint("send a form by POST")
	}
	sent := values{}
	if err := sent.add(r.URL.RawQuery); err != nil {
		return nil, err
	}
	if r.Method != http.MethodPost {
		return sent, nil
	}
	form, err := readForm(w, r)
	if err != nil {
		return nil, err
	}
	return sent, sent.add(form)
}

// readForm gives the body as it came.
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

// envelope are the parameters that every request may have, beside those of its action.
func envelope() []string {
	return []string{"action", "version", paramAccessKey, paramMethod, paramSignatureVersion, paramTimestamp, paramSignature}
}

// own gives the parameters that are the action's.
func (v values) own() values {
	own := maps.Clone(v)
	for _, name := range envelope() {
		delete(own, name)
	}
	return own
}

// choose finds the action that a request asks for.
func (s *service) choose(sent values) (Action, *call, error) {
	for _, name := range []string{"action", "version"} {
		if sent[name] == "" {
			return Action{}, nil, missing(name)
		}
	}
	if !slices.Contains(Versions(), sent["version"]) {
		err := problem.New(problem.Invalid, "%.100q is no version of the API", sent["version"]).In("version").WithHint("send %s", Versions()[0])
		return Action{}, nil, withName(err, codeInvalidVersion)
	}
	chosen, ok := s.actions[sent["action"]]
	if !ok {
		err := problem.New(problem.Invalid, "there is no action %.100q here", sent["action"]).In("action")
		return Action{}, nil, withName(err, codeInvalidAction)
	}
	return chosen, &call{app: s.app, version: sent["version"]}, nil
}

// writeJSON answers with JSON. A nil is null.
func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(body) // what breaks here is the connection
}
