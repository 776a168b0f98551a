// Package landscape speaks Landscape's API of 2011-08-01
// (https://documentation.ubuntu.com/landscape/reference/api/), so that its programs
// and scripts manage repositories of this server unchanged.
//
// A request names an action and its parameters, by GET or POST, and is signed
// (package wire) or has a token. It goes through
//
//	service (limits)  →  parameters (request.go)  →  caller (authenticate.go)
//	→  the table of actions  →  wire.Decode  →  run  →  JSON, or {"error", "message"}
//
// [Actions] returns the table. The entry of an action is its complete description: name,
// parameters with types, order and defaults, error names and result. Parsing, the command
// line and the reference page in docs are built from it. Parameters are the fields of a
// struct:
//
//	action(Action{Name: "ImportGPGKey", …}, importGPGKey)
//
//	func importGPGKey(ctx context.Context, c *call, in struct {
//		Name     string `param:"name,name" doc:"What to call the key."`
//		Material string `param:"material" doc:"The key, in ASCII armor."`
//	}) (any, error) { … }
//
// Rules about repositories are not in this package: an action calls the application
// (internal/app), and returns its result in the form of Landscape.
package landscape
