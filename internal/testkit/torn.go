package testkit

import (
	"errors"
	"io"
)

// ErrShort is the failure of a write that stops half way without an error; see
// [TornWrite].
var ErrShort = errors.New("a short write")

// TornWrite writes as a disk does that fails with an error: full disks take what
// fits. Without an error it writes everything; with [ErrShort] half, and tells of
// no error.
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
