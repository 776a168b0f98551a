// Package aptly speaks the REST API of aptly (https://www.aptly.info/doc/api/),
// so that its programs and scripts work unchanged with this server.
//
// It translates: a request becomes calls of the application (internal/app), and their
// results become the JSON, the statuses and the texts of aptly. Rules about repositories
// are not in this package.
//
// [New] returns the handler of everything below /api. A request goes through
//
//	service (caller; limits)  →  router (the table of routes)  →  call  →  answer
//
// Each route is one entry in the table of its file: a function that takes a [call] and
// returns an answer or an error. A route that changes something begins a task (tasks.go): the
// caller waits for its end, or sends _async and gets the number of the task. Tasks are
// activities of the type "aptly", so people list, follow and cancel them like all other work.
package aptly
