package blob

import "context"

// Adopter is a [Store] that can take a local file without copying its bytes.
type Adopter interface {
	// Adopt stores a local file as [PutFile] does, but where the file system allows
	// it as another name of the same file. See [Adopt] for what that means.
	Adopt(ctx context.Context, path string, expect Expect) (Ref, error)
}

// Adopt stores a local file so that no byte is stored twice, where the store and
// the file system allow it; else it copies. The bytes are read and checked in any
// case, unless they are stored already, and Flush makes them durable as all others.
//
// The file stays where it is, as another name of the blob: who writes into it
// afterwards changes the blob. So this is for files that are only ever replaced
// or deleted as a whole, as those of the pools of aptly and reprepro are; a scrub
// tells of others.
func Adopt(ctx context.Context, to Store, path string, expect Expect) (Ref, error) {
	if a, ok := to.(Adopter); ok {
		return a.Adopt(ctx, path, expect)
	}
	return PutFile(ctx, to, path, expect)
}
