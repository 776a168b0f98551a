// Package fleet stores profiles, APT sources and saved searches: which pockets and other archives
// the machines of a fleet use.
//
// A [Profile] has pockets and APT sources, and the tags of the machines that get them, or all
// machines. An APT [Source] is a line of sources.list(5) for another archive, with its signing key;
// [ParseLine] parses such lines, and [Line.Stanza] converts them. A [Search] is a named query for
// machines, of package computerquery. Names, tags and rules are Landscape's (API Methods:
// Repositories, Saved Searches).
//
//	store := fleet.Store{}
//	err := d.Tx(ctx, func(tx *db.Tx) error {
//		profile, err := store.CreateProfile(ctx, tx, fleet.NewProfile{Title: "Web servers", AccessGroup: "global"})
//		…
//		return store.AddTags(ctx, tx, profile.ID, []string{"web"})
//	})
//
// Pockets, keys and access groups belong to other packages. This one stores the id of a pocket, the
// fingerprint of a key and the name of a group. Before dropping one of them, the caller must call
// [Store.ForgetPockets], [Store.SignedBy] or [Store.Regroup].
package fleet
