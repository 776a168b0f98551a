// Package reprepro reads what reprepro(1), the Debian repository manager, keeps: the
// distributions that its configuration describes, and the packages in them. Nothing
// is changed.
//
//	base, err := reprepro.Open("/srv/reprepro")
//	distributions, err := base.Distributions()
//	for p, err := range base.Packages(ctx, distributions[0]) { … }
//
// A base directory has conf/distributions, db, dists and pool; conf/options can put
// the last two elsewhere. The contents of a distribution are asked of the reprepro
// program, since it alone reads its database; where the program is not installed,
// they are read from the indexes below dists, which tell the same unless somebody
// did not export them. Both ways give the same packages.
//
// All that is read is hostile: sizes and counts are bounded, and paths lead nowhere
// but below the directory of the pool.
package reprepro
