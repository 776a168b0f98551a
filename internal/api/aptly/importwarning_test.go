package aptly

import (
	"errors"
	"testing"

	"github.com/aptarium/aptarium/internal/app"
)

func TestFailuresAreToldInAptlysSentences(t *testing.T) {
	t.Parallel()
	for reason, want := range map[app.ImportReason]string{
		app.ImportNotThere:     "Unable to process /up/in/x: why",
		app.ImportNoPackage:    "Unknown file extension: /up/in/x",
		app.ImportNotStored:    "Unable to import file /up/in/x into pool: why",
		app.ImportUnreadable:   "Unable to read file /up/in/x: why",
		app.ImportUnwanted:     "hello_1_all has been ignored as it doesn't match restriction",
		app.ImportDifferent:    "Unable to add package: package already exists and is different: hello_1_all",
		app.ImportBadChanges:   "unable to process file x: why",
		app.ImportSignerMayNot: `changes file skipped due to uploaders config: x, keys ["AB"]: why`,
	} {
		f := app.ImportFailure{
			File: "/up/in/x", Reason: reason, SignedBy: []string{"AB"}, Err: errors.New("why"),
			Package: app.Package{Name: "hello", Version: "1", Architecture: "all"},
		}
		if got := importWarning(f); got != want {
			t.Errorf("%s is told as %q, not %q", reason, got, want)
		}
	}
}
