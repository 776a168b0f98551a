package landscapeapi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"
)

// connection is where a request goes and who sends it, as options and variables say.
// A value that is nowhere is empty.
type connection struct {
	key, secret, uri, caFile string // LANDSCAPE_API_KEY, _SECRET, _URI, _SSL_CA_FILE
}

// connect returns a client of the server of the key pair, if any of its three parts is
// set, else of the server that Aptarium's own commands use. Options for the latter on
// the command line have precedence over the variables of the key pair.
func (c Command) connect(ctx context.Context, l line) (Post, error) {
	at := connection{l.option["key"], l.option["secret"], l.option["uri"], l.option["ssl-ca-file"]}
	own := Place{l.option["server"], l.option["data"], l.option["config"]}
	if at.key+at.secret+at.uri == "" && own != (Place{}) {
		return c.Connect(ctx, own)
	}
	at = at.or(c.Getenv)
	if at.key+at.secret+at.uri == "" {
		return c.Connect(ctx, own)
	}
	return at.signer()
}

// or fills empty fields from the environment.
func (at connection) or(getenv func(string) string) connection {
	for name, value := range map[string]*string{"KEY": &at.key, "SECRET": &at.secret, "URI": &at.uri, "SSL_CA_FILE": &at.caFile} {
		if *value == "" {
			*value = getenv("LANDSCAPE_API_" + name)
		}
	}
	return at
}

// signer returns a client of the server of a key pair.
func (at connection) signer() (Post, error) {
	for _, part := range []struct{ value, name, option, variable string }{
		{at.key, "Access key", "--key", "LANDSCAPE_API_KEY"},
		{at.secret, "Secret key", "--secret", "LANDSCAPE_API_SECRET"},
		{at.uri, "URI", "--uri", "LANDSCAPE_API_URI"},
	} {
		if part.value == "" {
			return nil, usagef("%s not specified.\nSet %s or give %s.", part.name, part.variable, part.option)
		}
	}
	endpoint, err := url.Parse(at.uri)
	if err != nil || endpoint.Host == "" || endpoint.Scheme != "http" && endpoint.Scheme != "https" || endpoint.RawQuery != "" || endpoint.Fragment != "" {
		return nil, usagef("%q is no URI of an API; it is like https://landscape.example.com/api/", at.uri)
	}
	transport, err := trusting(at.caFile)
	if err != nil {
		return nil, err
	}
	return signer{endpoint, at.key, at.secret, &http.Client{Transport: transport, CheckRedirect: stay}, time.Now}.post, nil
}

// stay follows no redirect: a request is signed for one address, and a redirect would
// lose its parameters.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// trusting returns a transport that trusts the certificates of a file and the certificates that these signed;
// without a file, the certificates that the system trusts.
func trusting(file string) (http.RoundTripper, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if file == "" {
		return transport, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the certificates of --ssl-ca-file: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("the certificates of --ssl-ca-file: %s has none", file)
	}
	transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	return transport, nil
}
