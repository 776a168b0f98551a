// Package fleet says what the machines of a fleet are to have: which of our pockets
// and which other APT sources, by profiles that reach machines through their tags.
//
// A [Profile] joins pockets and APT sources, and names the tags of the machines that
// get them, or all machines. An APT [Source] is a line of sources.list(5) of some
// archive elsewhere, with the key that signs it; [ParseLine] reads such lines, and
// writes them as a stanza too. A [Search] is a query for machines, of package
// computerquery, that has a name. Names, tags and rules are those of Landscape, whose
// programs ask for them (API Methods: Repositories, Saved Searches).
//
//	store := fleet.Store{}
//	err := d.Tx(ctx, func(tx *db.Tx) error {
//		profile, err := store.CreateProfile(ctx, tx, fleet.NewProfile{Title: "Web servers", AccessGroup: "global"})
//		…
//		return store.AddTags(ctx, tx, profile.ID, []string{"web"})
//	})
//
// Pockets, keys and access groups belong to other packages. This one keeps the number
// of a pocket, the fingerprint of a key and the name of a group, and whoever drops one
// of them calls [Store.ForgetPockets], asks [Store.SignedBy], or calls [Store.Regroup].
package fleet
