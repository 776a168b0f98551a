// Package usecase is the kernel of the door: what the services of all nouns need to be use
// cases. [Read] and [Change] check the caller's permission and open one transaction; Change
// also writes the audit entry. [Register] makes a kind of activity known, and [List] is a
// page of anything.
//
// Dialects use its plain types ([Page], [List], [Activity], [Job]). Only the services of
// internal/app use the [Kernel].
package usecase
