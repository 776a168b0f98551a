package landscape

import "slices"

// Actions gives the table of actions, in the order of the reference.
func Actions() []Action {
	return slices.Concat(
		gpgKeyActions(),
		distributionActions(),
		seriesActions(),
		pocketActions(),
		profileActions(),
		aptSourceActions(),
		activityActions(),
		savedSearchActions(),
		accessGroupActions(),
		roleActions(),
		administratorActions(),
		eventLogActions(),
	)
}

// Versions are those of the API that clients may speak; the first is the usual one.
func Versions() []string { return []string{"2011-08-01", "2013-11-04"} }
