// Package reprepro reads the distributions in the configuration of reprepro(1), the Debian repository manager, and their
// packages. It never writes.
//
//	base, err := reprepro.Open("/srv/reprepro")
//	distributions, err := base.Distributions()
//	for p, err := range base.Packages(ctx, distributions[0]) { … }
//
// A base directory has conf/distributions, db, dists and pool; conf/options can move the last two. The program reprepro
// lists the packages of a distribution, because only it can read its database. If the program is not installed, they are
// read from the indexes below dists, which are the same unless the last export is missing. Both ways return the same
// packages.
//
// All input is treated as hostile: sizes and counts are limited, and paths cannot leave the directory of the pool.
package reprepro
