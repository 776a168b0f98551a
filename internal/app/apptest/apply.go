package apptest

import (
	"fmt"
)

// wholeHouse declares something of each kind, over the mirror's upstream.
func (f *Follower) WholeHouse() string {
	keys := string(Must(f.Key.Public().Armored())(f.TB))
	return fmt.Sprintf(`
endpoints:
  www: {kind: filesystem, directory: %q}
mirrors:
  up:
    description: Words of others
    url: %s
    suite: stable
    architectures: [amd64]
    keyring: %q
    retention: {keep_all_days: 14, daily: 30}
repos:
  tools: {description: Ours, distribution: stable}
snapshots:
  both: {from: [mirror:up, snapshot:first]}
  first: {from: mirror:up, description: The first}
publications:
  debian/stable:
    sources: [mirror:up, extra=repo:tools]
    origin: A
    sums: {md5: true}
    valid_for: 7d
  www:team/tools:
    sources: snapshot:both
    unsigned: true
`, f.TB.TempDir(), f.Upstream.URL(), keys)
}
