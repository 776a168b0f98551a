package httpkit

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
)

// Answer is an answer on its way to the client. It knows its status and its length.
type Answer struct {
	http.ResponseWriter
	status int // 0: nothing was sent yet
	bytes  int64
}

// Watch returns the writer as an Answer. A writer that is one already is returned as it
// is, so handlers within each other see the same answer.
func Watch(w http.ResponseWriter) *Answer {
	if a, ok := w.(*Answer); ok {
		return a
	}
	return &Answer{ResponseWriter: w}
}

// Begun reports whether a part of the answer was sent.
func (a *Answer) Begun() bool { return a.status != 0 }

// Status returns the status, which is 200 for an answer that is empty.
func (a *Answer) Status() int { return cmp.Or(a.status, http.StatusOK) }

// Bytes returns the length of what was sent: of the body, and of the headers too where a
// handler took the connection.
func (a *Answer) Bytes() int64 { return a.bytes }

// Unwrap lets http.ResponseController through.
func (a *Answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// WriteHeader notes the status; an interim one (RFC 9110, 15.2) is no answer.
func (a *Answer) WriteHeader(status int) {
	if status >= http.StatusOK {
		a.status = cmp.Or(a.status, status)
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write notes the bytes.
func (a *Answer) Write(p []byte) (int, error) {
	a.status = a.Status()
	n, err := a.ResponseWriter.Write(p)
	a.bytes += int64(n)
	return n, err
}

// ReadFrom keeps the way from a file to the network short (sendfile(2)).
func (a *Answer) ReadFrom(r io.Reader) (int64, error) {
	a.status = a.Status()
	n, err := io.Copy(a.ResponseWriter, r)
	a.bytes += n
	return n, err
}

// Hijack lets a handler write the answer itself, and sees what it writes.
func (a *Answer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(a.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	taken := &takenConn{Conn: conn, answer: a}
	buffered.Writer.Reset(taken)
	return taken, buffered, nil
}

// takenConn is a connection on which a handler answers itself.
type takenConn struct {
	net.Conn
	answer *Answer
}

// Write notes the status, which is in the first line (RFC 9112, section 4), and the
// bytes, those of the headers too.
func (c *takenConn) Write(p []byte) (int, error) {
	if c.answer.bytes == 0 {
		if _, rest, ok := bytes.Cut(p, []byte(" ")); ok {
			code, _, _ := bytes.Cut(rest, []byte(" "))
			c.answer.status, _ = strconv.Atoi(string(code)) // ours, so it is a number
		}
	}
	n, err := c.Conn.Write(p)
	c.answer.bytes += int64(n)
	return n, err
}

// CloseWrite ends what is sent, and lets the rest be read.
func (c *takenConn) CloseWrite() error {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	return half.CloseWrite()
}
