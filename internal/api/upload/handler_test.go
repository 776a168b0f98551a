package upload_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/api/upload"
	"github.com/aptarium/aptarium/internal/app/activities"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

func TestAnUploadIsSentFileByFile(t *testing.T) {
	run(t, upload.Options{}, func(h *house) {
		for i, method := range []string{"PUT", "POST"} {
			version := []string{"1", "2"}[i]
			deb := h.deb(version)
			c := h.signed(changes(version, deb))
			h.send(method, below+deb.Name, bytes.NewReader(deb.Data)).is(http.StatusCreated, "waits for its .changes file")
			r := h.send(method, below+c.Name, bytes.NewReader(c.Data)).is(http.StatusCreated, "hello "+version+" is in the pocket: 1 packages are new")
			list := apptest.Must(h.Activities.List(h.Ctx, activities.Filter{Type: "pocket.upload"}, usecase.Page{}))(h.TB).Items
			if want := "/v1/activities/" + strconv.FormatInt(list[0].ID, 10); r.header.Get("Location") != want {
				h.TB.Errorf("the activity is at %q, not %q", r.header.Get("Location"), want)
			}
			h.put(below+c.Name, c.Data).is(http.StatusOK, "0 packages are new")
		}
		if got := h.packages(); !slices.Equal(got, []string{"hello 1", "hello 2"}) {
			h.TB.Errorf("the pocket has %q", got)
		}
	})
}

func TestRefusalsSayWhyInStatusLineAndBody(t *testing.T) {
	run(t, upload.Options{}, func(h *house) {
		deb := h.deb("1")
		unsigned := changes("1", deb)
		h.put(below+deb.Name, deb.Data).is(http.StatusCreated, "")
		reader, publisher := h.token("reader"), h.token("publisher")
		open := strings.Replace(below, "staging", "open", 1)
		for _, c := range []struct {
			name    string
			method  string
			path    string
			body    string
			headers []string
			status  int
			says    string
		}{
			{"a look", "GET", below + deb.Name, "", nil, 405, "PUT or POST"},
			{"a removal", "DELETE", below + deb.Name, "", nil, 405, "PUT or POST"},
			{"a short address", "PUT", "/upload/standalone/ubuntu/noble/hello.deb", "x", nil, 404, "DISTRIBUTION/SERIES/POCKET/FILE"},
			{"a long address", "PUT", below + "sub/hello.deb", "x", nil, 404, "DISTRIBUTION/SERIES/POCKET/FILE"},
			{"no file", "PUT", below, "x", nil, 404, "not that of a file"},
			{"an empty part", "PUT", "/upload/standalone//noble/staging/hello.deb", "x", nil, 404, "not that of a file"},
			{"another account", "PUT", strings.Replace(below, "standalone", "onward", 1) + "hello.deb", "x", nil, 404, "incoming = /upload/standalone/%(lds)s"},
			{"an unknown pocket", "PUT", strings.Replace(below, "staging", "none", 1) + "hello.deb", "x", nil, 404, "none"},
			{"a name with a slash", "PUT", below + "..%2F..%2Fhello.deb", "x", nil, 422, "not a safe file name"},
			{"the folder above", "PUT", below + "%2e%2e", "x", nil, 422, "not a safe file name"},
			{"a name with a backslash", "PUT", below + "..%5Chello.deb", "x", nil, 422, "not a safe file name"},
			{"a name with a NUL", "PUT", below + "hello%00.deb", "x", nil, 422, "not a safe file name"},
			{"a header in a name", "PUT", below + "hello%0D%0ASet-Cookie:x.deb", "x", nil, 422, "not a safe file name"},
			{"an unsigned upload", "PUT", below + unsigned.Name, string(unsigned.Data), nil, 422, "is not signed, and the pocket ubuntu/noble/staging accepts only signed uploads"},
			{"nobody to an open pocket", "PUT", open + deb.Name, "x", nil, 401, "the sender needs a permission"},
			{"a reader to an open pocket", "PUT", open + deb.Name, "x", []string{"Authorization", "Bearer " + reader}, 401, "the sender needs a permission"},
			{"a wrong token", "PUT", below + deb.Name, "x", []string{"Authorization", "Bearer apt_wrong"}, 401, "token"},
			{"another scheme", "PUT", below + deb.Name, "x", []string{"Authorization", "Digest x"}, 401, "token"},
			{"a page of another site", "PUT", below + deb.Name, "x", []string{"Authorization", "Bearer " + publisher, "Sec-Fetch-Site", "cross-site"}, 401, "another site"},
		} {
			r := h.send(c.method, c.path, strings.NewReader(c.body), c.headers...).is(c.status, c.says)
			if c.status == 401 && len(r.header.Values("WWW-Authenticate")) != 2 {
				h.TB.Errorf("%s: challenges %q", c.name, r.header.Values("WWW-Authenticate"))
			}
			if c.status == 405 && r.header.Get("Allow") != "PUT, POST" {
				h.TB.Errorf("%s: allowed is %q", c.name, r.header.Get("Allow"))
			}
			if r.header.Get("Set-Cookie") != "" {
				h.TB.Errorf("%s: a header came from a name", c.name)
			}
		}
		h.send("PUT", below+deb.Name, io.MultiReader(strings.NewReader("in chunks"))).is(http.StatusLengthRequired, "Content-Length")
		h.put(open+deb.Name, deb.Data, "Authorization", "Bearer "+publisher).is(http.StatusCreated, "")
		r, err := http.NewRequestWithContext(h.Ctx, "PUT", h.url+open+unsigned.Name, bytes.NewReader([]byte(strings.Replace(string(unsigned.Data), "staging", "open", 1))))
		if err != nil {
			h.TB.Fatal(err)
		}
		r.SetBasicAuth("anybody", publisher)
		answer, err := http.DefaultClient.Do(r)
		if err != nil || answer.StatusCode != http.StatusCreated {
			h.TB.Errorf("a token as password: %v, %+v", err, answer)
		} else {
			answer.Body.Close()
		}
		if got := h.packages(); len(got) != 0 {
			h.TB.Errorf("the pocket has %q", got)
		}
	})
}

