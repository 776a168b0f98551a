package fetch

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/aptarium/aptarium/internal/problem"
)

const (
	maxRedirects   = 10
	maxHeaderBytes = 64 << 10
)

// errRedirect is wrapped by every refusal to follow a redirect.
var errRedirect = errors.New("redirect refused")

// newTransport returns an HTTP/1.1 and HTTP/2 transport with proxies from the environment.
func newTransport(o Options) (*http.Transport, error) {
	roots, err := trustedRoots(o.ExtraCA)
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: o.DialTimeout, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    o.TLSTimeout,
		ResponseHeaderTimeout:  o.HeaderTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
		MaxConnsPerHost:        o.PerHost, // the gate does not see hosts reached by a redirect
		MaxIdleConnsPerHost:    o.PerHost,
		IdleConnTimeout:        90 * time.Second,
		ForceAttemptHTTP2:      true,
		// All streams of a dead HTTP/2 connection would wait for their own stall.
		HTTP2: &http.HTTP2Config{SendPingTimeout: o.StallTimeout, PingTimeout: 15 * time.Second},
		// Digests are those of the bytes as stored on the server.
		DisableCompression: true,
	}, nil
}

// trustedRoots returns the system's certificate authorities and the extra ones. Nil means
// only the system's.
func trustedRoots(extra []byte) (*x509.CertPool, error) {
	if len(extra) == 0 {
		return nil, nil
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("loading the system's certificate authorities: %w", err)
	}
	if !roots.AppendCertsFromPEM(extra) {
		return nil, problem.New(problem.Invalid, "the extra certificate authority is not a PEM certificate").
			WithHint("use the text that starts with -----BEGIN CERTIFICATE-----")
	}
	return roots, nil
}

// checkRedirect follows redirects within http and https, never out of https.
func checkRedirect(req *http.Request, via []*http.Request) error {
	from, to := via[len(via)-1].URL.Scheme, req.URL.Scheme
	switch {
	case len(via) > maxRedirects:
		return fmt.Errorf("%w: more than %d of them", errRedirect, maxRedirects)
	case to != "http" && to != "https":
		return fmt.Errorf("%w: it leads to %.20q, not to http or https", errRedirect, to)
	case from == "https" && to != "https":
		return fmt.Errorf("%w: it leads from https to http", errRedirect)
	}
	return nil
}
