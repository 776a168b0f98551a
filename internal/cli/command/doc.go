// Package command is the kernel of the command line: a command is declared, not programmed.
//
// A [Spec] has the texts, the arguments and the flags. [New] makes a command of it and a function;
// [Answer] and [Ask] show an answer, [List] a table, [Do] a sentence, [Start] awaits an activity.
// The function gets a [Run], which has the arguments, opens the session with the first [Call] of a
// route, and writes the output: as text, or with --json as the API returns it.
//
// [Words] complete arguments and flags. Flags.String and the like define a flag for a variable;
// [Optional] for a pointer, which stays nil without the flag; Run.Apply sets the given flags on a
// value that was read before.
package command
