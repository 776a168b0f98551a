package landscape_test

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/api/landscape"
	"github.com/aptarium/aptarium/internal/api/landscape/wire"
)

// hostileTexts are values for parameters.
func hostileTexts() []string {
	return []string{
		"..", "../../etc/passwd", "/etc/passwd", "a\r\nX-Evil: 1", strings.Repeat("ü", 5000), "%2e%2e%2f", "%00", "{{.X}}", "$(id)", "-rf", "--output=x", "a=b",
		":", "::", " ", "'\"", "'; DROP TABLE activity; --", "P", "18446744073709551616", "-1", "0", "main=repo:r", "file:///etc/passwd", "http://", "http://[::1", "a b c",
		"id:1 OR", strings.Repeat("NOT ", 150) + "id:1", strings.Repeat("id:1 OR ", 99) + "id:1", "(((((((((", "\u2028", "\U0010ffff", "noble", "ubuntu", "sign", "release",
		"global", "true", "mirror", "upload", "./", "2026-11-21",
	}
}

// filled gives the parameters of an action with one text as the value of each.
func filled(a landscape.Action, text string) (pairs []string) {
	for _, p := range a.Parameters {
		switch p.Type {
		case wire.List:
			pairs = append(pairs, p.Name+".1", text, p.Name+".2", text+"2")
		case wire.Mapping:
			pairs = append(pairs, p.Name+".1", text, p.Name+"."+strings.ReplaceAll(text[:min(len(text), 100)], "ü", "u"), text)
		case wire.File:
			pairs = append(pairs, p.Name, "f$$"+base64.StdEncoding.EncodeToString([]byte(text)))
		case wire.Data:
			pairs = append(pairs, p.Name, base64.StdEncoding.EncodeToString([]byte(text)))
		default:
			pairs = append(pairs, p.Name, text)
		}
	}
	return pairs
}

// blameless wants an answer that does not put down to the server what a caller did, and
// that is JSON as clients read it.
func (r reply) blameless(text string) {
	r.h.TB.Helper()
	if r.status >= 500 || r.header.Get("X-Evil") != "" {
		r.h.TB.Errorf("%s with %.100q answers %d %.300s", r.action, text, r.status, r.body)
	}
	told, isObject := parsed(r.h.TB, r.body).(map[string]any)
	if r.status != http.StatusOK && (!isObject || told["error"] == "" || told["message"] == "") {
		r.h.TB.Errorf("%s with %.100q answers %d %.300s", r.action, text, r.status, r.body)
	}
}

// TestHostileTextsAreNoFaultOfTheServer has every action asked for with every text: in
// all of its parameters, and in each of them alone where the others name what there is.
func TestHostileTextsAreNoFaultOfTheServer(t *testing.T) {
	withArchive(t, func(w *archive) {
		w.everyMode()
		there := map[string]string{"distribution": "ubuntu", "series": "noble", "name": "release", "origin": "noble", "mode": "upload", "gpg_key": "sign", "components": "main", "architectures": "amd64"}
		for _, a := range landscape.Actions() {
			for _, text := range hostileTexts() {
				if strings.HasPrefix(a.Name, "Remove") && slices.Contains([]string{"ubuntu", "noble", "release", "sign"}, text) {
					continue // it is to be there for the others
				}
				pairs := filled(a, text)
				w.do(a.Name, pairs...).blameless(text)
				for at := 0; at < len(pairs); at += 2 {
					one := append([]string(nil), pairs...)
					for i := 0; i < len(one); i += 2 {
						base, _, _ := strings.Cut(one[i], ".")
						if value, known := there[base]; known && i != at {
							one[i+1] = value
						}
					}
					w.do(a.Name, one...).blameless(text)
				}
			}
			w.Settled()
		}
	})
}
