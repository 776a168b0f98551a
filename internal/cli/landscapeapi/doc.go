// Package landscapeapi is the command landscape-api: the methods of Landscape's API
// (package internal/api/landscape) as commands for scripts, called, answered and
// failing as by Canonical's client of that name
// (https://documentation.ubuntu.com/landscape/reference/api/api-client-package/).
//
// Everything follows from the table of actions. CreatePocket is the command
// create-pocket; its required parameters are arguments in the table's order, its
// optional ones are options, and help lists them. The steps of [Command.Run]:
//
//	arguments (line.go)  →  parameters as the wire has them (encode.go)
//	→  a signed request (sign.go)  →  the answer, as Python prints it (answer.go)
//
// It works with any server of that API. The options and variables of the original client
// set the server and the key pair; without these it connects to Aptarium as all commands
// do, through [Command.Connect].
package landscapeapi
