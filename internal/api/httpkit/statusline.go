package httpkit

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// maxPhrase is how much of an error goes into the status line: apt reads 359
	// bytes of it.
	maxPhrase = 300
	// errorTime bounds the sending of an error.
	errorTime = 10 * time.Second
	// lingerTime and lingerBytes bound what is read of a connection that is being
	// closed. One that is closed with bytes of further requests unread is reset,
	// and the client may lose the answer (RFC 9112, section 9.6).
	lingerTime  = 500 * time.Millisecond
	lingerBytes = 64 << 10
	// bodyLinger is the time for the rest of a body, whose sender looks for an
	// answer only after the last byte.
	bodyLinger = 30 * time.Second
	// maxUnread is the most that is read of it.
	maxUnread = 1 << 30
)

// StatusLine answers with an error whose text is in the status line too (RFC 9112,
// section 4): apt and dput show nothing else of an answer. The server of net/http writes
// its own phrases only, so the connection is taken from it and closed afterwards. Unread
// is the number of bytes of the body that may still come; they are read and dropped, for
// a while. It reports false, and sends nothing, where the connection cannot be taken.
func StatusLine(w http.ResponseWriter, r *http.Request, code int, text string, unread int64) bool {
	if r.ProtoMajor != 1 {
		return false
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(errorTime))
	h := w.Header().Clone()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(text)+1))
	h.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	h.Set("Connection", "close")
	if sendError(buffered.Writer, r, code, text, h) == nil {
		linger(conn, unread)
	}
	return true
}

func sendError(to *bufio.Writer, r *http.Request, code int, text string, h http.Header) error {
	// Errors of the writer stay until it is flushed.
	_, _ = to.WriteString("HTTP/1.1 " + strconv.Itoa(code) + " " + oneLine(text) + "\r\n")
	_ = h.Write(to)
	_, _ = to.WriteString("\r\n")
	if r.Method != http.MethodHead {
		_, _ = to.WriteString(text + "\n")
	}
	return to.Flush()
}

// oneLine returns a text as a reason phrase: printable, and not too long.
func oneLine(text string) string {
	text = strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return '?'
		}
		return c
	}, text)
	return text[:min(len(text), maxPhrase)]
}

// linger waits for the client to have read what it was sent, which it does when it
// has sent what it has.
func linger(conn net.Conn, unread int64) {
	half, ok := conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	wait := lingerTime
	if unread > 0 {
		wait = bodyLinger
	}
	_ = conn.SetReadDeadline(time.Now().Add(wait))
	_, _ = io.CopyN(io.Discard, conn, min(unread, maxUnread)+lingerBytes)
}
