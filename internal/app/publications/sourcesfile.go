package publications

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/publish"
)

// sourcesFile returns the stanza for /etc/apt/sources.list.d of clients (sources.list(5)).
// Then is the time of a past state, as in URLs; empty for the current state. Clients must also
// accept a past Release that has expired.
func (s *Service) sourcesFile(ctx context.Context, tx *db.Tx, p publish.Publication, then string, components, architectures []string, keys *openpgp.Keyring) (string, error) {
	types := []string{"deb"}
	if slices.Contains(architectures, "source") {
		types = append(types, "deb-src")
	}
	base, err := s.Address(ctx, tx, p.Endpoint)
	if err != nil {
		return "", err
	}
	root := rootOf(base, p.Prefix)
	if then != "" {
		root += "/" + then
	}
	text := fmt.Sprintf("Types: %s\nURIs: %s\nSuites: %s\nComponents: %s\n", strings.Join(types, " "), root, p.Distribution, strings.Join(components, " "))
	if then != "" && p.Options.ValidFor > 0 {
		text += "Check-Valid-Until: no\n"
	}
	if p.Options.Unsigned {
		return text + "Trusted: yes\n", nil
	}
	if p.Options.Verbatim && len(keys.Keys()) == 0 {
		return text, nil // we do not know the upstream's keys; the client may have them
	}
	signedBy, err := keys.SignedBy()
	if err != nil {
		return "", err
	}
	return text + "Signed-By:" + signedBy + "\n", nil
}

// rootOf returns the address of the tree of a prefix.
func rootOf(base, prefix string) string {
	if prefix == publish.Root {
		return base
	}
	return base + "/" + prefix
}

// snapshotRoot returns the address of a publication's past states; "" if it is unknown, or if
// another server serves the publication.
func (s *Service) snapshotRoot(p publish.Publication) string {
	if p.Endpoint != publish.BuiltIn || s.k.Settings.PublicURL == "" {
		return ""
	}
	return rootOf(strings.TrimRight(s.k.Settings.PublicURL, "/"), p.Prefix)
}

// Address returns the URL of an endpoint's prefixes for clients.
func (s *Service) Address(ctx context.Context, tx *db.Tx, name string) (string, error) {
	if name == publish.BuiltIn {
		return cmp.Or(strings.TrimRight(s.k.Settings.PublicURL, "/"), s.k.Settings.ListenURL, "http://localhost:8080/archive"), nil
	}
	e, err := s.endpoint.Get(ctx, tx, name)
	return s.endpoint.Kinds.URL(e.Settings), err
}
