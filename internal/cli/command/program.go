package command

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/server"
)

// Streams are the input and output of a command, and its environment variables.
type Streams struct {
	In     io.Reader
	Out    io.Writer
	Err    io.Writer
	Getenv func(string) string
}

// Program is one run of the program: its streams, the flags of all commands, and the session,
// which its commands share.
type Program struct {
	Streams
	Place
	json   bool
	opened *Session // nil until a command needs it

	completing bool // whether a shell asks for words
}

// Place names the server or the data folder that commands work on. Empty fields leave the choice
// to the environment.
type Place struct {
	Server string
	Data   string
	Config string
}

// DefineFlags defines the flags of all commands on the root.
func (p *Program) DefineFlags(root *cobra.Command) {
	flags := root.PersistentFlags()
	flags.StringVar(&p.Server, "server", "", "URL of the server (also APTARIUM_SERVER; its token is in APTARIUM_TOKEN)")
	flags.StringVar(&p.Data, "data", "", "data folder (also APTARIUM_DATA)")
	flags.StringVar(&p.Config, "config", "", "configuration file (also APTARIUM_CONFIG)")
	flags.BoolVar(&p.json, "json", false, "write JSON, as the API returns it")
}

// JSON reports whether the output is for programs.
func (p *Program) JSON() bool { return p.json }

// Configuration reads the configuration file and the environment, and applies the flags of all
// commands.
func (p *Program) Configuration() (server.Config, error) {
	path := p.Config
	if path == "" {
		path = p.Getenv("APTARIUM_CONFIG")
	}
	c, err := server.Load(path, p.Getenv)
	if p.Data != "" {
		c.Data = p.Data
	}
	return c, err
}
