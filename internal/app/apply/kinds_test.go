package apply_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/apply"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/audit"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/google/go-cmp/cmp"
)

// jsonNames lists the settings of a type.
func jsonNames(t reflect.Type) (names []string) {
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}

// TestAllThatCanBeSetCanBeDeclared keeps the declaration in step with what the
// other calls take.
func TestAllThatCanBeSetCanBeDeclared(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		declared, set reflect.Type
		apart         []string
	}{
		{reflect.TypeFor[apply.DeclaredMirror](), reflect.TypeFor[mirrors.NewMirror](), []string{"name", "config"}},
		{reflect.TypeFor[apply.DeclaredMirror](), reflect.TypeFor[mirrors.Config](), nil},
		{reflect.TypeFor[apply.DeclaredRepo](), reflect.TypeFor[repos.NewRepo](), []string{"name", "from"}},
		{reflect.TypeFor[apply.DeclaredSnapshot](), reflect.TypeFor[collections.NewSnapshot](), []string{"name"}},
		{reflect.TypeFor[apply.DeclaredPublication](), reflect.TypeFor[publications.NewPublication](), []string{"options", "signing"}},
		{reflect.TypeFor[apply.DeclaredPublication](), reflect.TypeFor[publications.PublishOptions](), nil},
	} {
		names := jsonNames(c.declared)
		if len(names) != len(slices.Compact(slices.Sorted(slices.Values(names)))) {
			t.Errorf("%s has a name twice: %q", c.declared, names)
		}
		for _, name := range jsonNames(c.set) {
			if !slices.Contains(names, name) && !slices.Contains(c.apart, name) {
				t.Errorf("%s has no %s, which %s has", c.declared, name, c.set)
			}
		}
	}
}

func TestWhoSignsIsAsDeclared(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		t := h.TB
		first := apptest.Must(h.Keys.Generate(h.Ctx, keys.NewKey{Name: "first", Email: "first@example.org"}))(t)
		second := apptest.Must(h.Keys.Generate(h.Ctx, keys.NewKey{Name: "second", Email: "release@example.org"}))(t)
		apptest.Must(h.Repos.Create(h.Ctx, repos.NewRepo{Name: "r"}))(t)
		apptest.Must(h.Keys.SetDefault(h.Ctx, "first"))(t)
		keys := func() []string {
			return apptest.Must(h.Publications.Get(h.Ctx, "p", "s"))(t).Options.Keys
		}
		silent := apply.ApplyRequest{Declaration: declare(t, "publications: {p/s: {sources: repo:r}}")}
		applied(h, silent)
		if !cmp.Equal(keys(), []string{first.Fingerprint}) {
			t.Errorf("%q sign, not the default key", keys())
		}
		// Where nobody says who signs, whoever did goes on.
		apptest.Must(h.Keys.SetDefault(h.Ctx, "second"))(t)
		planned(h, silent, "")
		named := apply.ApplyRequest{Declaration: declare(t, "publications: {p/s: {sources: repo:r, keys: release@example.org}}")}
		planned(h, named, fmt.Sprintf("change publication p/s; keys [%q] -> [%q]\npublish publication p/s\n", first.Fingerprint, second.Fingerprint))
		applied(h, named)
		planned(h, silent, "")
		unsigned := publications.PublishOptions{Unsigned: true}
		h.Done(h.Publications.Update(h.Ctx, "p", "s", publications.PublicationEdit{Options: &unsigned}))
		planned(h, silent, "change publication p/s; unsigned true -> null\npublish publication p/s\n")
		applied(h, silent)
		if !cmp.Equal(keys(), []string{second.Fingerprint}) {
			t.Errorf("%q sign, not the default key of now", keys())
		}
		planned(h, apply.ApplyRequest{Declaration: declare(t, "publications: {p/s: {sources: repo:r, keys: [second], unsigned: true}}")},
			"publications p/s keys: invalid: an unsigned publication has no keys\n")
		for _, text := range []string{"keys: [nobody@example.org]", "gnupg: {keys: [nobody@example.org]}", "keys: [nobody@example.org], gnupg: {keys: [x]}"} {
			plan := apptest.Must(h.Apply.Plan(h.Ctx, apply.ApplyRequest{Declaration: declare(t, "publications: {p/s: {sources: repo:r, "+text+"}}")}))(t)
			if len(plan.Faults) != 1 || !strings.Contains(lines(plan), "nobody@example.org") {
				t.Errorf("%s: %s", text, lines(plan))
			}
		}
	})
}

