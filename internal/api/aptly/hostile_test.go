package aptly_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/apptest"
)

// documented is a route as the server itself documents it.
type documented struct{ method, path string }

// documentedRoutes gives every route of the server, in a fixed order.
func (h *house) documentedRoutes() (list []documented) {
	h.TB.Helper()
	var told struct{ Paths map[string]map[string]any }
	h.get("/docs/doc.json").into(&told)
	for path, methods := range told.Paths {
		for method := range methods {
			list = append(list, documented{strings.ToUpper(method), path})
		}
	}
	slices.SortFunc(list, func(a, b documented) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	return list
}

// path fills the parameters with names of things that are there, and the one at a
// place (-1: none) with another value.
func (d documented) filled(at int, value string) string {
	parts := strings.Split(d.path, "/")
	for i, p := range parts {
		switch {
		case i == at:
			parts[i] = url.PathEscape(value)
		case p == "{name}" && parts[2] == "snapshots", p == "{other}":
			parts[i] = "s"
		case p == "{name}", p == "{src}":
			parts[i] = "r"
		case p == "{prefix}":
			parts[i] = ":."
		case strings.Contains(p, "{"):
			parts[i], _, _ = strings.Cut(p, "{")
			parts[i] += "d"
		}
	}
	return strings.Join(parts, "/")
}

// withValue gives the paths of a route with a value in place of each parameter.
func (d documented) withValue(value string) (paths []string) {
	for i, p := range strings.Split(d.path, "/") {
		if strings.HasPrefix(p, "{") {
			paths = append(paths, d.filled(i, value))
		}
	}
	if paths == nil {
		return []string{d.path}
	}
	return paths
}

// hostileTexts are values for parts of paths and for texts of bodies.
func hostileTexts() []string {
	return []string{
		"..", "../../etc/passwd", "/etc/passwd", "a\x00b", "\xff\xfe", strings.Repeat("ü", 5000), "%2e%2e%2f", "%00", "a\r\nX-Evil: 1",
		"{{.X}}", "{{range .}}", "$(id)", ".$.", "-rf", "--output=x", "a=b", ":", "::", "filesystem:www:x", "filesystem::", "s3:x:y", "built-in:x",
		" ", "'\"", "P", "Pall a 1 0", "a (~ (", "$Version (~ '(a+)+$')", "((((((((((", "18446744073709551616", "-1", "main=repo:r", "file:///etc/passwd",
	}
}

func textFields() []string {
	return []string{
		"Name", "Comment", "DefaultDistribution", "DefaultComponent", "FromSnapshot", "Description", "Distribution", "Label", "Origin", "Source",
		"Destination", "ArchiveURL", "Filter", "NotAutomatic", "ButAutomaticUpgrades", "SignedBy", "Version", "Component", "Keyring", "GpgKeyArmor",
		"Keyserver", "GpgKeyID",
	}
}

// bodiesWith gives bodies of the right shape with a value as every text.
func bodiesWith(value string) (bodies []string) {
	source := map[string]string{"Component": value, "Name": value}
	object := map[string]any{"SourceKind": "local", "Sources": []any{source}, "Snapshots": []any{source}}
	for _, f := range textFields() {
		object[f] = value
	}
	for _, f := range []string{"PackageRefs", "SourceSnapshots", "Queries", "Architectures", "Components", "Keyrings"} {
		object[f] = []string{value}
	}
	object["Signing"] = map[string]any{"Keyring": value, "SecretKeyring": value, "PassphraseFile": value}
	bodies = append(bodies, encoded(object), encoded([]any{source}))
	object["Sources"] = []string{value}
	bodies = append(bodies, encoded(object))
	object["Sources"], object["Snapshots"] = []any{map[string]string{"Component": value, "Name": "r"}}, []any{map[string]string{"Component": value, "Name": "s"}}
	object["Signing"] = map[string]any{"Skip": true}
	return append(bodies, encoded(object))
}

func encoded(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}

// wrongBodies are of no shape that any route expects.
func wrongBodies() []string {
	bodies := []string{
		"", "null", "[]", "{}", "1", `"x"`, "[null]", "[1]", "[[]]", "[{}]", "{", strings.Repeat("[", 20_000), strings.Repeat(`{"a":`, 20_000),
	}
	lists := []string{"PackageRefs", "Sources", "SourceSnapshots", "Queries", "Signing", "Snapshots", "MultiDist", "ForceOverwrite", "with-deps", "Keyrings"}
	for _, value := range []string{"null", "1", "true", "[]", "{}", `["x"]`, `{"a":{}}`, "1e999", "[null]", `[{"Name":null}]`} {
		var b strings.Builder
		b.WriteString(`{"SourceKind":"local"`)
		for _, f := range slices.Concat(textFields(), lists) {
			fmt.Fprintf(&b, ",%q:%s", f, value)
		}
		bodies = append(bodies, b.String()+"}")
	}
	return bodies
}

// stockedForAttack makes one of everything that attacks are aimed at.
func stockedForAttack(h *house) {
	h.MakeRepo("r", apptest.Deb(h.TB, "a", "1", "amd64", "x"))
	h.post("/api/repos/r/snapshots", `{"Name":"s"}`).ok()
	h.post("/api/publish", `{"SourceKind":"local","Sources":[{"Name":"r"}],"Distribution":"d",`+unsigned+`}`).ok()
}

// blameless wants an answer that does not put down to the server what a caller did.
func (r reply) blameless(body string) {
	r.h.TB.Helper()
	if r.status >= 500 && (strings.Contains(r.body, "the server failed") || r.status > 500 && r.status != http.StatusServiceUnavailable) {
		r.h.TB.Errorf("%.200s with %.300s answers %d %.300s", r.asked, body, r.status, r.body)
	}
	if r.header.Get("X-Evil") != "" {
		r.h.TB.Errorf("%.200s sets a header", r.asked)
	}
}

func TestHostileTextsAreNoFaultOfTheServer(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		stockedForAttack(h)
		for _, d := range h.documentedRoutes() {
			if d.path == "/api/tasks-wait" || strings.HasPrefix(d.path, "/api/graph") || d.path == "/api/gpg/key" {
				continue // they take no texts, or have others run
			}
			for _, text := range hostileTexts() {
				for _, path := range d.withValue(text) {
					if d.method == "GET" {
						h.get(path + "?withDeps=1&q=" + url.QueryEscape(text)).blameless("")
						continue
					}
					for _, body := range bodiesWith(text) {
						h.send(d.method, path, "application/json", body).blameless(body)
					}
				}
			}
		}
	})
}

