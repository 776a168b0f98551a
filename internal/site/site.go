// Package site serves published trees to apt, to proxies and to people with a
// browser.
//
// A tree is below /archive/PREFIX/; /archive/PREFIX/20261120T120000Z/ is the same
// tree as it was at the end of that second. Files come straight from the pool,
// indexes joined of their pieces, with ranges, strong validators and headers
// that let caches keep what never changes and make them ask about the rest.
package site

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/api/httpkit"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/problem"
)

// Archive has the trees: *publications.Service.
type Archive interface {
	File(ctx context.Context, path string) (publications.File, error)
	Directory(ctx context.Context, path string) ([]publications.DirectoryEntry, error)
}

// site serves the trees of an archive below a root.
type site struct {
	archive Archive
	log     *slog.Logger
	root    string
}

// New returns a handler for URLs that begin with root, such as "/archive".
func New(a Archive, root string, log *slog.Logger) http.Handler {
	s := &site{archive: a, root: strings.TrimSuffix(root, "/"), log: log}
	return httpkit.Handler(log, s.serve, s.fail)
}

// How long caches may keep an answer (RFC 9111). What never changes is kept for
// a year. Packages can be replaced under the same name, so they are asked about
// after half an hour; everything else before each use, so that no cache ever
// gives an index of one release and InRelease of another.
const (
	cacheForEver    = "public, max-age=31536000, immutable"
	cachePackage    = "public, max-age=1800"
	cacheRevalidate = "public, no-cache"
	cacheNothing    = "no-store"
)

// serve answers GET and HEAD.
func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		s.writeError(w, r, http.StatusMethodNotAllowed, "a published tree can only be read")
		return
	}
	name, ok := s.name(r.URL)
	if !ok {
		s.writeError(w, r, http.StatusNotFound, "there is nothing here")
		return
	}
	if name == "" || strings.HasSuffix(name, "/") {
		s.directory(w, r, name)
		return
	}
	f, err := s.archive.File(r.Context(), name)
	if problem.Is(err, problem.NotFound) {
		s.perhapsDirectory(w, r, name, err)
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.file(w, r, f)
}

// name gives the path below the root. Anything that is not written in its plain
// form is not ours: nobody links to it, and a proxy in between may read it
// differently.
func (s *site) name(u *url.URL) (string, bool) {
	name, ok := strings.CutPrefix(u.Path, s.root+"/")
	if !ok {
		return "", u.Path == s.root
	}
	clean := path.Clean("/" + name)
	if strings.HasSuffix(name, "/") && clean != "/" {
		clean += "/"
	}
	return name, clean == "/"+name && !strings.ContainsAny(name, "\x00\\")
}

// perhapsDirectory leads people who left out the last slash to the page they
// meant.
func (s *site) perhapsDirectory(w http.ResponseWriter, r *http.Request, name string, notFound error) {
	if !wantsPage(r) {
		s.fail(w, r, notFound)
		return
	}
	if _, err := s.archive.Directory(r.Context(), name); err != nil {
		s.fail(w, r, notFound)
		return
	}
	w.Header().Set("Cache-Control", cacheRevalidate)
	http.Redirect(w, r, s.root+"/"+(&url.URL{Path: name}).EscapedPath()+"/", http.StatusFound)
}

