package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/fleet"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/problem"
)

// staged is a house with the series noble of ubuntu: release and staging, which take
// uploads, and updates, which pulls from staging.
type staged struct{ *apptest.House }

func newStaged(t *testing.T, test func(*staged)) {
	t.Helper()
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.Must(h.GenerateKey(h.Ctx, app.NewKey{Name: "sign"}))(h.TB)
		apptest.Must(h.CreateDistribution(h.Ctx, app.NewDistribution{Name: "ubuntu"}))(h.TB)
		apptest.Must(h.CreateSeries(h.Ctx, app.NewSeries{Distribution: "ubuntu", Name: "noble"}))(h.TB)
		for _, name := range []string{"release", "staging"} {
			apptest.Must(h.CreatePocket(h.Ctx, app.NewPocket{PocketPath: in("noble", name), Mode: "upload", Components: []string{"main"},
				Architectures: []string{"amd64"}, Key: "sign"}))(h.TB)
		}
		apptest.Must(h.CreatePocket(h.Ctx, app.NewPocket{PocketPath: updates, Mode: "pull", PullPocket: "staging", Components: []string{"main"},
			Architectures: []string{"amd64"}, Key: "sign"}))(h.TB)
		s := &staged{h}
		s.put("release", related(h.TB, "lib", "1"), related(h.TB, "tool", "1", "Depends: lib (<< 2)"))
		s.put("staging", related(h.TB, "lib", "2"))
		test(s)
	})
}

var updates = in("noble", "updates")

// put gives a pocket packages.
func (s *staged) put(pocket string, packages ...apptest.Upload) {
	s.TB.Helper()
	apptest.Must(s.Add("ubuntu.noble."+pocket, packages...))(s.TB)
}

// check tells what a pull to updates would break, with the reason.
func (s *staged) check(joined app.Joined) string {
	s.TB.Helper()
	return tellBroken(apptest.Must(s.CheckPull(s.Ctx, updates, joined))(s.TB).Breakage)
}

const toolBreaks = "tool 1 amd64: nothing satisfies its Depends: lib (<< 2)\n"

// TestAPullIsCheckedBeforeItHappens: what would come, with what machines were taken to
// join, and what would break.
func TestAPullIsCheckedBeforeItHappens(t *testing.T) {
	newStaged(t, func(s *staged) {
		check := apptest.Must(s.CheckPull(s.Ctx, updates, app.Joined{}))(s.TB)
		if diff := cmp.Diff([]string{"ubuntu/noble/release"}, check.With); diff != "" {
			s.TB.Error(diff)
		}
		if diff := cmp.Diff([]app.PocketArea{{Component: "main", Architecture: "amd64", Add: []app.PackageVersion{{Name: "lib", Version: "2"}}}}, check.Areas); diff != "" {
			s.TB.Error(diff)
		}
		if diff := cmp.Diff(toolBreaks, tellBroken(check.Breakage)); diff != "" || check.Broken != 1 {
			s.TB.Errorf("%d broken: %s", check.Broken, diff)
		}
		if got := apptest.Must(s.Pocket(s.Ctx, updates))(s.TB); got.Packages != 0 || got.Revision != 0 {
			s.TB.Errorf("the check left %+v", got)
		}
	})
}

// TestACheckedPullDoesNothingThatBreaks, and goes on when what lacked is there.
func TestACheckedPullDoesNothingThatBreaks(t *testing.T) {
	newStaged(t, func(s *staged) {
		_, err := s.PullChecked(s.Ctx, updates, app.Joined{})
		if !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "the pull would break 1 package: tool 1 on amd64: nothing satisfies") {
			s.TB.Errorf("the pull that breaks: %v", err)
		}
		s.put("staging", related(s.TB, "tool", "2", "Depends: lib"))
		s.Done(s.PullChecked(s.Ctx, updates, app.Joined{}))
		if got := s.Read("repository/standalone/ubuntu/dists/noble-updates/main/binary-amd64/Packages"); !strings.Contains(got, "Package: tool\nVersion: 2\n") {
			s.TB.Errorf("published: %s", got)
		}
		if got := s.check(app.Joined{}); got != "" {
			s.TB.Errorf("a pull that changes nothing breaks %s", got)
		}
	})
}