func TestKeysOfGnuPGSignAsDeclared(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		t := h.TB
		apptest.WithGnuPG(h, "release")
		file := filepath.Join(t.TempDir(), "passphrase")
		if err := os.WriteFile(file, []byte(apptest.PassphraseOf("release")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		apptest.Must(h.Repos.Create(h.Ctx, repos.NewRepo{Name: "r"}))(t)
		in := apply.ApplyRequest{Declaration: declare(t, "publications: {p/stable: {sources: repo:r, gnupg: {keys: [release@example.org], passphrase_file: "+file+"}}}")}
		applied(h, in)
		if got := apptest.SignedBy(h, "p"); !cmp.Equal(got, []string{"release@example.org"}) {
			t.Errorf("it is signed by %q", got)
		}
		planned(h, apply.ApplyRequest{Declaration: apptest.Must(h.Apply.Export(h.Ctx))(t).Declaration}, "")
		bare := apply.ApplyRequest{Declaration: declare(t, "publications: {p/stable: {sources: repo:r, keys: release@example.org}}")}
		planned(h, bare, fmt.Sprintf("change publication p/stable; gnupg.passphrase_file %q -> null\npublish publication p/stable\n", file))
	})
}

func TestKeyringsHaveTheKeysThatAreDeclared(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		t := h.TB
		apptest.WithGnuPG(h)
		armored := func(keys ...*openpgp.SecretKey) string {
			var rings []*openpgp.Keyring
			for _, k := range keys {
				rings = append(rings, k.Public())
			}
			return string(apptest.Must(openpgp.Merge(rings...).Armored())(t))
		}
		a, b := apptest.NewKey(t), apptest.NewKey(t)
		request := func(text string) apply.ApplyRequest {
			return apply.ApplyRequest{Declaration: apply.Declaration{Keyrings: map[string]string{"trustedkeys.gpg": text}}, Prune: true}
		}
		planned(h, request("nonsense"), "keyrings trustedkeys.gpg: invalid: no OpenPGP key of version 4 found (export the keys with gpg --export or gpg --armor --export)\n")
		planned(h, request(armored(a)), "create keyring trustedkeys.gpg\n")
		applied(h, request(armored(a)))
		applied(h, request(armored(a, b)))
		if plan := apptest.Must(h.Apply.Plan(h.Ctx, request(armored(b))))(t); len(plan.Changes) != 1 || !plan.Changes[0].Destructive || plan.Changes[0].Action != "change" {
			t.Errorf("the plan is %s", lines(plan))
		}
		applied(h, request(armored(b)))
		if e := apptest.Must(h.Apply.Export(h.Ctx))(t); len(e.Declaration.Keyrings) != 1 {
			t.Errorf("exported is %+v", e)
		}
		planned(h, apply.ApplyRequest{Prune: true}, "drop keyring trustedkeys.gpg !\n")
		applied(h, apply.ApplyRequest{Prune: true})
		if left, err := h.Keys.Trusted(h.Ctx, ""); len(left) > 0 {
			t.Errorf("%+v, %v", left, err)
		}
	})
}

func TestPasswordsStayWhereTheyAreStored(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		t := h.TB
		request := func(url string) apply.ApplyRequest {
			return apply.ApplyRequest{Declaration: declare(t, "mirrors: {m: {url: '"+url+"', suite: s}}")}
		}
		planned(h, request("http://u:xxxxx@localhost/a"), "mirrors m url: invalid: the password for this upstream is not here\n")
		planned(h, request("http://u:one@localhost/a"), "create mirror m\nsync mirror m\n")
		config := mirrors.Config{URL: "http://u:one@localhost/a", Suite: "s"}
		apptest.Must(h.Mirrors.Create(h.Ctx, mirrors.NewMirror{Name: "m", Config: config}))(t)
		planned(h, request("http://u:one@localhost/a"), "")
		planned(h, request("http://u:xxxxx@localhost/a"), "")
		planned(h, request("http://u:two@localhost/a"), `change mirror m; url "http://u:xxxxx@localhost/a" -> "the same with another password"`+"\nsync mirror m\n")
		planned(h, request("http://u:xxxxx@elsewhere.example/a"), "mirrors m url: invalid: the stored password is only for http://localhost\n")
		e := apptest.Must(h.Apply.Export(h.Ctx))(t)
		if url := e.Declaration.Mirrors["m"].URL; url != "http://u:xxxxx@localhost/a" {
			t.Errorf("exported is %s", url)
		}
		for _, entry := range apptest.Must(h.Audit.Log(h.Ctx, audit.Filter{}, usecase.Page{}))(t).Items {
			if text := fmt.Sprintf("%s", entry.Detail); strings.Contains(text, "one@") {
				t.Errorf("the audit log has %s", text)
			}
		}
	})
}

