package openpgp

import (
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// certificate is a public key with its user ids and subkeys, as far as self-signatures
// prove them. Signatures by others are ignored: a key is trusted because it is in the
// keyring, not by the web of trust. (RFC 9580 section 10.1: transferable public key.)
type certificate struct {
	primary component
	direct  []binding // self-signatures of the primary key that name no user
	users   []user
	subkeys []component
	packets []*packet.OpaquePacket // the public packets, self-signatures only
}

// component is a primary key or a subkey. The users of the certificate bind the primary
// key; bindings bind a subkey.
type component struct {
	key         *packet.PublicKey
	algorithm   string
	weakness    string
	bindings    []binding
	revocations []revocation
}

// user is one user id.
type user struct {
	name     string
	bindings []binding
	revoked  time.Time // zero: never
}

// binding is the content of a good self-signature about the key that it binds.
type binding struct {
	at         time.Time
	until      time.Time // when the binding itself ends; zero: never
	keyExpires time.Time // zero: never
	flagsGiven bool
	canSign    bool
}

// revocation is one good revocation of a key.
type revocation struct {
	at   time.Time
	soft bool // the key was replaced or retired, so its earlier signatures stay good
}

// clockSkew is the accepted error of a publisher's clock: how far in the future a
// signature can be dated.
const clockSkew = 24 * time.Hour

// bindingAt returns the newest binding in force at a time; at the zero time, the newest
// of all. The newest binding also applies to older signatures: exported keyrings contain
// only the newest self-signature, and GnuPG reads them so.
func bindingAt(bindings []binding, now time.Time) (newest binding, found bool) {
	for _, b := range bindings {
		if !now.IsZero() && (b.at.After(now.Add(clockSkew)) || !b.until.IsZero() && !now.Before(b.until)) {
			continue
		}
		if !found || b.at.After(newest.at) {
			newest, found = b, true
		}
	}
	return newest, found
}

// primaryBinding combines the bindings of the primary key by user ids and by direct
// signatures at a time: the earlier expiry applies.
func (c *certificate) primaryBinding(now time.Time) (binding, bool) {
	var ofUsers []binding
	for _, u := range c.users {
		if b, found := bindingAt(u.bindings, now); found && (u.revoked.IsZero() || b.at.After(u.revoked)) {
			ofUsers = append(ofUsers, b)
		}
	}
	named, found := bindingAt(ofUsers, now)
	if !found {
		return binding{}, false
	}
	if direct, found := bindingAt(c.direct, now); found {
		if named.keyExpires.IsZero() || !direct.keyExpires.IsZero() && direct.keyExpires.Before(named.keyExpires) {
			named.keyExpires = direct.keyExpires
		}
		if !named.flagsGiven {
			named.flagsGiven, named.canSign = direct.flagsGiven, direct.canSign
		}
	}
	// Primary keys without key flags can do what their algorithm can.
	if !named.flagsGiven {
		named.canSign = c.primary.key.PubKeyAlgo.CanSign()
	}
	return named, true
}

// bindingOf returns the binding in force of the primary key or of a subkey.
func (c *certificate) bindingOf(part *component, now time.Time) (binding, bool) {
	if part == &c.primary {
		return c.primaryBinding(now)
	}
	return bindingAt(part.bindings, now)
}

// find returns the component that a signature names as its issuer, or nil.
func (c *certificate) find(sig *packet.Signature) *component {
	if sig.CheckKeyIdOrFingerprint(c.primary.key) {
		return &c.primary
	}
	for i := range c.subkeys {
		if sig.CheckKeyIdOrFingerprint(c.subkeys[i].key) {
			return &c.subkeys[i]
		}
	}
	return nil
}

// info describes the certificate according to its newest self-signatures.
func (c *certificate) info() Key {
	self, _ := c.primaryBinding(time.Time{})
	key := Key{
		Fingerprint: fingerprintOf(c.primary.key),
		KeyID:       c.primary.key.KeyIdString(),
		Algorithm:   c.primary.algorithm,
		Created:     c.primary.key.CreationTime.UTC(),
		Expires:     self.keyExpires,
		Revoked:     len(c.primary.revocations) > 0,
		Weakness:    c.primary.weakness,
		CanSign:     self.canSign && c.primary.weakness == "",
		UserIDs:     c.userIDs(),
	}
	for i := range c.subkeys {
		sub := &c.subkeys[i]
		bound, _ := bindingAt(sub.bindings, time.Time{})
		key.Subkeys = append(key.Subkeys, Subkey{
			Fingerprint: fingerprintOf(sub.key),
			KeyID:       sub.key.KeyIdString(),
			Algorithm:   sub.algorithm,
			Created:     sub.key.CreationTime.UTC(),
			Expires:     bound.keyExpires,
			Revoked:     len(sub.revocations) > 0,
			CanSign:     bound.canSign && sub.weakness == "" && c.primary.weakness == "",
		})
	}
	return key
}

// userIDs returns the valid user ids, the most recently bound first.
func (c *certificate) userIDs() []string {
	type named struct {
		name string
		at   time.Time
	}
	var names []named
	for _, u := range c.users {
		if b, found := bindingAt(u.bindings, time.Time{}); found && (u.revoked.IsZero() || b.at.After(u.revoked)) {
			names = append(names, named{printable(u.name), b.at})
		}
	}
	slices.SortStableFunc(names, func(a, b named) int { return b.at.Compare(a.at) })
	ids := make([]string, len(names))
	for i, n := range names {
		ids[i] = n.name
	}
	return ids
}

// bindingFrom converts a verified self-signature.
func bindingFrom(sig *packet.Signature, key *packet.PublicKey) binding {
	b := binding{at: sig.CreationTime.UTC(), flagsGiven: sig.FlagsValid, canSign: sig.FlagSign && key.PubKeyAlgo.CanSign()}
	if sig.KeyLifetimeSecs != nil && *sig.KeyLifetimeSecs != 0 {
		b.keyExpires = key.CreationTime.Add(time.Duration(*sig.KeyLifetimeSecs) * time.Second).UTC()
	}
	if sig.SigLifetimeSecs != nil && *sig.SigLifetimeSecs != 0 {
		b.until = b.at.Add(time.Duration(*sig.SigLifetimeSecs) * time.Second)
	}
	return b
}

// revocationFrom converts a verified revocation.
func revocationFrom(sig *packet.Signature) revocation {
	soft := sig.RevocationReason != nil && (*sig.RevocationReason == packet.KeySuperseded || *sig.RevocationReason == packet.KeyRetired)
	return revocation{at: sig.CreationTime.UTC(), soft: soft}
}
