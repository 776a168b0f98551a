// Package cli is the aptarium command.
//
// [Main] runs it. Every command except serve is a client of /v1 (package client) with one of two
// transports: HTTP, to the server of --server or APTARIUM_SERVER; or a direct call of the same
// handlers in its own process, on the data folder. When a server has that folder open, the command
// finds it there and calls it, with the administrator's token of the folder. See
// [command.Session].
//
// The commands are in a package for each group of the help. Results go to standard output, as text
// or with --json as the API returns them; progress and errors go to standard error. The exit code
// is 0 for success, 1 for a failure, and 2 for a wrong command line.
package cli
