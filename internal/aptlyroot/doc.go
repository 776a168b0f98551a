// Package aptlyroot reads the configuration and the root directory of aptly, the Debian repository manager, as aptly 1.2
// to 1.6 write them. It never writes.
//
//	config, err := aptlyroot.ReadConfig("/etc/aptly.conf")
//	root, err := aptlyroot.Open(config)
//	defer root.Close()
//	repos, err := root.Repos()
//
// A root has these parts, of which this package reads the first two:
//
//	db/      a LevelDB database; its values are MessagePack, its lists of packages
//	         are MessagePack arrays of keys
//	pool/    the packages' files, aa/bb/…_NAME by their SHA-256 (or, before aptly
//	         1.1, aa/bb/NAME by their MD5)
//	public/  what is published
//	upload/  files on their way in
//
// The first byte of a key in the database is the kind of its record; see the functions that read them. All input is
// treated as hostile: sizes and counts are limited, and an invalid record is an error that names it, so that the others
// can still be read.
package aptlyroot
