package upload_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/api/upload"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/openpgp"
)

// house is a server that takes uploads, with a pocket for signed ones and one for
// unsigned ones.
type house struct {
	*apptest.House
	url string
	key *openpgp.SecretKey // of the uploader
}

// below is where the pocket for signed uploads is.
const below = "/upload/standalone/ubuntu/noble/staging/"

func run(t *testing.T, o upload.Options, test func(*house)) {
	t.Helper()
	t.Parallel()
	apptest.Run(t, func(inner *apptest.House) {
		h := &house{House: inner, key: apptest.Must(openpgp.Generate(openpgp.Params{Email: "t@example.org"}))(inner.TB)}
		h.makePockets()
		server := httptest.NewServer(upload.New(h.App, o))
		h.TB.Cleanup(server.Close)
		h.url = server.URL
		test(h)
		h.Settled()
	})
}

// reply is what the server answered.
type reply struct {
	h      *house
	asked  string
	status int
	line   string // the status line without the version
	header http.Header
	body   string
}

// send sends a body, with headers given as name and value.
func (h *house) send(method, path string, body io.Reader, headers ...string) reply {
	h.TB.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, h.url+path, body)
	if err != nil {
		h.TB.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		h.TB.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		h.TB.Fatal(err)
	}
	return reply{h, method + " " + path, answer.StatusCode, answer.Status, answer.Header, string(text)}
}

func (h *house) put(path string, data []byte, headers ...string) reply {
	h.TB.Helper()
	return h.send("PUT", path, bytes.NewReader(data), headers...)
}

// is wants a status, and a reason with a part, in the status line and in the body.
func (r reply) is(status int, says string) reply {
	r.h.TB.Helper()
	if r.status != status || !strings.Contains(r.body, says) {
		r.h.TB.Errorf("%s answers %d %q, not %d with %q", r.asked, r.status, r.body, status, says)
	}
	if status >= 400 && !strings.Contains(r.line, says) {
		r.h.TB.Errorf("%s has the status line %q, without %q", r.asked, r.line, says)
	}
	if strings.Count(r.body, "\n") != 1 || !strings.HasSuffix(r.body, "\n") {
		r.h.TB.Errorf("%s answers with no line of text: %q", r.asked, r.body)
	}
	return r
}

// deb makes a package.
func (h *house) deb(version string) apptest.Upload {
	h.TB.Helper()
	return apptest.Deb(h.TB, "hello", version, "amd64", "")
}

// changes makes the .changes file of a package.
func changes(version string, deb apptest.Upload) apptest.Upload {
	return apptest.File("hello_"+version+".changes", fmt.Appendf(nil,
		"Source: hello\nBinary: hello\nArchitecture: amd64\nVersion: %s\nDistribution: noble-staging\nMaintainer: T <t@example.org>\nDescription: x\nFiles:\n %x %d misc optional %s\nChecksums-Sha256:\n %x %d %s\n",
		version, md5.Sum(deb.Data), len(deb.Data), deb.Name, sha256.Sum256(deb.Data), len(deb.Data), deb.Name))
}

// signed signs a file as the uploader.
func (h *house) signed(f apptest.Upload) apptest.Upload {
	h.TB.Helper()
	return apptest.File(f.Name, apptest.Must(openpgp.ClearSign(h.Ctx, f.Data, time.Now(), h.key))(h.TB))
}

// token makes a token of a role and gives its secret.
func (h *house) token(role string) string {
	h.TB.Helper()
	_, secret, err := h.People.CreateToken(h.Ctx, role, role, 0)
	if err != nil {
		h.TB.Fatal(err)
	}
	return secret
}

// packages gives what the pocket for signed uploads has.
func (h *house) packages() []string {
	h.TB.Helper()
	return h.Names("repo:ubuntu.noble.staging")
}
