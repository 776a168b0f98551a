package testkit

import (
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// maxRequests bounds the requests that an Upstream remembers with headers.
const maxRequests = 20_000

// Request is one request that an [Upstream] got.
type Request struct {
	Method string
	Path   string // decoded, with a slash at the start
	Header http.Header
}

// Upstream serves a folder over http on loopback as an archive's mirror does:
// with Range, If-Modified-Since, ETag and keep-alive. It counts what it is
// asked for, fails on demand ([Upstream.Inject]), and changes from one folder
// to another between two requests ([Upstream.Switch]). Goroutines may share it.
type Upstream struct {
	server     *httptest.Server
	validators validators

	mu       sync.Mutex
	dir      string
	injected []*injection
	counts   map[string]int
	requests []Request
}

// injection is a fault with the paths and the number of requests it is for.
type injection struct {
	pattern string
	left    int // requests to fail yet; negative means all
	fault   Fault
}

// NewUpstream starts to serve dir on a free port of 127.0.0.1. Close ends it.
func NewUpstream(dir string) *Upstream {
	u := &Upstream{dir: dir, counts: map[string]int{}}
	u.server = httptest.NewUnstartedServer(u)
	u.server.Config.ReadHeaderTimeout = 10 * time.Second
	u.server.Start()
	return u
}

// Close cuts all connections, ends faults that stall, and waits for what is
// being served.
func (u *Upstream) Close() {
	u.server.CloseClientConnections()
	u.server.Close()
}

// URL is the archive's root, such as http://127.0.0.1:40123, without a slash
// at the end.
func (u *Upstream) URL() string { return u.server.URL }

// Switch serves another folder from the next request on. A file whose content
// differs from the one last served under its name gets a later Last-Modified,
// whatever its own time, so clients never take one state for the other.
func (u *Upstream) Switch(dir string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.dir = dir
}

// Inject makes the next requests fail whose path fits the pattern; times bounds
// how many, 0 means all until [Upstream.Heal]. Of several faults for a path the
// one injected last counts.
//
// A pattern that ends in a slash fits all paths that begin with it; one with
// other slashes is matched against the whole path, one without against the
// last element alone, both by path.Match: "/dists/", "/dists/*/InRelease",
// "*.deb". A malformed pattern is a mistake in the test and fits nothing.
func (u *Upstream) Inject(pattern string, times int, fault Fault) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if times == 0 {
		times = -1
	}
	u.injected = append(u.injected, &injection{pattern, times, fault})
}

// Heal removes all faults. Requests that a fault has hold of go on.
func (u *Upstream) Heal() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.injected = nil
}

// Count is the number of requests for paths that fit the pattern (see
// [Upstream.Inject]; "/" fits all) since the start or the last Forget.
func (u *Upstream) Count(pattern string) (n int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for name, count := range u.counts {
		if fits(pattern, name) {
			n += count
		}
	}
	return n
}

// Requests returns the requests for paths that fit the pattern, in the order of
// their arrival, the first 20,000 since the start or the last Forget.
func (u *Upstream) Requests(pattern string) (found []Request) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, r := range u.requests {
		if fits(pattern, r.Path) {
			found = append(found, r)
		}
	}
	return found
}

// Forget forgets the requests so far.
func (u *Upstream) Forget() {
	u.mu.Lock()
	defer u.mu.Unlock()
	clear(u.counts)
	u.requests = nil
}

// ServeHTTP answers one request. It is there for tests that serve an Upstream
// under a server of their own.
func (u *Upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	dir, fault := u.admit(r)
	files := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { u.serveFile(w, r, dir) })
	if fault == nil {
		files(w, r)
		return
	}
	fault(w, r, files)
}

// admit remembers a request and says what to answer it with.
func (u *Upstream) admit(r *http.Request) (dir string, fault Fault) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.counts[r.URL.Path]++
	if len(u.requests) < maxRequests {
		u.requests = append(u.requests, Request{r.Method, r.URL.Path, r.Header.Clone()})
	}
	for i := len(u.injected) - 1; i >= 0; i-- {
		if in := u.injected[i]; in.left != 0 && fits(in.pattern, r.URL.Path) {
			in.left--
			return u.dir, in.fault
		}
	}
	return u.dir, nil
}

// fits reports whether a path matches a pattern.
func fits(pattern, name string) bool {
	switch {
	case strings.HasSuffix(pattern, "/"):
		return strings.HasPrefix(name, pattern)
	case !strings.Contains(pattern, "/"):
		name = path.Base(name)
	}
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

func (u *Upstream) serveFile(w http.ResponseWriter, r *http.Request, dir string) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	if !filepath.IsLocal(name) {
		http.NotFound(w, r)
		return
	}
	file, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		http.NotFound(w, r)
		return
	}
	tag, modified, err := u.validators.of(name, file, info)
	if err != nil {
		http.Error(w, fmt.Sprintf("reading %s: %v", name, err), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("ETag", tag)
	if since := r.Header.Get("If-Modified-Since"); since != modified.Format(http.TimeFormat) {
		r.Header.Del("If-Modified-Since") // the time of another state, earlier or later
	}
	http.ServeContent(w, r, "", modified, file)
}

// validators computes the ETag and the Last-Modified that belong to one state of a file.
// The file's own time cannot serve: two states that a test writes within one
// second have the same.
type validators struct {
	mu   sync.Mutex
	last map[string]validator // by path
}

type validator struct {
	info     fs.FileInfo
	tag      string
	modified time.Time
}

// of returns the validators of a file that is open at its start, and leaves it
// there.
func (v *validators) of(name string, file *os.File, info fs.FileInfo) (tag string, modified time.Time, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	last, known := v.last[name]
	if known && os.SameFile(last.info, info) && last.info.ModTime().Equal(info.ModTime()) && last.info.Size() == info.Size() {
		return last.tag, last.modified, nil
	}
	if tag, err = tagOf(name, file, info); err != nil {
		return "", time.Time{}, err
	}
	modified = info.ModTime().UTC().Truncate(time.Second)
	switch {
	case known && tag == last.tag:
		modified = last.modified
	case known && !modified.After(last.modified):
		modified = last.modified.Add(time.Second)
	}
	if v.last == nil {
		v.last = map[string]validator{}
	}
	v.last[name] = validator{info, tag, modified}
	return tag, modified, nil
}

// tagOf makes an ETag from the content, or for packages, which never change
// and may be many, from what the file system says.
func tagOf(name string, file *os.File, info fs.FileInfo) (string, error) {
	if strings.HasSuffix(path.Ext(name), "deb") {
		return fmt.Sprintf(`"%x-%x"`, info.ModTime().UnixNano(), info.Size()), nil
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	return fmt.Sprintf(`"%x"`, hash.Sum(nil)[:16]), nil
}
