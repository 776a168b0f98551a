package cli

import (
	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/server"
)

// serve runs a server until it is told to stop.
func (p *program) serve() *cobra.Command {
	var given server.Config
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: `Run the server: published trees for apt, and the API.

It ends on SIGTERM or an interrupt. Settings come from the configuration file, from
the environment (APTARIUM_LISTEN and so on), and from these flags, which win.`,
		Example: `  aptarium serve
  aptarium serve --listen :80 --public-url https://deb.example.org/archive --data /srv/aptarium
  aptarium serve --aptly-config /etc/aptly.conf --trust-loopback`,
		Args: exactly(),
	}
	flags := c.Flags()
	flags.StringVar(&given.Listen, "listen", "", "host and port (default 127.0.0.1:8080)")
	flags.StringVar(&given.PublicURL, "public-url", "", "URL of the published trees, as clients reach them (default: where it listens)")
	flags.BoolVar(&given.TrustLoopback, "trust-loopback", false, "let clients on this machine in without a token")
	flags.StringVar(&given.AptlyConfig, "aptly-config", "", "take the place of the aptly that this configuration file is of")
	flags.StringVar(&given.LogLevel, "log-level", "", "debug, info, warn or error (default info)")
	flags.StringVar(&given.LogFormat, "log-format", "", "text or json (default text)")
	flags.BoolVar(&given.AccessLog, "access-log", false, "log every request")
	completeFlag(c, "log-level", oneOf("debug", "info", "warn", "error"))
	completeFlag(c, "log-format", oneOf("text", "json"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		config, err := p.Configuration()
		if err != nil {
			return err
		}
		override(&config, given, c.Flags().Changed)
		return p.Serve(c.Context(), config)
	}
	return c
}

// override takes over the flags that were given.
func override(config *server.Config, given server.Config, changed func(string) bool) {
	for flag, apply := range map[string]func(){
		"listen":         func() { config.Listen = given.Listen },
		"public-url":     func() { config.PublicURL = given.PublicURL },
		"trust-loopback": func() { config.TrustLoopback = given.TrustLoopback },
		"aptly-config":   func() { config.AptlyConfig = given.AptlyConfig },
		"log-level":      func() { config.LogLevel = given.LogLevel },
		"log-format":     func() { config.LogFormat = given.LogFormat },
		"access-log":     func() { config.AccessLog = given.AccessLog },
	} {
		if changed(flag) {
			apply()
		}
	}
}
