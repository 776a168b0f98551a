package upload_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/upload"
)

const (
	alice     = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	bob       = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"
	bobSubkey = "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC12345678"
)

func changes(t *testing.T) upload.Changes {
	t.Helper()
	c, err := debfile.ReadChanges([]byte(`Source: hello
Binary: hello hello-doc
Architecture: source amd64
Version: 1:2.10-3
Distribution: stable
Urgency: high
Maintainer: T <t@example.org>
Files:
 d41d8cd98f00b204e9800998ecf8427e 0 misc optional hello.dsc
Checksums-Sha256:
 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 0 hello.dsc
`))
	if err != nil {
		t.Fatal(err)
	}
	return upload.Changes{Changes: c}
}

func signed(keys ...string) (by []openpgp.Signature) {
	for _, k := range keys {
		by = append(by, openpgp.Signature{Fingerprint: k, SignedBy: k})
	}
	return by
}

func TestRulesSayWhoMayUpload(t *testing.T) {
	t.Parallel()
	fromBob := []openpgp.Signature{{Fingerprint: bob, SignedBy: bobSubkey}}
	for _, c := range []struct {
		name  string
		rules string
		by    []openpgp.Signature
		says  string // the error; empty: allowed
	}{
		{"no rule", `{"rules":[]}`, signed(alice), "no rule matches"},
		{"everybody", `{"rules":[{"condition":"Source (hello)","allow":["*"]}]}`, signed(alice), ""},
		{"everybody who signs", `{"rules":[{"condition":"Source (hello)","allow":["*"]}]}`, nil, "no rule matches"},
		{"another source", `{"rules":[{"condition":"Source (world)","allow":["*"]}]}`, signed(alice), "no rule matches"},
		{"a fingerprint", `{"rules":[{"condition":"Source","allow":["` + alice + `"]}]}`, signed(alice), ""},
		{"a key id in lower case", `{"rules":[{"condition":"Source","allow":["0x` + strings.ToLower(bob[24:]) + `"]}]}`, fromBob, ""},
		{"the id of a subkey", `{"rules":[{"condition":"Source","allow":["12345678"]}]}`, fromBob, ""},
		{"another key", `{"rules":[{"condition":"Source","allow":["` + alice + `"]}]}`, fromBob, "no rule matches"},
		{"one of two signers", `{"rules":[{"condition":"Source","allow":["` + bob + `"]}]}`, signed(alice, bob), ""},
		{"one of two signers is denied", `{"rules":[{"condition":"Source","allow":["*"],"deny":["` + bob + `"]}]}`, signed(alice, bob), `"condition":"Source"`},
		{"denied before allowed", `{"rules":[{"condition":"Source","deny":["*"]},{"condition":"Source","allow":["*"]}]}`, signed(alice), "denied according to rule"},
		{"allowed before denied", `{"rules":[{"condition":"Source","allow":["*"]},{"condition":"Source","deny":["*"]}]}`, signed(alice), ""},
		{"a later rule", `{"rules":[{"condition":"Distribution (unstable)","deny":["*"]},{"condition":"Distribution (stable)","allow":["*"]}]}`, signed(alice), ""},
		{"a group of groups", `{"groups":{"all":["team","` + bob + `"],"team":["` + alice + `","all"]},"rules":[{"condition":"Source","allow":["all"]}]}`, signed(alice), ""},
		{"not in the group", `{"groups":{"a":["b"],"b":["a"]},"rules":[{"condition":"Source","allow":["a"]}]}`, signed(alice), "no rule matches"},
		{"a version", `{"rules":[{"condition":"Version (>= 1:2.10), $Source (hello), Architecture (% *amd64*), Urgency (~ ^h)","allow":["*"]}]}`, signed(alice), ""},
		{"comments", "// who may\n{\"rules\":[\n  // all\n  {\"condition\":\"Source\",\"allow\":[\"*\"]}]}", signed(alice), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			u, err := upload.ParseUploaders([]byte(c.rules))
			if err != nil {
				t.Fatal(err)
			}
			err = u.Allow(t.Context(), changes(t), c.by)
			if c.says == "" && err != nil {
				t.Error(err)
			} else if c.says != "" && (!problem.Is(err, problem.Denied) || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestRulesThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	many, _ := json.Marshal(upload.Uploaders{Rules: make([]upload.UploadersRule, 1001)})
	for name, c := range map[string]struct{ rules, says string }{
		"no JSON":           {`rules`, "JSON"},
		"nothing":           {``, "JSON"},
		"an unknown member": {`{"rules":[],"users":[]}`, "users"},
		"more than one":     {`{"rules":[]}{}`, "continues after"},
		"a bad condition":   {`{"rules":[{"condition":"Source (","allow":["*"]}]}`, "rule 1"},
		"no condition":      {`{"rules":[{"condition":"Source"},{"allow":["*"]}]}`, "rule 2"},
		"a short key":       {`{"rules":[{"condition":"Source","allow":["ABCD"]}]}`, "ABCD"},
		"an unknown group":  {`{"groups":{"team":["others"]},"rules":[]}`, `"others"`},
		"too many rules":    {string(many), "limit is 1000"},
		"too many keys":     {`{"rules":[{"condition":"Source","allow":["*"` + strings.Repeat(`,"*"`, 10_000) + `]}]}`, "more than 10000"},
		"too long":          {strings.Repeat(" ", 1<<20+1), "bytes"},
	} {
		_, err := upload.ParseUploaders([]byte(c.rules))
		if !problem.Is(err, problem.Invalid) && !problem.Is(err, problem.TooLarge) || !strings.HasPrefix(err.Error(), "uploaders: ") || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUploadersAreKeptForEachRepo(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, []db.Schema{upload.Schema()}, func(t *testing.T, d *db.DB) {
		store := upload.Store{}
		set := func(repo int64, condition string) {
			var u *upload.Uploaders
			if condition != "" {
				u = &upload.Uploaders{Rules: []upload.UploadersRule{{Condition: condition}}}
			}
			if err := d.Tx(t.Context(), func(tx *db.Tx) error { return store.SetUploaders(t.Context(), tx, repo, u) }); err != nil {
				t.Fatal(err)
			}
		}
		want := func(repo int64, condition string) {
			t.Helper()
			err := d.Read(t.Context(), func(tx *db.Tx) error {
				u, err := store.Uploaders(t.Context(), tx, repo)
				if got := u != nil; err == nil && (got != (condition != "") || got && u.Rules[0].Condition != condition) {
					t.Errorf("repo %d has %+v, not %q", repo, u, condition)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
		want(1, "")
		set(1, "Source")
		set(2, "Version")
		set(1, "Architecture")
		want(1, "Architecture")
		want(2, "Version")
		set(1, "")
		set(1, "")
		want(1, "")
	})
}

func FuzzParseUploaders(f *testing.F) {
	f.Add([]byte(`{"groups":{"a":["b"],"b":["a"]},"rules":[{"condition":"Source (~ x)","allow":["a","*"],"deny":["12345678"]}]}`))
	f.Add([]byte("// x\n{}"))
	c, err := debfile.ReadChanges([]byte("Source: a\nVersion: 1\nArchitecture: all\nDistribution: d\nFiles:\n"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, rules []byte) {
		u, err := upload.ParseUploaders(rules)
		if err != nil {
			return
		}
		if err := u.Allow(t.Context(), upload.Changes{Changes: c}, nil); !problem.Is(err, problem.Denied) {
			t.Errorf("nobody signed, and yet: %v", err)
		}
	})
}
