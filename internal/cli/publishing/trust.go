package publishing

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/cli/command"
)

// trust has the commands about GnuPG keyrings of the server, which verify mirrors.
func trust(p *command.Program) *cobra.Command {
	return command.Group(&cobra.Command{Use: "trust", Short: "Manage upstream keys in a GnuPG keyring", Example: `  aptarium key trust add debian.asc
  aptarium key trust list`},
		trustList(p), trustAdd(p), trustDrop(p))
}

// defineKeyring defines the flag --keyring.
func defineKeyring(f command.Flags, to *routes.Keyring) {
	to.Keyring = "trustedkeys.gpg"
	f.String(&to.Keyring, "keyring", "file in the GnuPG home of the server, or an absolute path")
}

func trustList(p *command.Program) *cobra.Command {
	var in routes.Keyring
	return command.New(p, command.Spec{
		Use: "list", Short: "List the keys of a keyring", Example: "  aptarium key trust list --keyring trustedkeys.gpg",
		Flags: func(f command.Flags) { defineKeyring(f, &in) },
	}, func(r *command.Run) error {
		list, err := command.Call(r, routes.ListTrustedKeys, in)
		if err != nil {
			return err
		}
		return command.Table(r, command.Each(list.Keys), "FINGERPRINT CREATED USERS", func(k keys.TrustedKey) []string {
			return []string{k.Fingerprint, command.Moment(k.CreatedAt), strings.Join(k.UserIDs, ", ")}
		})
	})
}

func trustAdd(p *command.Program) *cobra.Command {
	var in routes.AddTrustedKeysInput
	return command.New(p, command.Spec{
		Use:   "add [FILE]",
		Short: "Add keys to a keyring",
		Long:  "Add keys to a keyring: from an armored FILE (- is standard input), or from a key server.",
		Example: `  aptarium key trust add debian.asc
  aptarium key trust add --keyserver hkps://keyserver.ubuntu.com --id F6ECB3762474EDA9D21B7022871920D1991BC93C`,
		Files: true,
		Flags: func(f command.Flags) {
			defineKeyring(f, &in.Keyring)
			f.String(&in.Body.Keyserver, "keyserver", "address of a key server")
			f.List(&in.Body.IDs, "id", "fingerprint of a key on the key server; may be given several times")
		},
	}, func(r *command.Run) error {
		for _, file := range r.Args {
			data, err := r.ReadInput(file)
			if err != nil {
				return err
			}
			in.Body.Armored = string(data)
		}
		added, err := command.Call(r, routes.AddTrustedKeys, in)
		if err != nil {
			return err
		}
		return r.Show(added, func() { r.Print("%s", added.Told) })
	})
}

func trustDrop(p *command.Program) *cobra.Command {
	var in routes.DropTrustedKeyInput
	return command.New(p, command.Spec{
		Use: "drop ID", Short: "Remove a key from a keyring", Example: "  aptarium key trust drop F6ECB3762474EDA9D21B7022871920D1991BC93C",
		Flags: func(f command.Flags) { defineKeyring(f, &in.Keyring) },
	}, func(r *command.Run) error {
		in.ID = r.Args[0]
		if _, err := command.Call(r, routes.DropTrustedKey, in); err != nil || r.JSON() {
			return err
		}
		r.Print("Removed the key %s from %s.", in.ID, in.Keyring.Keyring)
		return nil
	})
}
