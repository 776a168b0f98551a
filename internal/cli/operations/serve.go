package operations

import (
	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/cli/command"
	"github.com/aptarium/aptarium/internal/server"
)

func serve(p *command.Program) *cobra.Command {
	var given server.Config
	return command.New(p, command.Spec{
		Use:   "serve",
		Short: "Run the server",
		Long: `Run the server: published trees for apt, and the API.

It ends on SIGTERM or an interrupt. Settings come from the configuration file, from
the environment (APTARIUM_LISTEN and so on), and from these flags, which win.`,
		Example: `  aptarium serve
  aptarium serve --listen :80 --public-url https://deb.example.org/archive --data /srv/aptarium
  aptarium serve --aptly-config /etc/aptly.conf --trust-loopback`,
		Files: true,
		Flags: settings(&given),
	}, func(r *command.Run) error {
		config, err := p.Configuration()
		if err != nil {
			return err
		}
		if err := r.Apply(settings(&config)); err != nil {
			return err
		}
		return p.Serve(r.Context(), config)
	})
}

// settings defines the settings of a server that have a flag.
func settings(c *server.Config) func(command.Flags) {
	return func(f command.Flags) {
		f.String(&c.Listen, "listen", "host and port (default 127.0.0.1:8080)")
		f.String(&c.PublicURL, "public-url", "URL of the published trees for clients (default: the address of --listen)")
		f.Bool(&c.TrustLoopback, "trust-loopback", "accept clients on this machine without a token")
		f.String(&c.AptlyConfig, "aptly-config", "configuration file of the aptly that this server replaces")
		f.String(&c.LogLevel, "log-level", "debug, info, warn or error (default info)", command.OneOf("debug", "info", "warn", "error"))
		f.String(&c.LogFormat, "log-format", "text or json (default text)", command.OneOf("text", "json"))
		f.Bool(&c.AccessLog, "access-log", "log every request")
	}
}
