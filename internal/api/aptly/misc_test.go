package aptly_test

import (
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/api/aptly"
)

func TestMisc(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.get("/api/version").is(200, `{"Version":"test"}`)
		h.get("/api/ready").is(200, `{"Status":"Aptly is ready"}`)
		if r := h.get("/api/healthy"); r.body != `{"Status":"Aptly is healthy"}` || r.header.Get("Content-Type") != "application/json; charset=utf-8" {
			h.TB.Errorf("healthy: %q %v", r.body, r.header)
		}
		var disk struct {
			Total, Free int64
			PercentFull float64
		}
		if h.get("/api/storage").into(&disk); disk.Total <= 0 || disk.Free > disk.Total || disk.PercentFull < 0 || disk.PercentFull > 100 {
			h.TB.Errorf("storage: %+v", disk)
		}
		for _, kind := range []string{"s3", "gcs", "jfrog"} {
			h.get("/api/"+kind).is(200, `[]`)
		}
		h.post("/api/db/cleanup", "").is(200, `null`)
	})
}

func TestWhatIsNotThere(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		for _, path := range []string{"/api/", "/api/nothing", "/api/version/more", "/api/repos//packages"} {
			h.get(path).is(404, "404 page not found")
		}
		h.delete("/api/version").is(404, "404 page not found") // and no 405
		h.get("/api/version/").is(200, `{"Version":"test"}`)   // a slash at the end counts for nothing
	})
}

func TestBodiesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		for body, says := range map[string]string{
			``:                      `{"error":"EOF"}`,
			`{}`:                    `{"error":"Key: 'Name' Error:Field validation for 'Name' failed on the 'required' tag"}`,
			`{"Name":""}`:           `{"error":"Key: 'Name' Error:Field validation for 'Name' failed on the 'required' tag"}`,
			`{"Name":"x"} {"y": 1}`: `{"error":"there is more behind the JSON value"}`,
		} {
			if r := h.post("/api/repos", body).is(400, says); r.header.Get("Content-Type") != "text/plain; charset=utf-8" {
				h.TB.Errorf("%s: content type %q", body, r.header.Get("Content-Type"))
			}
		}
		h.post("/api/repos", `{"Name":`).fails(400, "unexpected EOF")
		h.post("/api/repos", `{"Name": 7}`).fails(400, "cannot unmarshal number")
		h.send("POST", "/api/repos", "", `{"Name":"x"}`).fails(400, "required") // JSON without its type is a form without fields
		h.send("POST", "/api/repos", "text/xml", `<x/>`).fails(400, "text/xml")
		h.send("POST", "/api/repos", "application/x-www-form-urlencoded", "Name=formed&Comment=by+form").has(201, `{"Name":"formed","Comment":"by form"}`)
		h.post("/api/repos", `{"nAmE":"cased","COMMENT":"any","unknown":[1]}`).has(201, `{"Name":"cased","Comment":"any"}`)
	})
}

func TestDocumentation(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		for _, path := range []string{"/docs", "/docs/", "/docs/index.html"} {
			if r := h.get(path); r.status != 301 || r.header.Get("Location") != "/docs.html" {
				h.TB.Errorf("%s answers %d to %q", path, r.status, r.header.Get("Location"))
			}
		}
		if r := h.get("/docs.html").ok(); !strings.Contains(r.body, "/api/publish/:prefix/:distribution") {
			h.TB.Error("the documentation lacks a route")
		}
		var doc struct {
			OpenAPI string `json:"openapi"`
			Paths   map[string]map[string]any
		}
		if h.get("/docs/doc.json").into(&doc); doc.OpenAPI != "3.1.0" || len(doc.Paths["/api/repos/{name}"]) != 3 {
			h.TB.Errorf("the OpenAPI document is %+v", doc)
		}
	})
	closed := aptly.Defaults()
	closed.Docs, closed.Metrics, closed.ServeInAPIMode = false, false, false
	runWith(t, closed, func(h *house) {
		for _, path := range []string{"/docs", "/docs.html", "/docs/doc.json", "/api/metrics", "/repos/", "/repos/-/x"} {
			h.get(path).is(404, "404 page not found")
		}
	})
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.get("/api/version").ok()
		h.get("/api/nothing/at/all")
		text := h.get("/api/metrics").ok().body
		for _, line := range []string{
			`aptly_api_http_requests_total{code="200",method="GET",path="/api/version"} 1`,
			`aptly_api_http_requests_total{code="404",method="GET",path="/"} 1`,
			`aptly_api_http_requests_in_flight{method="GET",path="/api/metrics"} 1`,
			`aptly_api_http_request_duration_seconds_count{code="200",method="GET",path="/api/version"} 1`,
			`aptly_build_info{goversion="go`,
		} {
			if !strings.Contains(text, line) {
				h.TB.Errorf("there is no line %s in\n%s", line, text)
			}
		}
	})
}
