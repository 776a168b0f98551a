package landscape

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"math"
	"mime"
	"net/http"
	"time"

	"github.com/aptarium/aptarium/internal/api/httpkit"
	"github.com/aptarium/aptarium/internal/api/landscape/wire"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/app/pockets"
)

// maxLogin limits the body of a login.
const maxLogin = 64 << 10

// shownSession is the answer to a login. Clients send its token as a Bearer token.
type shownSession struct {
	Token          string    `json:"token"`
	Email          string    `json:"email"`
	Name           string    `json:"name"`
	Accounts       []account `json:"accounts"`
	CurrentAccount string    `json:"current_account"`
}

// account is an account of a person. There is only one.
type account struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Default bool   `json:"default"`
}

// serveLogin answers a login, whose body is JSON.
func (s *service) serveLogin(w http.ResponseWriter, r *http.Request, login func(*http.Request, []byte) (people.Session, error)) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		writeJSON(w, http.StatusMethodNotAllowed, wireError{Error: codeMethodNotAllowed, Message: "log in by POST"})
		return
	}
	body, err := readLogin(w, r)
	if err != nil {
		s.writeError(w, r, err)
		return
	}
	session, err := login(r, body)
	if err != nil {
		s.writeError(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, shownSession{
		Token: session.Token, Email: session.Email, Name: session.Name, CurrentAccount: pockets.Account,
		Accounts: []account{{Name: pockets.Account, Title: pockets.Account, Default: true}},
	})
}

// readLogin returns the body of a login. It refuses pages of other sites, because they could
// log in their visitors as somebody else.
func readLogin(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if err := httpkit.SameSite(r); err != nil {
		return nil, err
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return nil, wire.Invalid("Content-Type", "%.100q cannot be read: send application/json", kind)
	}
	if err := buffer(w, r, maxLogin); err != nil {
		return nil, err
	}
	return io.ReadAll(r.Body)
}

// loginWithPassword begins a session of a person.
func (s *service) loginWithPassword(r *http.Request, body []byte) (people.Session, error) {
	var in struct {
		Email, Identity, Password, Account string
		Minutes                            *int64 `json:"expiry_minutes"`
	}
	if err := parseLogin(body, &in); err != nil {
		return people.Session{}, err
	}
	who := cmp.Or(in.Email, in.Identity)
	if err := needed([2]string{"email", who}, [2]string{"password", in.Password}); err != nil {
		return people.Session{}, err
	}
	if in.Account != "" && in.Account != pockets.Account {
		return people.Session{}, wire.Invalid("account", "%.100q is not an account here: there is %s", in.Account, pockets.Account)
	}
	validFor, err := minutes(in.Minutes)
	if err != nil {
		return people.Session{}, err
	}
	return s.app.People.Login(httpkit.AskedFrom(r), who, in.Password, validFor)
}

// loginWithKeyPair begins a session of the owner of a key pair.
func (s *service) loginWithKeyPair(r *http.Request, body []byte) (people.Session, error) {
	var in struct {
		AccessKey string `json:"access_key"`
		SecretKey string `json:"secret_key"`
		Minutes   *int64 `json:"expiry_minutes"`
	}
	if err := parseLogin(body, &in); err != nil {
		return people.Session{}, err
	}
	if err := needed([2]string{"access_key", in.AccessKey}, [2]string{"secret_key", in.SecretKey}); err != nil {
		return people.Session{}, err
	}
	validFor, err := minutes(in.Minutes)
	if err != nil {
		return people.Session{}, err
	}
	return s.app.People.LoginWithKeyPair(httpkit.AskedFrom(r), in.AccessKey, in.SecretKey, validFor)
}

// parseLogin reads a JSON object. It ignores unknown members, which newer clients send.
func parseLogin(body []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	if err := decoder.Decode(into); err != nil {
		return wire.Invalid("", "the body is not the JSON of a log-in: %v", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return wire.Invalid("", "there is more behind the JSON object")
	}
	return nil
}

// needed returns an error for members, as pairs of name and value, without a value.
func needed(members ...[2]string) error {
	var wrong []error
	for _, m := range members {
		if m[1] == "" {
			wrong = append(wrong, wire.Missing(m[0]))
		}
	}
	return wire.Join(wrong)
}

// minutes returns the duration of a session; 0: the default.
func minutes(n *int64) (time.Duration, error) {
	if n == nil {
		return 0, nil
	}
	if *n < 1 || *n > math.MaxInt64/int64(time.Minute) {
		return 0, wire.Invalid("expiry_minutes", "a session cannot last %d minutes", *n)
	}
	return time.Duration(*n) * time.Minute, nil
}
