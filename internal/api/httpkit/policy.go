package httpkit

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

// Policy says whom a dialect lets in.
type Policy struct {
	// Local means that this very process asks, which needs no token.
	Local bool
	// TrustLoopback lets clients on this machine in without a token.
	TrustLoopback bool
}

// Identify returns the request's context with the caller in it. A token is a Bearer
// token (RFC 6750) or a Basic password (RFC 7617). An unknown caller is
// problem.Unauthenticated. A page of another site, for which a browser sends passwords
// by itself, is problem.Denied.
func (p Policy) Identify(a *app.App, r *http.Request) (context.Context, error) {
	ctx := r.Context()
	if err := SameSite(r); err != nil {
		return ctx, err
	}
	if p.Local {
		return usecase.AsProcess(ctx), nil
	}
	if header := r.Header.Get("Authorization"); header != "" {
		return a.People.Authenticate(ctx, secretOf(r, header))
	}
	if p.TrustLoopback && fromLoopback(r) {
		return usecase.AsLoopback(ctx), nil
	}
	return ctx, problem.New(problem.Unauthenticated, "this needs a token").
		WithHint("send \"Authorization: Bearer apt_…\"; the administrator's token is in the file admin.token of the data folder")
}

// SameSite refuses a request that a browser sends for a page of another site, as
// problem.Denied.
func SameSite(r *http.Request) error {
	if http.NewCrossOriginProtection().Check(r) != nil {
		return problem.New(problem.Denied, "a page of another site may not ask for this")
	}
	return nil
}

// AskedFrom returns the request's context with the caller's network address, against
// which wrong passwords are counted (see [app.AskedFrom]). The address of a proxy, which
// has many callers behind it, and of this machine are left out.
func AskedFrom(r *http.Request) context.Context {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || peer.Addr().Unmap().IsLoopback() || proxied(r) {
		return r.Context()
	}
	return people.AskedFrom(r.Context(), peer.Addr())
}

// Challenges returns the values of WWW-Authenticate: the ways in which a caller can
// authenticate (RFC 9110, 11.6.1).
func Challenges() []string {
	return []string{`Bearer realm="aptarium"`, `Basic realm="aptarium", charset="UTF-8"`}
}

// secretOf returns the token in the header. With an unknown scheme it is empty, which is
// refused.
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

// fromLoopback reports whether a client on this machine asks for itself. A proxy does
// not. The host must be a name of this machine: a page of another site could have its own
// name resolve to 127.0.0.1.
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

// proxied reports whether a proxy asks for somebody.
func proxied(r *http.Request) bool {
	return slices.ContainsFunc([]string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"}, func(header string) bool { return r.Header.Get(header) != "" })
}
