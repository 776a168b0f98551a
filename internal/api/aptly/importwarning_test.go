package aptly

import (
	"errors"
	"testing"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/repos"
)

func TestFailuresAreToldInAptlysSentences(t *testing.T) {
	t.Parallel()
	for reason, want := range map[repos.ImportReason]string{
		repos.ImportNotThere:     "Unable to process /up/in/x: why",
		repos.ImportNoPackage:    "Unknown file extension: /up/in/x",
		repos.ImportNotStored:    "Unable to import file /up/in/x into pool: why",
		repos.ImportUnreadable:   "Unable to read file /up/in/x: why",
		repos.ImportUnwanted:     "hello_1_all has been ignored as it doesn't match restriction",
		repos.ImportDifferent:    "Unable to add package: package already exists and is different: hello_1_all",
		repos.ImportBadChanges:   "unable to process file x: why",
		repos.ImportSignerMayNot: `changes file skipped due to uploaders config: x, keys ["AB"]: why`,
	} {
		f := repos.ImportFailure{
			File: "/up/in/x", Reason: reason, SignedBy: []string{"AB"}, Err: errors.New("why"),
			Package: collections.Package{Name: "hello", Version: "1", Architecture: "all"},
		}
		if got := importWarning(f); got != want {
			t.Errorf("%s is told as %q, not %q", reason, got, want)
		}
	}
}
