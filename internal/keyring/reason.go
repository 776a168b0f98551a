package keyring

import "github.com/aptarium/aptarium/internal/problem"

// Reasons of problems with keys.
const (
	UnknownKey    problem.Reason = "key.unknown"
	DuplicateKey  problem.Reason = "key.duplicate"
	KeyInUse      problem.Reason = "key.in-use"
	NoSecret      problem.Reason = "key.no-secret"
	UnreadableKey problem.Reason = "key.unreadable"
	SeveralKeys   problem.Reason = "key.several"
)
