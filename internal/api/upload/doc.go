// Package upload is the dialect that dput(1) and dput-ng speak over HTTP: each file of
// an upload is sent to an address of its own, and the .changes file last.
//
//	PUT /upload/ACCOUNT/DISTRIBUTION/SERIES/POCKET/FILE
//
// POST means the same. The account is standalone, and the rest names an upload pocket
// (see docs/upload.md for the configuration of both programs). What becomes of a file
// is for [app.App.PutPocketFile] to say; here its body is kept in bounds of time, and
// errors are told where the programs show them: dput prints the status line, and
// dput-ng the body, so the reason stands in both.
//
// The answers are lines of text. A file that waits for its .changes file is 201; so is
// a .changes file when its packages are in the pocket, with the address of the
// activity in Location, or 200 if they were there before.
package upload
