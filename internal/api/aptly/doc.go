// Package aptly speaks the REST API of aptly (https://www.aptly.info/doc/api/),
// so that programs and scripts written for it work unchanged with this server.
//
// It translates: a request becomes calls of the application (internal/app), and
// what that answers becomes the JSON, the statuses and the texts that aptly's
// clients know. There are no rules about repositories here.
//
// [New] gives the handler of everything below /api. A request goes through
//
//	service (who asks; bounds)  →  router (the table of routes)  →  call  →  answer
//
// Each route is a function that takes a [call] and gives an answer or an error.
// What changes something is a task (tasks.go): the caller waits for its end, or
// asks for _async and gets the task's number. Tasks are activities of the type
// "aptly", so that they are seen, followed and cancelled like all other work.
package aptly
