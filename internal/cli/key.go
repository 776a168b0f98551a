package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// key is the commands about signing keys.
func (p *program) key() *cobra.Command {
	return group(&cobra.Command{Use: "key", Short: "Manage signing keys", Example: `  aptarium key generate archive2026 --email archive@example.org
  aptarium key export archive2026 > archive2026.asc
  aptarium key default archive2026`},
		p.keyGenerate(), p.keyImport(), p.keyExport(), p.keyList(), p.keyShow(), p.keyDefault(), p.keyDrop(), p.trust())
}

func (p *program) keyGenerate() *cobra.Command {
	var in keys.NewKey
	var validFor duration
	c := &cobra.Command{
		Use: "generate NAME", Short: "Generate a signing key", Example: "  aptarium key generate archive2026 --user-name 'Example archive' --email archive@example.org --valid-for 3y",
		Args: exactly("NAME"), ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().StringVar(&in.UserName, "user-name", "", "name in its user id (default: NAME)")
	c.Flags().StringVar(&in.Email, "email", "", "mail address in its user id")
	c.Flags().StringVar(&in.Algorithm, "algorithm", "", "ed25519, rsa2048, rsa3072 or rsa4096 (default ed25519)")
	c.Flags().Var(&validFor, "valid-for", "how long it is valid: 90d, 3y (default: for ever)")
	completeFlag(c, "algorithm", oneOf("ed25519", "rsa2048", "rsa3072", "rsa4096"))
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		in.Name, in.ValidFor = args[0], time.Duration(validFor)
		k, err := client.Call(c.Context(), s.Client, routes.GenerateKey, routes.Send(in))
		if err != nil {
			return err
		}
		return p.show(k, func(w io.Writer) { fmt.Fprintf(w, "Created the key %s (%s).\n", k.Name, k.Fingerprint) })
	}
	return c
}

func (p *program) keyImport() *cobra.Command {
	var passphraseFile string
	c := &cobra.Command{
		Use:   "import NAME FILE",
		Short: "Import a key, armored or binary",
		Long: `Store a key that you have, armored or binary: with its secret, to sign, or without.
A FILE of - is standard input.`,
		Example: `  gpg --export-secret-keys 0123456789ABCDEF | aptarium key import archive -
  aptarium key import archive secret.asc --passphrase-file passphrase`,
		Args: exactly("NAME", "FILE"),
	}
	c.Flags().StringVar(&passphraseFile, "passphrase-file", "", "file with the passphrase of the secret in its first line; the passphrase is not kept")
	c.RunE = func(c *cobra.Command, args []string) error {
		data, err := p.readInput(args[1])
		if err != nil {
			return err
		}
		passphrase, err := p.passphrase(passphraseFile)
		if err != nil {
			return err
		}
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		k, err := client.Call(c.Context(), s.Client, routes.ImportKey, routes.Send(routes.KeyImport{Name: args[0], Binary: data, Passphrase: passphrase}))
		if err != nil {
			return err
		}
		return p.show(k, func(w io.Writer) {
			what := "with its secret"
			if !k.CanSign {
				what = "without a secret, so it cannot sign"
			}
			fmt.Fprintf(w, "Stored the key %s (%s) %s.\n", k.Name, k.Fingerprint, what)
		})
	}
	return c
}

func (p *program) keyExport() *cobra.Command {
	var binary, secret bool
	c := &cobra.Command{
		Use:   "export REF",
		Short: "Export a public or secret key",
		Example: `  aptarium key export archive2026 > /usr/share/keyrings/archive2026.asc
  aptarium key export archive2026 --binary > /usr/share/keyrings/archive2026.gpg`,
		Args: exactly("REF"), ValidArgsFunction: only(1, p.keyNames()),
	}
	c.Flags().BoolVar(&binary, "binary", false, "not armored, as .gpg files are")
	c.Flags().BoolVar(&secret, "secret", false, "with the secret, armored and not encrypted, to move the key elsewhere")
	c.RunE = func(c *cobra.Command, args []string) error {
		if binary && secret {
			return usage(c, "--binary and --secret exclude each other")
		}
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		in := routes.ExportKeyInput{KeyRef: routes.KeyRef{Ref: args[0]}}
		if binary {
			in.Format = "binary"
		}
		var data []byte
		if secret {
			data, err = client.Call(c.Context(), s.Client, routes.ExportSecretKey, in.KeyRef)
		} else {
			data, err = client.Call(c.Context(), s.Client, routes.ExportKey, in)
		}
		if err != nil {
			return err
		}
		_, err = p.Out.Write(data)
		return err
	}
	return c
}

func (p *program) keyList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List keys", Example: "  aptarium key list", Args: exactly(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			all := client.All(c.Context(), s.Client, routes.ListKeys, routes.Paging{})
			return table(p, all, "NAME FINGERPRINT ALGORITHM EXPIRES USE", func(k keys.Key) []string {
				expires := "never"
				if !k.ExpiresAt.IsZero() {
					expires = k.ExpiresAt.Format(time.DateOnly)
				}
				return []string{k.Name, k.Fingerprint, k.Algorithm, expires, keyUse(k)}
			})
		},
	}
}

func keyUse(k keys.Key) string {
	switch {
	case k.Default:
		return "signs, default"
	case k.CanSign:
		return "signs"
	}
	return "public only"
}

func (p *program) keyShow() *cobra.Command {
	return &cobra.Command{
		Use: "show REF", Short: "Show a key", Example: "  aptarium key show archive2026", Args: exactly("REF"), ValidArgsFunction: only(1, p.keyNames()),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			k, err := client.Call(c.Context(), s.Client, routes.GetKey, routes.KeyRef{Ref: args[0]})
			if err != nil {
				return err
			}
			return p.show(k, func(w io.Writer) {
				details(w, "Name", k.Name, "Fingerprint", k.Fingerprint, "User ids", strings.Join(k.UserIDs, ", "), "Algorithm", k.Algorithm,
					"Created", moment(k.CreatedAt), "Expires", moment(k.ExpiresAt), "Use", keyUse(k), "Warning", k.Warning)
			})
		},
	}
}

func (p *program) keyDefault() *cobra.Command {
	return &cobra.Command{
		Use: "default REF", Short: "Set the default signing key", Example: "  aptarium key default archive2026",
		Long: "Choose the key that signs where none is named. Publications keep the keys that they have.",
		Args: exactly("REF"), ValidArgsFunction: only(1, p.keyNames()),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			k, err := client.Call(c.Context(), s.Client, routes.SetDefaultKey, routes.Send(routes.KeyChoice{Ref: args[0]}))
			if err != nil {
				return err
			}
			return p.show(k, func(w io.Writer) { fmt.Fprintf(w, "%s (%s) is the default key.\n", k.Name, k.Fingerprint) })
		},
	}
}

func (p *program) keyDrop() *cobra.Command {
	return &cobra.Command{
		Use: "drop REF", Short: "Drop an unused key", Example: "  aptarium key drop archive2020",
		Args: exactly("REF"), ValidArgsFunction: only(1, p.keyNames()),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			return p.done(client.Do(c.Context(), s.Client, routes.DropKey, routes.KeyRef{Ref: args[0]}), "Dropped the key %s.", args[0])
		},
	}
}
