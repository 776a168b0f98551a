// Package caller finds out who asks over HTTP, and reads what they send with
// bounds. Every dialect that people's programs speak begins with it.
package caller

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/problem"
)

// Policy says whom a dialect lets in.
type Policy struct {
	// Local means that this very process asks, which needs no token.
	Local bool
	// TrustLoopback lets clients on this machine in without a token.
	TrustLoopback bool
}

// Identify finds out who asks and puts that into the request's context. A token
// comes as a Bearer token (RFC 6750) or as a Basic password (RFC 7617). Nobody
// known is problem.Unauthenticated; a page of another site, for which a browser
// sends passwords by itself, is problem.Denied.
func (p Policy) Identify(a *app.App, r *http.Request) (context.Context, error) {
	ctx := r.Context()
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		return ctx, problem.New(problem.Denied, "a page of another site may not ask for this")
	}
	if p.Local {
		return app.AsProcess(ctx), nil
	}
	if header := r.Header.Get("Authorization"); header != "" {
		return a.Authenticate(ctx, secretOf(r, header))
	}
	if p.TrustLoopback && fromLoopback(r) {
		return app.AsLoopback(ctx), nil
	}
	return ctx, problem.New(problem.Unauthenticated, "this needs a token").
		WithHint("send \"Authorization: Bearer apt_…\"; the administrator's token is in the file admin.token of the data folder")
}

// AskedFrom puts the network address of who asks into the request's context, against
// which wrong passwords are counted (see [app.AskedFrom]): not that of a proxy, behind
// which there are many, nor of this machine.
func AskedFrom(r *http.Request) context.Context {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || peer.Addr().Unmap().IsLoopback() || proxied(r) {
		return r.Context()
	}
	return app.AskedFrom(r.Context(), peer.Addr())
}

// Challenges are the ways to prove who one is, for WWW-Authenticate (RFC 9110,
// 11.6.1).
func Challenges() []string {
	return []string{`Bearer realm="aptarium"`, `Basic realm="aptarium", charset="UTF-8"`}
}

// secretOf takes the token from the header; an unknown scheme gives none, which
// is then refused.
func secretOf(r *http.Request, header string) string {
	if _, password, ok := r.BasicAuth(); ok {
		return password
	}
	scheme, secret, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(secret)
}

// fromLoopback tells whether a client on this machine asks, by a name of this
// machine (a page of another site that had its own name resolve to 127.0.0.1
// would use that), and not for somebody else as a proxy does.
func fromLoopback(r *http.Request) bool {
	if proxied(r) {
		return false
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() {
		return false
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && address.IsLoopback()
}

// proxied tells whether a proxy asks for somebody.
func proxied(r *http.Request) bool {
	return slices.ContainsFunc([]string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"}, func(header string) bool { return r.Header.Get(header) != "" })
}

// bodyTimeout is how long a body that is read into memory may take.
const bodyTimeout = time.Minute

// The errors of Buffer besides problem.TooLarge.
var (
	ErrSlowBody    = errors.New("the body did not come in time")
	ErrGarbledBody = errors.New("the body is cut short or garbled")
)

// Buffer reads the body into memory, so that one that is too long, too slow or cut
// is told as what it is before anything is done.
func Buffer(w http.ResponseWriter, r *http.Request, limit int64) error {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(bodyTimeout)) // a request of this process has none
	body, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	_ = control.SetReadDeadline(time.Time{})
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return ErrSlowBody
	}
	if err != nil {
		return ErrGarbledBody
	}
	if int64(len(body)) > limit {
		return problem.New(problem.TooLarge, "the body is longer than %d bytes", limit)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}
