// Package site serves published trees to apt, to proxies and to people with a
// browser.
//
// A tree is below /archive/PREFIX/; /archive/PREFIX/20261120T120000Z/ is the same tree at
// the end of that second. Files come from the pool, and indexes from their joined pieces,
// with ranges, strong validators and headers: caches keep immutable files, and revalidate
// all others.
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

// The times that caches may keep an answer (RFC 9111). They keep immutable files for a year.
// A package can be replaced under the same name, so they revalidate packages after half an
// hour. They revalidate everything else before each use, so that no cache serves an index of
// one release with the InRelease of another.
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
		s.writeError(w, r, http.StatusNotFound, "not found")
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

// name returns the path below the root. It refuses paths in other than the plain form:
// nobody links to them, and a proxy may read them differently.
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

// perhapsDirectory redirects browsers from a directory without its last slash.
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

// wantsPage reports whether the client is a browser.
func wantsPage(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

// file sends a file, a part of it, or nothing if the client has it.
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

// wantsBytes reports whether the answer has bytes of the file, for which the server may need
// a download: not for HEAD, and not if the client has the file (RFC 9110, section 13.2.2).
// It relies on [exactModifiedSince].
func wantsBytes(r *http.Request, f publications.File) bool {
	if r.Method == http.MethodHead {
		return false
	}
	if tags := r.Header.Get("If-None-Match"); tags != "" {
		return !strings.Contains(tags, `"`+f.SHA256+`"`) && tags != "*"
	}
	return r.Header.Get("If-Modified-Since") == ""
}

// exactModifiedSince deletes an If-Modified-Since other than the exact time of the file: apt
// has no other validator, and a later release with the same or an earlier time must not look
// unchanged.
func exactModifiedSince(r *http.Request, modified time.Time) {
	since, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	if err != nil || !since.Equal(modified) {
		r.Header.Del("If-Modified-Since")
	}
}

// maxRanges limits the parts of a file in one request; apt requests one.
const maxRanges = 8

// fewRanges deletes a Range with too many parts, so that the answer is the whole file (RFC
// 9110, section 14.2): a part costs the server more than the client.
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

// statusOf returns the status of a kind of problem. Untrusted data is a failure of the
// upstream, and a full disk is temporary.
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

// fail writes an error as the answer.
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

// errorHeaders replaces the headers of a file. Caches keep no error, because a missing file
// may exist a second later.
func errorHeaders(h http.Header) {
	for _, name := range []string{"ETag", "Last-Modified", "Content-Type"} {
		h.Del(name)
	}
	h.Set("Cache-Control", cacheNothing)
}

// writeError writes an error as a line of text, or as a page for browsers.
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
