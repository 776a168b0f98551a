package compress

import (
	"github.com/aptarium/aptarium/internal/problem"
)

// Limits limit the output of [NewReader], in bytes. A zero field means its default.
type Limits struct {
	MaxOutput int64 // output beyond this is a problem of kind TooLarge; default 8 GiB
	MaxRatio  int64 // so is output beyond Slack + MaxRatio × input read; default 256
	Slack     int64 // default 16 MiB: small files of zeros are not an attack
}

const (
	defaultMaxOutput = 8 << 30
	// Debian's own indexes stay under 20; tar files of sparse images reach 200.
	defaultMaxRatio = 256
	defaultSlack    = 16 << 20
)

func (l Limits) withDefaults() Limits {
	fill := func(field *int64, value int64) {
		if *field <= 0 {
			*field = value
		}
	}
	fill(&l.MaxOutput, defaultMaxOutput)
	fill(&l.MaxRatio, defaultMaxRatio)
	fill(&l.Slack, defaultSlack)
	return l
}

// check returns a problem if this much output from this much input exceeds a limit.
func (l Limits) check(output, input int64) error {
	switch {
	case output > l.MaxOutput:
		return problem.New(problem.TooLarge, "decompresses to more than %d bytes", l.MaxOutput)
	// Divided, not multiplied, so that no ratio can overflow.
	case output > l.Slack && (output-l.Slack-1)/l.MaxRatio >= input:
		return problem.New(problem.TooLarge, "decompresses to more than %d times its size", l.MaxRatio)
	}
	return nil
}
