package site

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/aptarium/aptarium/internal/api/httpkit"
	"github.com/aptarium/aptarium/internal/app/publications"
)

//go:embed page.html
var pageText string

// page is the content of a directory or error page.
type page struct {
	Title   string
	Message string
	Crumbs  []crumb
	Entries []line
}

// crumb is one part of the path above a page.
type crumb struct{ Name, URL string }

// line is one entry of a directory.
type line struct {
	Name, URL string
	Directory bool
	Size      string
	Modified  string
}

// directory writes the page of a directory.
func (s *site) directory(w http.ResponseWriter, r *http.Request, name string) {
	if name == "" && !strings.HasSuffix(r.URL.Path, "/") {
		http.Redirect(w, r, s.root+"/", http.StatusFound)
		return
	}
	entries, err := s.archive.Directory(r.Context(), strings.TrimSuffix(name, "/"))
	if err != nil && name != "" {
		s.fail(w, r, err)
		return
	}
	p := page{Title: "Archive", Crumbs: s.crumbs(name)}
	if name != "" {
		p.Title = "/" + name
	}
	for _, e := range entries {
		p.Entries = append(p.Entries, lineOf(e))
	}
	if len(entries) == 0 {
		p.Message = "Nothing is published yet."
	}
	w.Header().Set("Cache-Control", cacheRevalidate)
	s.page(w, r, http.StatusOK, p)
}

func (s *site) crumbs(name string) []crumb {
	crumbs := []crumb{{"archive", s.root + "/"}}
	at := s.root + "/"
	for part := range strings.SplitSeq(strings.Trim(name, "/"), "/") {
		if part != "" {
			at += (&url.URL{Path: part}).EscapedPath() + "/"
			crumbs = append(crumbs, crumb{part, at})
		}
	}
	return crumbs
}

func lineOf(e publications.DirectoryEntry) line {
	l := line{Name: e.Name, URL: (&url.URL{Path: "./" + e.Name}).EscapedPath(), Directory: strings.HasSuffix(e.Name, "/")}
	if !l.Directory {
		l.Size = size(e.Size)
	}
	if !e.Modified.IsZero() {
		l.Modified = e.Modified.Format("2006-01-02 15:04")
	}
	return l
}

// size returns a number of bytes with at most three digits.
func size(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n), ""
	for _, unit = range []string{"kB", "MB", "GB", "TB", "PB"} {
		if value /= 1000; value < 1000 {
			break
		}
	}
	if value < 10 {
		return fmt.Sprintf("%.1f %s", value, unit)
	}
	return fmt.Sprintf("%.0f %s", value, unit)
}

// page writes a complete page, or only an error.
func (s *site) page(w http.ResponseWriter, r *http.Request, code int, p page) {
	var body bytes.Buffer
	t, err := template.New("page").Parse(pageText)
	if err == nil {
		err = t.Execute(&body, p)
	}
	if err != nil {
		s.log.ErrorContext(r.Context(), "rendering a page", "error", err)
		http.Error(w, "the page cannot be rendered", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	httpkit.StrictPage(h)
	h.Set("Vary", "Accept")
	w.WriteHeader(code)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body.Bytes()) // the client is gone if this fails
	}
}