// raw sends text over a connection of its own, and gives the answer.
func (h *house) raw(text string, then func(net.Conn)) *http.Response {
	h.TB.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		h.TB.Fatal(err)
	}
	h.TB.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		h.TB.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		h.TB.Fatal(err)
	}
	then(conn)
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		h.TB.Fatal(err)
	}
	return answer
}

func TestBodiesThatDoNotComeAreGivenUp(t *testing.T) {
	head := "PUT " + below + "hello.deb HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
	for name, c := range map[string]struct {
		options upload.Options
		then    func(net.Conn)
		status  string
	}{
		"one that stands still": {upload.Options{Stall: 50 * time.Millisecond}, func(net.Conn) {}, "408 the file came too slowly"},
		"one that is slow on the whole": {upload.Options{Leisure: 50 * time.Millisecond, Pace: 1 << 40}, func(conn net.Conn) {
			for range 1000 {
				if _, err := conn.Write([]byte("x")); err != nil {
					return
				}
				time.Sleep(time.Millisecond) // it is the slowness that is tried
			}
		}, "408 the file came too slowly"},
		"one that is cut short": {upload.Options{}, func(conn net.Conn) {
			_, _ = conn.Write([]byte("some"))
			_ = conn.(*net.TCPConn).CloseWrite()
		}, "400 the file is cut short (send it again)"},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, c.options, func(h *house) {
				answer := h.raw(head, c.then)
				if answer.Status != c.status {
					h.TB.Errorf("the answer is %q, not %q", answer.Status, c.status)
				}
				if list := apptest.Must(h.Activities.List(h.Ctx, activities.Filter{Type: "pocket.upload"}, usecase.Page{}))(h.TB).Items; len(list) != 0 {
					h.TB.Errorf("there are activities: %+v", list)
				}
			})
		})
	}
}

func TestTheReasonIsSeenByWhoSendsAllFirst(t *testing.T) {
	run(t, upload.Options{}, func(h *house) {
		const size = 8 << 20 // more than any buffer on the way
		answer := h.raw("PUT /upload/standalone/none/noble/staging/hello.deb HTTP/1.1\r\nHost: x\r\nContent-Length: 8388608\r\n\r\n", func(conn net.Conn) {
			if _, err := conn.Write(make([]byte, size)); err != nil {
				h.TB.Errorf("the connection was closed while the file was sent: %v", err)
			}
		})
		if answer.StatusCode != http.StatusNotFound || !answer.Close {
			h.TB.Errorf("the answer is %q", answer.Status)
		}
	})
}

func TestTooLongFilesAreNotRead(t *testing.T) {
	run(t, upload.Options{}, func(h *house) {
		answer := h.raw("PUT "+below+"hello.deb HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9223372036854775807\r\n\r\n", func(net.Conn) {})
		if !strings.HasPrefix(answer.Status, "413 the file has 9223372036854775807 bytes") {
			h.TB.Errorf("the answer is %q", answer.Status)
		}
	})
}

func TestAConnectionTakesFileAfterFile(t *testing.T) {
	run(t, upload.Options{Stall: 50 * time.Millisecond}, func(h *house) {
		file := "PUT " + below + "hello.deb HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx"
		conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
		if err != nil {
			h.TB.Fatal(err)
		}
		defer conn.Close()
		answers := bufio.NewReader(conn)
		for range 3 {
			if _, err := io.WriteString(conn, file); err != nil {
				h.TB.Fatal(err)
			}
			answer, err := http.ReadResponse(answers, nil)
			if err != nil || answer.StatusCode != http.StatusCreated {
				h.TB.Fatalf("%v, %+v", err, answer)
			}
			_, _ = io.Copy(io.Discard, answer.Body)
			time.Sleep(60 * time.Millisecond) // longer than a body may stand still: between files that is no fault
		}
	})
}
