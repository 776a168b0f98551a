// Package rest is the dialect that Aptarium invents itself: JSON over HTTP below
// /v1, described by OpenAPI 3.1 at /openapi.json.
//
// [New] gives an http.Handler over the door ([app.App]). A file holds the routes
// of one noun, and a route is one call of the door: what it takes and gives are
// the door's own types, so that no rule about repositories is told twice.
//
//   - Lists take limit and after, and give items and next.
//   - Long work answers 202 with an activity; GET /v1/activities/{id} with
//     version and wait is a long poll, /v1/events a stream of server-sent events.
//   - Errors are problem documents (RFC 9457) with the members kind, field and
//     hint besides; see [Problem].
//   - Callers send a token, as "Authorization: Bearer TOKEN" (RFC 6750) or as the
//     password of Basic authentication (RFC 7617).
//
// Paths with a prefix or a distribution encode each as one segment, "/" as %2F.
package rest
