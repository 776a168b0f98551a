// Package app is the door of the house: each noun has a package below it with one Service,
// and every dialect (REST, published trees, the command line, …) calls these services and
// nothing below them.
//
// A use case is one method. It checks the caller's permission, does its work in one
// transaction or as one activity, and leaves an entry in the audit log (see package
// usecase). Rules about repositories live here and below, never in a dialect. Arguments and
// results are plain data with JSON names: dialects show them as they are or translate them.
//
// Long work (a sync, a publish) is an activity: the method returns it at once, and
// activities.Service.Watch follows it.
package app