// TestWhatMachinesJoinDecidesWhatBreaks: pockets and collections by name, or those of a
// profile.
func TestWhatMachinesJoinDecidesWhatBreaks(t *testing.T) {
	newStaged(t, func(s *staged) {
		s.MakeRepo("mended", related(s.TB, "tool", "3", "Depends: lib"))
		s.MakeRepo("tools", related(s.TB, "other", "1", "Depends: lib (<< 2)"))
		s.profile("with-release", "release", "updates")
		s.profile("alone", "updates")
		for name, c := range map[string]struct {
			joined app.Joined
			want   string
		}{
			"release":                  {app.Joined{With: []string{"release"}}, toolBreaks},
			"by its path":              {app.Joined{With: []string{"ubuntu/noble/release"}}, toolBreaks},
			"its collection":           {app.Joined{With: []string{"repo:ubuntu.noble.release"}}, toolBreaks},
			"the pocket itself":        {app.Joined{With: []string{"updates", "repo:ubuntu.noble.updates"}}, ""},
			"what mends it":            {app.Joined{With: []string{"release", "repo:mended"}}, ""},
			"broken before":            {app.Joined{With: []string{"repo:tools"}}, ""},
			"another architecture":     {app.Joined{Architectures: []string{"arm64"}}, ""},
			"a profile":                {app.Joined{Profile: "with-release"}, toolBreaks},
			"a profile of it alone":    {app.Joined{Profile: "alone"}, ""},
			"what was in a past state": {app.Joined{With: []string{"repo:ubuntu.noble.release#1"}}, toolBreaks},
		} {
			if diff := cmp.Diff(c.want, s.check(c.joined)); diff != "" {
				s.TB.Errorf("%s: %s", name, diff)
			}
		}
	})
}

// profile makes a repository profile with pockets of noble.
func (s *staged) profile(title string, pockets ...string) {
	s.TB.Helper()
	var ids []int64
	for _, name := range pockets {
		ids = append(ids, apptest.Must(s.Pocket(s.Ctx, in("noble", name)))(s.TB).ID)
	}
	err := s.DB.Tx(s.Ctx, func(tx *db.Tx) error {
		p, err := fleet.Store{}.CreateProfile(s.Ctx, tx, fleet.NewProfile{Title: title, AccessGroup: "global"})
		if err != nil {
			return err
		}
		return fleet.Store{}.AddPockets(s.Ctx, tx, p, ids)
	})
	if err != nil {
		s.TB.Fatal(err)
	}
}

