package publishing

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func key(p *command.Program) *cobra.Command {
	return command.Group(&cobra.Command{Use: "key", Short: "Manage signing keys", Example: `  aptarium key generate archive2026 --email archive@example.org
  aptarium key export archive2026 > archive2026.asc
  aptarium key default archive2026`},
		keyGenerate(p), keyImport(p), keyExport(p), keyList(p), keyShow(p), keyDefault(p), keyDrop(p), trust(p))
}

// keyRef returns the key that the first argument names.
func keyRef(r *command.Run) routes.KeyRef { return routes.KeyRef{Ref: r.Args[0]} }

func keyGenerate(p *command.Program) *cobra.Command {
	var in keys.NewKey
	return command.Create(p, command.Spec{
		Use: "generate NAME", Short: "Generate a signing key",
		Example: "  aptarium key generate archive2026 --user-name 'Example archive' --email archive@example.org --valid-for 3y",
		Flags: func(f command.Flags) {
			f.String(&in.UserName, "user-name", "name in its user id (default: NAME)")
			f.String(&in.Email, "email", "mail address in its user id")
			f.String(&in.Algorithm, "algorithm", "ed25519, rsa2048, rsa3072 or rsa4096 (default ed25519)", command.OneOf("ed25519", "rsa2048", "rsa3072", "rsa4096"))
			f.Var((*command.Duration)(&in.ValidFor), "valid-for", "how long the key is valid: 90d, 3y (default: without end)")
		},
	}, routes.GenerateKey, &in, &in.Name, func(r *command.Run, k keys.Key) { r.Print("Created the key %s (%s).", k.Name, k.Fingerprint) })
}

func keyImport(p *command.Program) *cobra.Command {
	var passphraseFile string
	return command.Answer(p, command.Spec{
		Use:   "import NAME FILE",
		Short: "Import a key, armored or binary",
		Long: `Store a key of yours, armored or binary: with its secret, to sign, or without. A FILE of
- is standard input.`,
		Example: `  gpg --export-secret-keys 0123456789ABCDEF | aptarium key import archive -
  aptarium key import archive secret.asc --passphrase-file passphrase`,
		Files: true,
		Flags: func(f command.Flags) {
			f.String(&passphraseFile, "passphrase-file", "file with the passphrase of the secret in its first line; the passphrase is not kept")
		},
	}, func(r *command.Run) (k keys.Key, err error) {
		in := routes.KeyImport{Name: r.Args[0]}
		if in.Binary, err = r.ReadInput(r.Args[1]); err != nil {
			return k, err
		}
		if in.Passphrase, err = r.Passphrase(passphraseFile); err != nil {
			return k, err
		}
		return command.Call(r, routes.ImportKey, routes.Send(in))
	}, func(r *command.Run, k keys.Key) {
		what := "with its secret"
		if !k.CanSign {
			what = "without a secret, so it cannot sign"
		}
		r.Print("Stored the key %s (%s) %s.", k.Name, k.Fingerprint, what)
	})
}

func keyExport(p *command.Program) *cobra.Command {
	var binary, secret bool
	return command.New(p, command.Spec{
		Use:   "export REF",
		Short: "Export a public or secret key",
		Example: `  aptarium key export archive2026 > /usr/share/keyrings/archive2026.asc
  aptarium key export archive2026 --binary > /usr/share/keyrings/archive2026.gpg`,
		Complete: []command.Words{command.Keys},
		Flags: func(f command.Flags) {
			f.Bool(&binary, "binary", "not armored, as .gpg files are")
			f.Bool(&secret, "secret", "with the secret, armored and not encrypted, to move the key elsewhere")
		},
	}, func(r *command.Run) (err error) {
		if binary && secret {
			return r.Usage("--binary and --secret exclude each other")
		}
		in := routes.ExportKeyInput{KeyRef: keyRef(r)}
		if binary {
			in.Format = "binary"
		}
		var data []byte
		if secret {
			data, err = command.Call(r, routes.ExportSecretKey, in.KeyRef)
		} else {
			data, err = command.Call(r, routes.ExportKey, in)
		}
		if err != nil {
			return err
		}
		_, err = r.Out.Write(data)
		return err
	})
}

func keyList(p *command.Program) *cobra.Command {
	return command.List(p, command.Spec{Use: "list", Short: "List keys", Example: "  aptarium key list"},
		command.Every(routes.ListKeys), "NAME FINGERPRINT ALGORITHM EXPIRES USE", func(k keys.Key) []string {
			expires := "never"
			if !k.ExpiresAt.IsZero() {
				expires = k.ExpiresAt.Format(time.DateOnly)
			}
			return []string{k.Name, k.Fingerprint, k.Algorithm, expires, keyUse(k)}
		})
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

func keyShow(p *command.Program) *cobra.Command {
	return command.Ask(p, command.Spec{
		Use: "show REF", Short: "Show a key", Example: "  aptarium key show archive2026", Complete: []command.Words{command.Keys},
	}, routes.GetKey, keyRef, func(r *command.Run, k keys.Key) {
		r.Details("Name", k.Name, "Fingerprint", k.Fingerprint, "User ids", strings.Join(k.UserIDs, ", "), "Algorithm", k.Algorithm,
			"Created", command.Moment(k.CreatedAt), "Expires", command.Moment(k.ExpiresAt), "Use", keyUse(k), "Warning", k.Warning)
	})
}

func keyDefault(p *command.Program) *cobra.Command {
	return command.Ask(p, command.Spec{
		Use: "default REF", Short: "Set the default signing key", Example: "  aptarium key default archive2026",
		Long:     "Set the key that signs new publications without --key. Publications keep their keys.",
		Complete: []command.Words{command.Keys},
	}, routes.SetDefaultKey, func(r *command.Run) routes.Body[routes.KeyChoice] {
		return routes.Send(routes.KeyChoice{Ref: r.Args[0]})
	}, func(r *command.Run, k keys.Key) { r.Print("%s (%s) is the default key.", k.Name, k.Fingerprint) })
}

func keyDrop(p *command.Program) *cobra.Command {
	return command.Do(p, command.Spec{
		Use: "drop REF", Short: "Drop an unused key", Example: "  aptarium key drop archive2020", Complete: []command.Words{command.Keys},
	}, routes.DropKey, keyRef, "Dropped the key %s.")
}
