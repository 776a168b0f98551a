package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// trust is the commands about GnuPG keyrings of the server, whose keys mirrors are
// verified with.
func (p *program) trust() *cobra.Command {
	return group(&cobra.Command{Use: "trust", Short: "Manage upstream keys in a GnuPG keyring", Example: `  aptarium key trust add debian.asc
  aptarium key trust list`},
		p.trustList(), p.trustAdd(), p.trustDrop())
}

func defineKeyring(c *cobra.Command, keyring *string) {
	c.Flags().StringVar(keyring, "keyring", "trustedkeys.gpg", "file in the GnuPG home of the server, or an absolute path")
}

func (p *program) trustList() *cobra.Command {
	var keyring string
	c := &cobra.Command{
		Use: "list", Short: "List the keys of a keyring", Example: "  aptarium key trust list --keyring trustedkeys.gpg",
		Args: exactly(), ValidArgsFunction: cobra.NoFileCompletions,
	}
	defineKeyring(c, &keyring)
	c.RunE = func(c *cobra.Command, _ []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		list, err := client.Call(c.Context(), s.Client, routes.ListTrustedKeys, routes.Keyring{Keyring: keyring})
		if err != nil {
			return err
		}
		all := func(yield func(keys.TrustedKey, error) bool) {
			for k := range slices.Values(list.Keys) {
				if !yield(k, nil) {
					return
				}
			}
		}
		return table(p, all, "FINGERPRINT CREATED USERS", func(k keys.TrustedKey) []string {
			return []string{k.Fingerprint, moment(k.CreatedAt), strings.Join(k.UserIDs, ", ")}
		})
	}
	return c
}

func (p *program) trustAdd() *cobra.Command {
	var keyring, server string
	var ids []string
	c := &cobra.Command{
		Use:   "add [FILE]",
		Short: "Add keys to a keyring",
		Long:  "Add keys to a keyring: those of an armored FILE (- is standard input), and those that a key server has.",
		Example: `  aptarium key trust add debian.asc
  aptarium key trust add --keyserver hkps://keyserver.ubuntu.com --id F6ECB3762474EDA9D21B7022871920D1991BC93C`,
		Args: cobra.MaximumNArgs(1),
	}
	defineKeyring(c, &keyring)
	c.Flags().StringVar(&server, "keyserver", "", "address of a key server")
	c.Flags().StringSliceVar(&ids, "id", nil, "fingerprint of a key that the key server has; may be given several times")
	c.RunE = func(c *cobra.Command, args []string) error {
		in := routes.NewTrust{Keyserver: server, IDs: ids}
		for _, file := range args {
			data, err := p.readInput(file)
			if err != nil {
				return err
			}
			in.Armored = string(data)
		}
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		told, err := client.Call(c.Context(), s.Client, routes.AddTrustedKeys, routes.AddTrustedKeysInput{Keyring: routes.Keyring{Keyring: keyring}, Body: in})
		if err != nil {
			return err
		}
		return p.show(told, func(w io.Writer) { fmt.Fprintln(w, told.Told) })
	}
	return c
}

func (p *program) trustDrop() *cobra.Command {
	var keyring string
	c := &cobra.Command{
		Use: "drop ID", Short: "Remove a key from a keyring", Example: "  aptarium key trust drop F6ECB3762474EDA9D21B7022871920D1991BC93C",
		Args: exactly("ID"), ValidArgsFunction: cobra.NoFileCompletions,
	}
	defineKeyring(c, &keyring)
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		return p.done(client.Do(c.Context(), s.Client, routes.DropTrustedKey, routes.DropTrustedKeyInput{Keyring: routes.Keyring{Keyring: keyring}, ID: args[0]}), "Removed the key %s from %s.", args[0], keyring)
	}
	return c
}