// wantsPage tells a browser from apt.
func wantsPage(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

// file sends a file, or a part of it, or nothing when the client has it.
func (s *site) file(w http.ResponseWriter, r *http.Request, f publications.File) {
	h := w.Header()
	h.Set("ETag", `"`+f.SHA256+`"`)
	h.Set("Content-Type", contentType(f.Path))
	h.Set("Cache-Control", cacheControl(f))
	modified := f.Modified
	if modified.After(time.Now()) {
		// Releases that follow each other within a second have times that run
		// ahead; a time to come would not be a valid Last-Modified (RFC 9110,
		// section 8.8.2.1).
		modified = time.Time{}
	}
	exactModifiedSince(r, modified)
	fewRanges(r)
	// A client that waits for an upstream gets no interim response meanwhile: apt
	// 2.6 does not understand more than one (RFC 9110, section 15.2).
	open := f.Open
	if !wantsBytes(r, f) {
		open = f.Peek
	}
	content, err := open(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer content.Close()
	http.ServeContent(w, r, "", modified, content)
}

// wantsBytes tells whether the answer will have any of the file's bytes, for which
// an upstream may have to be asked: not when only the headers are wanted, nor when
// the client has the file (RFC 9110, section 13.2.2). An If-Modified-Since that
// was left counts.
func wantsBytes(r *http.Request, f publications.File) bool {
	if r.Method == http.MethodHead {
		return false
	}
	if tags := r.Header.Get("If-None-Match"); tags != "" {
		return !strings.Contains(tags, `"`+f.SHA256+`"`) && tags != "*"
	}
	return r.Header.Get("If-Modified-Since") == ""
}

// exactModifiedSince lets If-Modified-Since count only when it names the very
// time of the file: apt has no other validator, and a release made in the same
// second as the client's copy, or a clock that ran ahead, must not look old.
func exactModifiedSince(r *http.Request, modified time.Time) {
	since, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	if err != nil || !since.Equal(modified) {
		r.Header.Del("If-Modified-Since")
	}
}

// maxRanges is how many parts of a file one request may ask for; apt asks for one.
const maxRanges = 8

// fewRanges answers a request for very many parts with the whole file, as RFC 9110
// section 14.2 allows: each part costs us more than it costs to ask for.
func fewRanges(r *http.Request) {
	if strings.Count(r.Header.Get("Range"), ",") >= maxRanges {
		r.Header.Del("Range")
	}
}

func cacheControl(f publications.File) string {
	switch {
	case f.Immutable:
		return cacheForEver
	case f.Package:
		return cachePackage
	}
	return cacheRevalidate
}

func contentType(name string) string {
	switch path.Ext(name) {
	case ".deb", ".udeb", ".ddeb":
		return "application/vnd.debian.binary-package"
	case ".gz":
		return "application/gzip"
	case ".zst":
		return "application/zstd"
	case ".xz":
		return "application/x-xz"
	case ".bz2":
		return "application/x-bzip2"
	case ".gpg":
		return "application/pgp-signature"
	}
	switch path.Base(name) {
	case "Release", "InRelease", "Packages", "Sources":
		return "text/plain; charset=utf-8"
	}
	if path.Ext(name) == ".dsc" {
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}

// statusOf returns the status of a kind of problem. What an upstream sent and does not
// verify is its failure, and a full disk passes.
func statusOf(kind problem.Kind) int {
	switch kind {
	case problem.Invalid:
		return http.StatusBadRequest
	case problem.Full:
		return http.StatusServiceUnavailable
	case problem.Untrusted:
		return http.StatusBadGateway
	}
	return httpkit.Status(kind)
}

// fail answers with an error.
func (s *site) fail(w http.ResponseWriter, r *http.Request, err error) {
	err = httpkit.Told(r.Context(), s.log, err, "path", r.URL.Path)
	code, text := statusOf(problem.KindOf(err)), err.Error()
	if after, known := mirrors.RetryAfter(err); known {
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(after.Seconds())))))
		errorHeaders(w.Header())
		if !wantsPage(r) && httpkit.StatusLine(w, r, code, text, 0) {
			return
		}
	}
	s.writeError(w, r, code, text)
}

// errorHeaders takes back what was said of a file. No cache keeps an error: what is
// not there now may be there in a second.
func errorHeaders(h http.Header) {
	for _, name := range []string{"ETag", "Last-Modified", "Content-Type"} {
		h.Del(name)
	}
	h.Set("Cache-Control", cacheNothing)
}

// writeError answers in a line of text, or a page for people.
func (s *site) writeError(w http.ResponseWriter, r *http.Request, code int, text string) {
	h := w.Header()
	errorHeaders(h)
	if wantsPage(r) {
		s.page(w, r, code, page{Title: fmt.Sprintf("%d %s", code, http.StatusText(code)), Message: text})
		return
	}
	h.Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	if r.Method != http.MethodHead {
		_, _ = io.WriteString(w, text+"\n") // the client is gone if this fails
	}
}