func TestBodiesOfNoShapeAreNoFaultOfTheServer(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		stockedForAttack(h)
		for _, d := range h.documentedRoutes() {
			if d.method == "GET" || d.method == "DELETE" {
				continue
			}
			for _, body := range wrongBodies() {
				for _, kind := range []string{"application/json", "", "text/xml", "multipart/form-data", "multipart/form-data; boundary=x"} {
					h.send(d.method, d.filled(-1, ""), kind, body).blameless(kind + " " + body)
				}
			}
		}
	})
}

// TestPathsOutsideOfAnEndpoint also has a name with an escaped colon, as some
// clients write it.
func TestPathsOutsideOfAnEndpoint(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		linkOut(h)
		for _, path := range []string{"out/passwd", "circle", "a%00b", "..%2f..%2fetc%2fpasswd", "%2e%2e/x", ".hidden", strings.Repeat("a", 5000)} {
			if r := h.get("/repos/filesystem:www/" + path); r.status != http.StatusNotFound {
				h.TB.Errorf("%.100s answers %d %s", path, r.status, r.body)
			}
		}
		h.get("/repos/filesystem%3Awww/").ok()
	})
}

// endless is a body that never ends. The time of a test does.
type endless struct{ part string }

func (e endless) Read(p []byte) (int, error) { return copy(p, e.part), nil }

// TestReadersChangeNothing has a reader try every route, with a body that does not
// end: that it may not is told before the body is read.
func TestReadersChangeNothing(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		stockedForAttack(h)
		_, secret, err := h.People.CreateToken(h.Ctx, "r", "reader", 0)
		if err != nil {
			h.TB.Fatal(err)
		}
		for _, d := range h.documentedRoutes() {
			if d.method == "GET" {
				continue
			}
			r, err := http.NewRequestWithContext(h.Ctx, d.method, h.url+d.filled(-1, "")+"?_async=1", endless{"--x\r\n\r\n\r\n"})
			if err != nil {
				h.TB.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+secret)
			r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
			response, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				h.TB.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, response.Body)
			response.Body.Close()
			if response.StatusCode != http.StatusForbidden {
				h.TB.Errorf("%s %s answers a reader %d", d.method, d.path, response.StatusCode)
			}
		}
		h.get("/api/tasks").is(http.StatusOK, "[]")
	})
}

// linkOut puts links into the endpoint's folder that lead out of it, and nowhere.
func linkOut(h *house) {
	h.TB.Helper()
	for name, to := range map[string]string{"out": "/etc", "circle": "circle"} {
		if err := os.Symlink(to, filepath.Join(h.public, name)); err != nil {
			h.TB.Fatal(err)
		}
	}
}

func TestImportBeforeAnythingWasUploaded(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.MakeRepo("r")
		for _, path := range []string{"/api/repos/r/file/d", "/api/repos/r/file/d/x.deb", "/api/repos/r/include/d", "/api/repos/r/include/d/x.changes"} {
			if r := h.post(path, ""); r.status != http.StatusOK || !strings.Contains(r.body, `"Unable to process`) {
				h.TB.Errorf("%s answers %d %s", path, r.status, r.body)
			}
		}
	})
}
