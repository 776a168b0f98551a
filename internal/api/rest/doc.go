// Package rest serves Aptarium's own API: JSON over HTTP below /v1, described by OpenAPI 3.1 at
// /openapi.json.
//
// [New] returns an http.Handler over the door ([app.App]). Package routes describes the routes;
// here a file has the handlers of one noun, and a handler is one call of the door. The door's own
// types are on the wire, so that no rule about repositories stands twice.
//
//   - Lists take limit and after, and return items and next.
//   - Long work answers 202 with an activity; GET /v1/activities/{id} with
//     version and wait is a long poll, /v1/events a stream of server-sent events.
//   - Errors are problem documents (RFC 9457) with the members kind, field and
//     hint besides; see [routes.Problem].
//   - Callers send a token, as "Authorization: Bearer TOKEN" (RFC 6750) or as the
//     password of Basic authentication (RFC 7617).
//
// Paths with a prefix or a distribution encode each as one segment, "/" as %2F.
package rest
