// Package landscapeapi is the command landscape-api: the methods of Landscape's API
// (package internal/api/landscape) as commands for scripts, called, answered and
// failing as by Canonical's client of that name
// (https://documentation.ubuntu.com/landscape/reference/api/api-client-package/).
//
// Everything follows from the table of actions. CreatePocket is the command
// create-pocket; its required parameters are arguments in the table's order, its
// optional ones are options, and help tells them. [Command.Run] goes
//
//	arguments (line.go)  →  parameters as the wire has them (encode.go)
//	→  a signed request (sign.go)  →  the answer, as Python prints it (answer.go)
//
// It speaks to any server of that API. Which one, and who asks, it takes from the
// options and variables of the original; without these it is a client of Aptarium
// like all commands, through [Command.Connect].
package landscapeapi
