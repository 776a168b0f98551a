package command

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

// ErrReported is the error of a command whose output already says what is wrong.
var ErrReported = errors.New("failed, as reported above")

// ExitCode is the error of a command that has reported its failure and ends with this code.
type ExitCode int

// Error is for nobody to read.
func (c ExitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// UsageError is the error of a wrong command line, and the hint how to correct it.
type UsageError struct {
	error
	Hint string
}

// Usage returns the error of a wrong call of a command.
func Usage(c *cobra.Command, format string, args ...any) error {
	return UsageError{fmt.Errorf(format, args...), fmt.Sprintf("`%s --help` explains the command", c.CommandPath())}
}
