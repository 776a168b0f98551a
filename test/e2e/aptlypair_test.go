package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/server"
	"github.com/aptarium/aptarium/internal/testkit"
)

// aptlySide is one of two servers that speak aptly's API, with the values in its answers
// that must not be compared.
type aptlySide struct {
	url, root string
	keys      []string // of the packages that answers named
	task      string   // the id in the last answer
}

// aptlyPair is Debian's aptly beside our server, each with a root directory and a
// GnuPG home of its own, configured alike.
type aptlyPair struct {
	theirs, ours *aptlySide
	signing      *openpgp.SecretKey
}

// startAptlyPair starts both until the test ends. They trust the upstream's key, and
// can sign with the pair's.
func startAptlyPair(t *testing.T, upstream *openpgp.SecretKey) *aptlyPair {
	t.Helper()
	dir, err := os.MkdirTemp("", "aptly") // a short path: sockets of gpg's agents are below
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	p := &aptlyPair{signing: newKey(t)}
	configured := func(name string) *testkit.Aptly {
		a, err := testkit.NewAptly(filepath.Join(dir, name), map[string]any{
			"skipBz2Publishing":          false,
			"FileSystemPublishEndpoints": map[string]any{"www": map[string]string{"rootDir": filepath.Join(dir, name, "root", "www"), "linkMethod": "copy"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Trust(t.Context(), upstream.Public().Binary()); err != nil {
			t.Fatal(err)
		}
		p.importSecret(t, a.GnuPGHome())
		return a
	}

	debian := configured("theirs")
	api, err := debian.Serve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := api.Close(); err != nil {
			t.Error(err)
		}
	})
	p.theirs = &aptlySide{url: api.URL, root: debian.Root()}

	own := configured("ours")
	a := startWith(t, filepath.Join(dir, "data"), func(c *server.Config) { c.TrustLoopback, c.AptlyConfig = true, own.Config() }, server.Seams{GnuPGHome: own.GnuPGHome()})
	p.ours = &aptlySide{url: strings.TrimSuffix(a.url, "/archive"), root: own.Root()}
	return p
}

// importSecret adds the signing key to a GnuPG home, until the test ends.
func (p *aptlyPair) importSecret(t *testing.T, home string) {
	t.Helper()
	secret, err := p.signing.Armored()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), "gpg", "--homedir", home, "--batch", "--import")
	c.Stdin = bytes.NewReader(secret)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("gpg: %v (Debian package gpg)\n%s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run() })
}

// aptlyAnswer is what a call got, as plain JSON values.
type aptlyAnswer map[string]any

// ask sends a call to one side. In path and body, {UPSTREAM} and {SIGNER} stand for what
// texts say, {TASK} for the last id that an answer had, and {Pamd64 hello 1} for the
// package's whole key.
func (s *aptlySide) ask(t *testing.T, method, path, body string, form map[string][]byte) aptlyAnswer {
	t.Helper()
	contentType, content := "application/json", []byte(s.fill(body, func(key string) string { return key }))
	if form != nil {
		contentType, content = multipartOf(t, form)
	} else if body == "" {
		contentType = ""
	}
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+s.fill(path, url.PathEscape), bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	answer := aptlyAnswer{"status": float64(response.StatusCode), "type": kind, "body": s.value(string(text))}
	if list, is := answer["body"].([]any); is && (method == http.MethodGet || form != nil) && !strings.Contains(path, "sort=") {
		sortAny(list) // aptly lists in no order
		for _, element := range list {
			sortSources(element)
		}
	}
	sortSources(answer["body"])
	return answer
}

func sortAny(list []any) {
	slices.SortFunc(list, func(a, b any) int { return strings.Compare(asJSON(a), asJSON(b)) })
}

// sortSources sorts the sources of a publication, which aptly 1.5 shows in no order.
func sortSources(value any) {
	if object, is := value.(map[string]any); is {
		if list, is := object["Sources"].([]any); is {
			sortAny(list)
		}
	}
}

func multipartOf(t *testing.T, files map[string][]byte) (contentType string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for name, content := range files {
		part, err := form.CreateFormFile("file", name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(content)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return form.FormDataContentType(), b.Bytes()
}

var (
	shortKey = regexp.MustCompile(`\{P[^}]*\}`)
	wholeKey = regexp.MustCompile(`"(P\S* \S+ \S+ [0-9a-f]+)"`)
	taskID   = regexp.MustCompile(`"ID":(\d+)`)
	moment   = regexp.MustCompile(`"20\d\d-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)"`)
	unique   = regexp.MustCompile(`"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"`)
)

// fill puts in what differs from side to side.
func (s *aptlySide) fill(text string, escape func(string) string) string {
	text = strings.ReplaceAll(text, "{TASK}", s.task)
	return shortKey.ReplaceAllStringFunc(text, func(short string) string {
		short = strings.Trim(short, "{}")
		i := slices.IndexFunc(s.keys, func(key string) bool { return strings.HasPrefix(key, short+" ") })
		if i < 0 {
			return escape(short)
		}
		return escape(s.keys[i])
	})
}

// value reads a body, without what no two servers have in common.
func (s *aptlySide) value(text string) any {
	for _, found := range wholeKey.FindAllStringSubmatch(text, -1) {
		s.keys = append(s.keys, found[1])
	}
	if found := taskID.FindStringSubmatch(text); found != nil {
		s.task = found[1]
	}
	text = moment.ReplaceAllString(text, `"TIME"`)
	text = unique.ReplaceAllString(text, `"UUID"`)
	text = strings.ReplaceAll(text, s.root, "ROOT")
	text = strings.ReplaceAll(text, s.url, "URL")
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		return text
	}
	return value
}

func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
