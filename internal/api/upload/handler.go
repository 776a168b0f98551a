package upload

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/api/httpkit"
	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/pockets/dput"
	"github.com/aptarium/aptarium/internal/problem"
)

// Options adjust a handler.
type Options struct {
	TrustLoopback bool // let clients on this machine in without a token
	Log           *slog.Logger
	// A body may stand still for no longer than Stall (0: 30 seconds), and on the whole
	// has Leisure (0: two minutes) and a second for each Pace bytes (0: 16 KiB).
	Stall   time.Duration
	Leisure time.Duration
	Pace    int64
}

// handler answers below /upload/.
type handler struct {
	app     *app.App
	options Options
	policy  httpkit.Policy
}

// account is the only account.
const account = "standalone"

// New returns the handler of an application for the paths below /upload/.
func New(a *app.App, o Options) http.Handler {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Stall, o.Leisure, o.Pace = cmp.Or(o.Stall, 30*time.Second), cmp.Or(o.Leisure, 2*time.Minute), cmp.Or(o.Pace, 16<<10)
	h := &handler{a, o, httpkit.Policy{TrustLoopback: o.TrustLoopback}}
	return httpkit.Handler(o.Log, h.serve, h.writeError)
}

// serve takes one file.
func (h *handler) serve(w http.ResponseWriter, r *http.Request) {
	receipt, err := h.take(w, r)
	if err != nil {
		h.writeError(w, r, err)
		return
	}
	writeReceipt(w, receipt)
}

// take reads a request and has the application take the file.
func (h *handler) take(w http.ResponseWriter, r *http.Request) (dput.Receipt, error) {
	if r.Method != http.MethodPut && r.Method != http.MethodPost {
		return dput.Receipt{}, errMethod
	}
	pocket, file, err := parsePath(r.URL)
	if err != nil {
		return dput.Receipt{}, err
	}
	if r.ContentLength < 0 {
		return dput.Receipt{}, errLength
	}
	ctx, err := h.policy.Identify(h.app, r)
	if problem.Is(err, problem.Unauthenticated) && r.Header.Get("Authorization") == "" {
		err = nil // the pocket decides whether it minds
	}
	if err != nil {
		return dput.Receipt{}, err
	}
	return h.app.Dput.Put(ctx, dput.File{
		Pocket: pocket, Name: file, Size: r.ContentLength, Body: h.paced(w, r), From: address(r),
	})
}

// parsePath takes the pocket and the file from an address. It is split before it is
// decoded, so that a %2F is a part of a name.
func parsePath(u *url.URL) (pocket pockets.Path, file string, err error) {
	parts := strings.Split(strings.TrimPrefix(u.EscapedPath(), "/upload/"), "/")
	for i := range parts {
		if parts[i], err = url.PathUnescape(parts[i]); err != nil || parts[i] == "" {
			parts = nil
			break
		}
	}
	if len(parts) != 5 {
		return pocket, "", problem.New(problem.NotFound, "the address is not that of a file in a pocket").
			WithHint("files go to /upload/%s/DISTRIBUTION/SERIES/POCKET/FILE", account)
	}
	if parts[0] != account {
		return pocket, "", problem.New(problem.NotFound, "there is no account %.100q", parts[0]).WithHint("the account is %s: incoming = /upload/%s/%%(lds)s", account, account)
	}
	return pockets.Path{Distribution: parts[1], Series: parts[2], Pocket: parts[3]}, parts[4], nil
}

// address is where a request comes from.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// writeReceipt writes the outcome of a file as the answer.
func writeReceipt(w http.ResponseWriter, receipt dput.Receipt) {
	status, text := http.StatusCreated, "the file waits for its .changes file"
	if t := receipt.Taken; t != nil {
		w.Header().Set("Location", "/v1/activities/"+strconv.FormatInt(receipt.Activity.ID, 10))
		text = fmt.Sprintf("%s %s is in the pocket: %d packages are new", t.Source, t.Version, len(t.Added))
		if len(t.Added) == 0 {
			status = http.StatusOK
		}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // the client is gone if this fails
}
