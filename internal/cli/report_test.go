package cli

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/cli/command"
	"github.com/aptarium/aptarium/internal/problem"
)

func TestHintsGetALineOfTheirOwn(t *testing.T) {
	t.Parallel()
	p := problem.New(problem.Invalid, "is wrong").In("suite").WithHint("mend it")
	for want, err := range map[string]error{
		"aptarium: suite: is wrong\nhint: mend it\n":                            p,
		"aptarium: making it: suite: is wrong\nhint: mend it\n":                 fmt.Errorf("making it: %w", p),
		"aptarium: NAME is missing\nhint: `show --help` explains the command\n": command.Usage(&cobra.Command{Use: "show"}, "NAME is missing"),
		"aptarium: " + io.ErrUnexpectedEOF.Error() + "\n":                       io.ErrUnexpectedEOF,
		"": command.ErrReported,
	} {
		var b bytes.Buffer
		if report(&b, err); b.String() != want {
			t.Errorf("%q, want %q", b.String(), want)
		}
	}
}
