package landscapeapi

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/api/landscape/wire"
	"github.com/aptarium/aptarium/internal/buildinfo"
)

// Post sends the parameters of an action to a server and returns its answer, whatever
// its status. The caller closes its body. It returns an error if no answer arrives.
type Post func(ctx context.Context, parameters map[string]string) (*http.Response, error)

// signer sends requests that are signed with a key pair.
type signer struct {
	endpoint    *url.URL
	key, secret string
	http        *http.Client
	now         func() time.Time
}

// post is a [Post].
func (s signer) post(ctx context.Context, parameters map[string]string) (*http.Response, error) {
	all := maps.Clone(parameters)
	maps.Copy(all, map[string]string{
		"access_key_id": s.key, "signature_method": wire.SignatureMethod, "signature_version": wire.SignatureVersion,
		"timestamp": s.now().UTC().Format("2006-01-02T15:04:05Z"),
	})
	all["signature"] = wire.Sign(s.secret, wire.StringToSign(http.MethodPost, s.endpoint.Host, s.endpoint.EscapedPath(), all))
	form := url.Values{}
	for name, value := range all {
		form.Set(name, value)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.endpoint.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("User-Agent", "aptarium/"+buildinfo.Read().Version)
	answer, err := s.http.Do(r)
	if err != nil {
		if inner, ok := errors.AsType[*url.Error](err); ok {
			err = inner.Err
		}
		return nil, fmt.Errorf("no answer from %s: %w", s.endpoint.Redacted(), err)
	}
	return answer, nil
}
