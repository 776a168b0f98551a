// Package server joins the floors to a running Aptarium.
//
// [Load] reads the configuration, [Open] takes the data folder for this process
// and builds the application on it, and [Server.Serve] lets the world in until
// its context ends. A command that works on the data folder by itself stops
// after Open: it speaks to [Server.Local], and lets the engine run with
// [Server.Start] while it waits for an activity.
//
// The data folder holds
//
//	aptarium.db      the database, with aptarium.db-wal and -shm while it is open
//	pool/, staged/   the bytes of all packages and indexes, by their SHA-256
//	secret.key       what signing keys are encrypted with
//	admin.token      the administrator's token, for local commands
//	lock             held by the one process that uses the folder
//	server.json      where a server listens, while it does
package server
