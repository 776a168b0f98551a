package compress

import (
	"github.com/aptarium/aptarium/internal/problem"
)

// Limits bound what a [NewReader] gives out, in bytes of output. A field that
// is zero means its default.
type Limits struct {
	MaxOutput int64 // output beyond this is a problem of kind TooLarge; default 8 GiB
	MaxRatio  int64 // and so is output beyond Slack + MaxRatio × input read; default 256
	Slack     int64 // default 16 MiB: small files of zeros are no attack
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

// check reports whether this much output from this much input is too much.
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
