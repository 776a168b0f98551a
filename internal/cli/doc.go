// Package cli is the aptarium command.
//
// [Main] runs it. Every command but serve is a client of /v1 (package client)
// with one of two transports: HTTP, to the server that --server or
// APTARIUM_SERVER names; or none at all, to the same handlers in its own process
// on the data folder. When a server has that folder open, the command finds it
// there and speaks to it, with the administrator's token that the folder holds.
// See [session]. The command landscape-api, which has a grammar, answers and exit
// codes of its own, is package landscapeapi.
//
// A file holds the commands of one noun. What a command did goes to standard
// output, as a table or with --json as the interface gives it; how far it is, and
// what went wrong, to standard error. The exit code is 0 when it was done, 1 when
// it failed, 2 when it was called wrongly.
package cli
