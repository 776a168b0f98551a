// Package keyring stores the OpenPGP keys that sign publications, and imported public keys.
//
// A [Store] stores them in the database. It encrypts secrets under a [masterkey.Keys] master
// key, which is in a file of its own, so that nobody can sign with a copy or backup of the
// database alone:
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
// The default key signs if none is named; [Store.EnsureDefault] generates it when it is
// first needed.
package keyring
