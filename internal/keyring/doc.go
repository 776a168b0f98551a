// Package keyring keeps the OpenPGP keys that this server signs publications
// with, and public keys that people gave it.
//
// A [Store] holds them in the database. Secrets are encrypted there under a
// [masterkey.Keys] master key, which lives in a file of its own, so that neither a copy of
// the database nor a backup of it can sign:
//
//	master, err := masterkey.Open(dataDir)
//	store := keyring.New(master)
//	material, err := keyring.Generate(keyring.Params{Name: "archive"}) // slow for RSA: before the transaction
//	err = d.Tx(ctx, func(tx *db.Tx) error {
//		key, err := store.Add(ctx, tx, "archive", material)
//		…
//	})
//
// Keys are referred to by name, by fingerprint or by long key id (16 digits).
// One key may be the default, which signs where none is named; the first time
// it is needed [Store.EnsureDefault] makes it.
package keyring
