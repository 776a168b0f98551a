// Package usecase is the kernel of the door, on which the services of all nouns are built.
// [Read] and [Change] check the caller's permission and open one transaction; Change also
// writes the audit entry. [ReadList] reads a page of a list. [Register] adds a kind of
// activity.
//
// Dialects use its plain types ([Page], [List], [Activity], [Job]). Only the services of
// internal/app use the [Kernel].
package usecase
