// Package aptlyroot reads what aptly, the Debian repository manager, keeps on
// disk: its configuration and its root directory, as aptly 1.2 to 1.6 write them.
// Nothing is ever written there.
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
// Keys of the database, of which the first byte tells the kind of the record, are
// told beside the functions that read them. All that is read is hostile: its
// sizes and counts are bounded, and a record that makes no sense is an error that
// names it, so that the others can still be read.
package aptlyroot
