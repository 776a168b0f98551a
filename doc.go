// Package aptarium is the root of a program that mirrors, curates, publishes
// and replicates APT repositories.
//
// The house is built in floors; a package imports lower floors only
// (floors_test.go holds the table, docs/ARCHITECTURE.md the reasons):
//
//	5 assembly  cmd/aptarium, internal/cli, internal/server
//	4 dialects  internal/api/..., internal/site
//	3 door      internal/app
//	2 domain    internal/{catalog,mirror,publish,publish/index,keyring,access}
//	1 engines   internal/{db,blob,activity,fetch,notify,bitset}
//	0 pure      deb/..., internal/{openpgp,compress,digest,problem}
//
// Only deb, deb/deb822 and deb/debfile are for other programs to import.
package aptarium
