package server

import "github.com/aptarium/aptarium/internal/app"

// App returns the application, for programs that work on a data folder without a
// request in between.
func (s *Server) App() *app.App { return s.app }

// Parts returns the engines under the application, for tests and measurements.
func (s *Server) Parts() app.Parts { return s.parts }