func TestWhatIsNotOfThePackagesBringsNoSyncAndNoRelease(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		t, h := f.TB, f.House
		text := f.WholeHouse()
		applied(h, apply.ApplyRequest{Declaration: declare(t, text)})
		for old, changed := range map[string]string{"Words of others": "Other words", "daily: 30}": "daily: 31}", "valid_for: 7d": "valid_for: 7d\n    retention: {monthly: 3}"} {
			text = strings.Replace(text, old, changed, 1)
		}
		in := apply.ApplyRequest{Declaration: declare(t, text)}
		planned(h, in, `
change mirror up; description "Words of others" -> "Other words"; retention.daily 30 -> 31
change publication debian/stable; retention.monthly null -> 3
`)
		applied(h, in)
	})
}

func TestAMirrorOfNothingIsLeftToItsTasks(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		t, h := f.TB, f.House
		in := apply.ApplyRequest{Declaration: declare(t, "mirrors: {empty: {description: Filled by tasks}}")}
		planned(h, in, "create mirror empty\n")
		applied(h, in)
		m := apptest.Must(h.Mirrors.Get(h.Ctx, "m"))(t)
		apptest.Must(h.Mirrors.Edit(h.Ctx, "empty", m.Config))(t)
		planned(h, in, "")
	})
}

func TestPlacesAreNamedInTwoWays(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		t := h.TB
		apptest.Must(h.Repos.Create(h.Ctx, repos.NewRepo{Name: "r"}))(t)
		applied(h, apply.ApplyRequest{Declaration: declare(t, `
endpoints: {www: {kind: filesystem, directory: `+t.TempDir()+`}}
publications:
  ./s: {sources: repo:r}
  team/tools/s: {sources: repo:r}
  www:team/s: {sources: repo:r}
  security: {endpoint: www, prefix: debian, distribution: stable/updates, sources: repo:r}
`)})
		var places []string
		for _, p := range apptest.Must(h.Publications.List(h.Ctx, usecase.Page{}))(t).Items {
			places = append(places, p.Place()+" "+p.Distribution)
		}
		slices.Sort(places)
		if diff := cmp.Diff([]string{". s", "team/tools s", "www:debian stable/updates", "www:team s"}, places); diff != "" {
			t.Error(diff)
		}
		planned(h, apply.ApplyRequest{Declaration: apptest.Must(h.Apply.Export(h.Ctx))(t).Declaration}, "")
		planned(h, apply.ApplyRequest{Declaration: declare(t, `
publications:
  s: {sources: repo:r}
  p/: {sources: repo:r}
  a: {prefix: x, sources: repo:r}
  b: {distribution: x, sources: repo:r}
  www:c/d: {endpoint: other, sources: repo:r}
  dists/s: {sources: []}
  e/s: {sources: "repo:r@20200101T000000Z"}
  f/s: {sources: ["a b=repo:r", nonsense]}
  g: {prefix: e, distribution: s, sources: repo:r}
`)}, `
publications a distribution: invalid: is missing
publications b prefix: invalid: is missing
publications dists/s prefix: invalid: a prefix may not have the part "dists"
publications dists/s sources: invalid: a publication needs a source
publications e/s sources 0: not-found: the repo "r" was not there then
publications f/s sources 0: invalid: "a b" is not a component
publications f/s sources 1: invalid: "nonsense" names no collection
publications g: invalid: "e/s" is at the same place
publications p/ distribution: invalid: "" is not a distribution
publications s: invalid: "s" does not say where it is
publications www:c/d endpoint: invalid: its name is of the endpoint "www"
`)
	})
}

func TestADeclarationIsBounded(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		many := apply.Declaration{Repos: map[string]apply.DeclaredRepo{}}
		for i := range 5001 {
			many.Repos[fmt.Sprintf("r%d", i)] = apply.DeclaredRepo{}
		}
		if _, err := h.Apply.Plan(h.Ctx, apply.ApplyRequest{Declaration: many}); !problem.Is(err, problem.TooLarge) {
			h.TB.Errorf("%v", err)
		}
		if _, err := h.Apply.Plan(h.Ctx, apply.ApplyRequest{Declaration: apply.Declaration{Name: "a b"}}); !problem.Is(err, problem.Invalid) {
			h.TB.Errorf("%v", err)
		}
	})
}
