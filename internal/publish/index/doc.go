// Package index builds the indexes of a release: Packages, Sources, Translation-en and Contents.
//
// A [Suite] divides the packages of a release among its indexes and plans them. [Build] makes
// an index into the pool. A release keeps its [Table]; the table's parts joined are the file.
//
// What an index says is a text: a function of a set of members, written in an order of
// positions. The text is cut into chunks. Where a chunk begins depends on a package's own name,
// version and architecture (or on a path, in Contents) alone, so a change touches the chunk it
// falls into and no other. Each chunk is rendered and compressed apart (a gzip member, a zstd
// frame, a block of an xz stream); the pieces joined are the index. An index begins from its
// [Base], the index that differs the least, and renders only the chunks that the difference of
// the two sets touches. [Patches] compares indexes by their chunks, too.
//
// To add a text, write a type with its planner in a file of its own and name the planner in
// planners. Cutting, compressing, hashing, sharing and patches are the same for all.
package index
