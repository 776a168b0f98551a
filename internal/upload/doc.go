// Package upload implements the upload area: directories into which clients upload files, one
// by one, before the files are added to a repo.
//
// An [Area] is a folder, with directories of any depth, which contain the uploaded files:
//
//	area := upload.New("/var/lib/aptarium/upload", upload.Options{})
//	size, err := area.Put(ctx, "alice", "hello_1.0_amd64.deb", body)
//	…
//	names, err := area.Walk(ctx, "alice")
//	for _, name := range names { … area.Open("alice/" + name) … }
//	err = area.Drop("alice", "")
//
// A file appears completely or not at all, and replaces an existing file of its name. Names
// are untrusted: none can leave the area, not even through symbolic links.
//
// [Uploaders] are the rules that decide whose .changes files a repo accepts.
package upload
