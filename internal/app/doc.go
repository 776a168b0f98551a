// Package app is the door of the house: every use case is one method of [App],
// and every dialect (REST, published trees, the command line, …) calls these and
// nothing below.
//
// A method checks who asks, does its work in one transaction or as one activity,
// and leaves an entry in the audit log. Rules about repositories live here and
// below, never in a dialect. The types of arguments and results are plain data
// with JSON names: dialects show them as they are or translate them.
//
// Long work (a sync, a publish) is an activity: the method gives it back at once,
// and [App.WatchActivity] tells how it goes.
package app
