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

// sourcesFile writes the stanza that clients put in /etc/apt/sources.list.d
// (sources.list(5)). Then is the time that they are to have, as in URLs; empty for
// now. What was valid for a while only is expired then, and must be read all the
// same.
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
		return text, nil // nobody told us the upstream's keys: the client may have them
	}
	signedBy, err := keys.SignedBy()
	if err != nil {
		return "", err
	}
	return text + "Signed-By:" + signedBy + "\n", nil
}

// rootOf gives the address below which the tree of a prefix is.
func rootOf(base, prefix string) string {
	if prefix == publish.Root {
		return base
	}
	return base + "/" + prefix
}

// snapshotRoot gives the address below which clients find the past of a
// publication; "" if it is not known, or not served by this program.
func (s *Service) snapshotRoot(p publish.Publication) string {
	if p.Endpoint != publish.BuiltIn || s.k.Settings.PublicURL == "" {
		return ""
	}
	return rootOf(strings.TrimRight(s.k.Settings.PublicURL, "/"), p.Prefix)
}

// address gives the URL below which clients find the prefixes of an endpoint.
func (s *Service) Address(ctx context.Context, tx *db.Tx, name string) (string, error) {
	if name == publish.BuiltIn {
		return cmp.Or(strings.TrimRight(s.k.Settings.PublicURL, "/"), s.k.Settings.ListenURL, "http://localhost:8080/archive"), nil
	}
	e, err := s.endpoint.Get(ctx, tx, name)
	return cmp.Or(strings.TrimRight(e.PublicURL, "/"), "file:"+e.Directory), err
}