func TestChecksThatMeanNothingAreRefused(t *testing.T) {
	newStaged(t, func(s *staged) {
		s.profile("elsewhere", "release")
		for name, c := range map[string]struct {
			path   app.PocketPath
			joined app.Joined
			kind   problem.Kind
			field  string
		}{
			"a pocket that does not pull":   {in("noble", "staging"), app.Joined{}, problem.Conflict, "name"},
			"a pocket that is not there":    {in("noble", "none"), app.Joined{}, problem.NotFound, "name"},
			"a profile without the pocket":  {updates, app.Joined{Profile: "elsewhere"}, problem.Invalid, "profile"},
			"no such profile":               {updates, app.Joined{Profile: "none"}, problem.NotFound, "name"},
			"a profile and more":            {updates, app.Joined{Profile: "elsewhere", With: []string{"release"}}, problem.Invalid, "with"},
			"a path that is none":           {updates, app.Joined{With: []string{"noble/release"}}, problem.Invalid, "with"},
			"a collection that is none":     {updates, app.Joined{With: []string{"house:x"}}, problem.Invalid, "with"},
			"a collection that is not here": {updates, app.Joined{With: []string{"repo:none"}}, problem.NotFound, ""},
			"more than anybody has":         {updates, app.Joined{With: make([]string, 200)}, problem.TooLarge, "with"},
			"no architecture of machines":   {updates, app.Joined{Architectures: []string{"source"}}, problem.Invalid, "architecture"},
		} {
			for what, err := range map[string]error{
				"check": second(s.CheckPull(s.Ctx, c.path, c.joined)), "pull": second(s.PullChecked(s.Ctx, c.path, c.joined)),
			} {
				if !problem.Is(err, c.kind) || c.field != "" && !strings.HasPrefix(err.Error(), c.field+": ") {
					s.TB.Errorf("%s of %s: %v", what, name, err)
				}
			}
		}
		if _, err := s.CheckPull(context.Background(), updates, app.Joined{}); !problem.Is(err, problem.Unauthenticated) {
			s.TB.Errorf("nobody checks: %v", err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

// TestAPocketGoesBackToWhatItHad, as one more revision, and shows it.
func TestAPocketGoesBackToWhatItHad(t *testing.T) {
	newStaged(t, func(s *staged) {
		s.Done(s.PullPocket(s.Ctx, updates))
		s.put("staging", related(s.TB, "tool", "2"))
		s.Done(s.PullPocket(s.Ctx, updates))
		if got := fmt.Sprint(s.Names("repo:ubuntu.noble.updates")); got != "[lib 2 tool 2]" {
			s.TB.Errorf("before: %s", got)
		}
		log := apptest.Must(s.PocketLog(s.Ctx, updates, app.Page{}))(s.TB).Items
		if len(log) != 2 || log[0].Number != 2 || log[0].Action != "pocket.pull" {
			s.TB.Errorf("the log has %+v", log)
		}
		a := s.Done(s.RevertPocket(s.Ctx, updates, "1"))
		if a.Type != app.TypePocketRevert {
			s.TB.Errorf("the revert is %+v", a)
		}
		then := apptest.Must(s.PocketPackages(s.Ctx, updates, "2", app.Terms{}, app.Page{}))(s.TB).Items
		now := apptest.Must(s.PocketPackages(s.Ctx, updates, "", app.Terms{}, app.Page{}))(s.TB).Items
		if len(then) != 2 || len(now) != 1 {
			s.TB.Errorf("there were %d packages, and are %d", len(then), len(now))
		}
		if got := s.Read("repository/standalone/ubuntu/dists/noble-updates/main/binary-amd64/Packages"); strings.Contains(got, "Package: tool\n") || !strings.Contains(got, "Package: lib\n") {
			s.TB.Errorf("published: %s", got)
		}
		if got := apptest.Must(s.Pocket(s.Ctx, updates))(s.TB).Revision; got != 3 {
			s.TB.Errorf("the revert made revision %d", got)
		}
		s.Done(s.RevertPocket(s.Ctx, updates, past(log[0].At)))
		if got := fmt.Sprint(s.Names("repo:ubuntu.noble.updates")); got != "[lib 2 tool 2]" {
			s.TB.Errorf("at the time: %s", got)
		}
	})
}

func TestRevertsThatCannotBeAreTold(t *testing.T) {
	newStaged(t, func(s *staged) {
		for to, kind := range map[string]problem.Kind{"7": problem.NotFound, "0": problem.Invalid, "-1": problem.Invalid, "monday": problem.Invalid, "20200101": problem.NotFound} {
			if _, err := s.RevertPocket(s.Ctx, updates, to); !problem.Is(err, kind) {
				s.TB.Errorf("to %s: %v", to, err)
			}
		}
		if _, err := s.RevertPocket(s.Ctx, in("noble", "none"), "1"); !problem.Is(err, problem.NotFound) {
			s.TB.Errorf("of a pocket that is not there: %v", err)
		}
	})
}

func TestAPocketThatMirrorsIsNotReverted(t *testing.T) {
	newLandscape(t, func(l *landscape) {
		l.noble()
		l.sync(in("noble", "release"))
		if _, err := l.RevertPocket(l.Ctx, in("noble", "release"), "1"); !problem.Is(err, problem.Conflict) || problem.ReasonOf(err) != pocket.InvalidMode {
			l.TB.Errorf("%v, code %q", err, problem.ReasonOf(err))
		}
	})
}
