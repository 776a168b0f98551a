// Package landscape speaks Landscape's API of 2011-08-01
// (https://documentation.ubuntu.com/landscape/reference/api/), so that programs and
// scripts written for it manage repositories here unchanged.
//
// A request names an action and its parameters, by GET or POST, and is signed
// (signature.go) or bears a token. It goes through
//
//	service (bounds)  →  parameters (request.go)  →  who asks (authenticate.go)
//	→  the table of actions  →  decode (decode.go)  →  run  →  JSON, or {"error", "message"}
//
// [Actions] is the table. Each entry says all that is to be known of an action: its
// name, its parameters with their types, order and defaults, the errors it may give
// and what it answers; parsing, the command line and the reference page in docs follow
// from it. An entry's parameters are a Go struct with a field for each:
//
//	type importGPGKey struct {
//		Name     string `param:"name,name" doc:"What to call the key."`
//		Material string `param:"material" doc:"The key, in ASCII armor."`
//	}
//
//	action(Action{Name: "ImportGPGKey", …}, func(ctx context.Context, c *call, in importGPGKey) (any, error) { … })
//
// There are no rules about repositories here: an action calls the application
// (internal/app), and shows what that answers as Landscape's clients know it.
package landscape
