package blob

import "context"

// Adopter is a [Store] that can store a local file without copying it.
type Adopter interface {
	// Adopt stores a local file like [PutFile], but as another name of the same file if the
	// file system allows it. See the function [Adopt].
	Adopt(ctx context.Context, path string, expect Expect) (Ref, error)
}

// Adopt stores a local file as another name of the same file, if the store and the file system allow it;
// else it copies the file. The bytes are always read and checked, unless the blob already exists, and
// Flush makes them durable.
//
// The file keeps its name, too: writing to it changes the blob. So use Adopt only for files that are never
// modified in place, such as those in the pools of aptly and reprepro. A scrub detects a changed blob.
func Adopt(ctx context.Context, to Store, path string, expect Expect) (Ref, error) {
	if a, ok := to.(Adopter); ok {
		return a.Adopt(ctx, path, expect)
	}
	return PutFile(ctx, to, path, expect)
}
