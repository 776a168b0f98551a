package testkit

import (
	"errors"
	"io"
)

// ErrShort is the failure of a write that stops half way without an error; see
// [TornWrite].
var ErrShort = errors.New("a short write")

// TornWrite writes like a disk that fails with an error: a full disk writes the part
// that fits. Without an error it writes everything; with [ErrShort] it writes half, and
// returns no error.
func TornWrite(to io.Writer, p []byte, failure error) (int, error) {
	switch {
	case failure == nil:
		return to.Write(p)
	case errors.Is(failure, ErrShort):
		return to.Write(p[:len(p)/2])
	}
	n, _ := to.Write(p[:len(p)/2])
	return n, failure
}
