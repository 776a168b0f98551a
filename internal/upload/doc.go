// Package upload keeps the upload area: directories into which clients put files,
// one by one, before somebody takes them into a repo.
//
// An [Area] is a folder. Below it are directories, of any depth, and in these the
// files as they were sent:
//
//	area := upload.New("/var/lib/aptarium/upload", upload.Options{})
//	size, err := area.Put(ctx, "alice", "hello_1.0_amd64.deb", body)
//	…
//	names, err := area.Walk(ctx, "alice")
//	for _, name := range names { … area.Open("alice/" + name) … }
//	err = area.Drop("alice", "")
//
// A file appears whole or not at all, and what comes under a name that is there
// already takes its place. Names come from strangers: none leads out of the area,
// also not by way of symbolic links.
//
// [Uploaders] are the rules that say whose .changes files a repo takes.
package upload
