package cli

import (
	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/cli/client"
)

func (p *program) pocketCreate() *cobra.Command {
	var in pockets.NewPocket
	c := &cobra.Command{
		Use:   "create",
		Short: "Create an empty, published pocket",
		Long: `Make a pocket, published with no packages. A pocket of the mode mirror follows an
upstream, one of the mode pull takes over what another pocket of the distribution
has, and one of the mode upload takes what people send.`,
		Example: `  aptarium pocket create ubuntu/noble/release --mode mirror --component main --architecture amd64 --key sign --mirror-url http://archive.ubuntu.com/ubuntu
  aptarium pocket create ubuntu/noble/proposed --mode pull --pull-pocket staging --filter blocklist --component main --architecture amd64 --key sign
  aptarium pocket create ubuntu/noble/staging --mode upload --component main --architecture amd64 --key sign`,
	}
	flags := c.Flags()
	flags.StringVar(&in.Mode, "mode", "", "mirror, pull or upload")
	flags.StringSliceVar(&in.Components, "component", nil, "component, several times or with commas")
	flags.StringSliceVar(&in.Architectures, "architecture", nil, "architecture, and source for sources, the same way")
	flags.StringVar(&in.Key, "key", "", "key that signs the suite")
	flags.BoolVar(&in.UDebs, "udebs", false, "packages of the installer too")
	flags.StringVar(&in.Origin, "origin", "", "field Origin of Release")
	flags.StringVar(&in.MirrorURL, "mirror-url", "", "the upstream of a mirror")
	flags.StringVar(&in.MirrorSuite, "mirror-suite", "", "its suite (default: that of the pocket); with a slash at its end, a flat repository")
	flags.StringVar(&in.MirrorKey, "mirror-key", "", "key that signs the upstream (default: this machine's archive keys)")
	flags.StringVar(&in.PullSeries, "pull-series", "", "series of the pocket to pull from (default: the same)")
	flags.StringVar(&in.PullPocket, "pull-pocket", "", "pocket to pull from")
	flags.StringVar(&in.Filter, "filter", "", "what the filters of a pull mean: allowlist or blocklist")
	flags.BoolVar(&in.AllowUnsigned, "allow-unsigned", false, "take uploads that nobody signed")
	completeFlag(c, "mode", oneOf("mirror", "pull", "upload"))
	completeFlag(c, "filter", oneOf("allowlist", "blocklist"))
	completeFlag(c, "key", p.keyNames())
	completeFlag(c, "mirror-key", p.keyNames())
	p.onPocket(c, func(c *cobra.Command, s *session, at pockets.Path) error {
		in.Path = at
		k, err := client.Call(c.Context(), s.Client, routes.CreatePocket, routes.Send(in))
		if err != nil {
			return err
		}
		return p.madePocket(k, "Made")
	})
	c.ValidArgsFunction = only(1, p.seriesNames())
	return c
}

// editedPocket is what the flags of edit say.
type editedPocket struct {
	components, architectures              []string
	udebs, allowUnsigned                   bool
	key, mirrorURL, mirrorSuite, mirrorKey string
}

// edit gives the change that the flags say that were given.
func (e *editedPocket) edit(c *cobra.Command) (in pockets.PocketEdit) {
	for flag, set := range map[string]func(){
		"component":      func() { in.Components = &e.components },
		"architecture":   func() { in.Architectures = &e.architectures },
		"udebs":          func() { in.UDebs = &e.udebs },
		"allow-unsigned": func() { in.AllowUnsigned = &e.allowUnsigned },
		"key":            func() { in.Key = &e.key },
		"mirror-url":     func() { in.MirrorURL = &e.mirrorURL },
		"mirror-suite":   func() { in.MirrorSuite = &e.mirrorSuite },
		"mirror-key":     func() { in.MirrorKey = &e.mirrorKey },
	} {
		if c.Flags().Changed(flag) {
			set()
		}
	}
	return in
}

func (p *program) pocketEdit() *cobra.Command {
	var e editedPocket
	c := &cobra.Command{
		Use:   "edit",
		Short: "Change a pocket and publish it",
		Long: `Change a pocket and publish it anew; what is not said stays. What a mirror or a pull
takes besides comes with the next sync or pull.`,
		Example: `  aptarium pocket edit ubuntu/noble/release --architecture amd64,arm64
  aptarium pocket edit ubuntu/noble/staging --allow-unsigned=false`,
	}
	flags := c.Flags()
	flags.StringSliceVar(&e.components, "component", nil, "component, several times or with commas")
	flags.StringSliceVar(&e.architectures, "architecture", nil, "architecture, the same way")
	flags.BoolVar(&e.udebs, "udebs", false, "packages of the installer too")
	flags.BoolVar(&e.allowUnsigned, "allow-unsigned", false, "take uploads that nobody signed")
	flags.StringVar(&e.key, "key", "", "key that signs the suite")
	flags.StringVar(&e.mirrorURL, "mirror-url", "", "the upstream")
	flags.StringVar(&e.mirrorSuite, "mirror-suite", "", "its suite")
	flags.StringVar(&e.mirrorKey, "mirror-key", "", "key that signs the upstream; empty for this machine's archive keys")
	completeFlag(c, "key", p.keyNames())
	completeFlag(c, "mirror-key", p.keyNames())
	return p.onPocket(c, func(c *cobra.Command, s *session, at pockets.Path) error {
		k, err := client.Call(c.Context(), s.Client, routes.EditPocket, routes.SendToPocket(at, e.edit(c)))
		if err != nil {
			return err
		}
		return p.madePocket(k, "Changed")
	})
}
