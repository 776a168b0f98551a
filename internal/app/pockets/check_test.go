package pockets_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/fleet"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/google/go-cmp/cmp"
)

// staged is a house with the series noble of ubuntu: release and staging, which take
// uploads, and updates, which pulls from staging.
type staged struct{ *apptest.House }

func newStaged(t *testing.T, test func(*staged)) {
	t.Helper()
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.Must(h.Keys.Generate(h.Ctx, keys.NewKey{Name: "sign"}))(h.TB)
		apptest.Must(h.Pockets.CreateDistribution(h.Ctx, pockets.NewDistribution{Name: "ubuntu"}))(h.TB)
		apptest.Must(h.Pockets.CreateSeries(h.Ctx, pockets.NewSeries{Distribution: "ubuntu", Name: "noble"}))(h.TB)
		for _, name := range []string{"release", "staging"} {
			apptest.Must(h.Pockets.Create(h.Ctx, pockets.NewPocket{Path: apptest.In("noble", name), Mode: "upload", Components: []string{"main"},
				Architectures: []string{"amd64"}, Key: "sign"}))(h.TB)
		}
		apptest.Must(h.Pockets.Create(h.Ctx, pockets.NewPocket{Path: updates, Mode: "pull", PullPocket: "staging", Components: []string{"main"},
			Architectures: []string{"amd64"}, Key: "sign"}))(h.TB)
		s := &staged{h}
		s.put("release", apptest.Related(h.TB, "lib", "1"), apptest.Related(h.TB, "tool", "1", "Depends: lib (<< 2)"))
		s.put("staging", apptest.Related(h.TB, "lib", "2"))
		test(s)
	})
}

var updates = apptest.In("noble", "updates")

// put gives a pocket packages.
func (s *staged) put(pocket string, packages ...apptest.Upload) {
	s.TB.Helper()
	apptest.Must(s.Add("ubuntu.noble."+pocket, packages...))(s.TB)
}

// check tells what a pull to updates would break, with the reason.
func (s *staged) check(joined pockets.Joined) string {
	s.TB.Helper()
	return apptest.TellBroken(apptest.Must(s.Pockets.CheckPull(s.Ctx, updates, joined))(s.TB).Breakage)
}

const toolBreaks = "tool 1 amd64: nothing satisfies its Depends: lib (<< 2)\n"

// TestAPullIsCheckedBeforeItHappens: what would come, with what machines were taken to
// join, and what would break.
func TestAPullIsCheckedBeforeItHappens(t *testing.T) {
	newStaged(t, func(s *staged) {
		check := apptest.Must(s.Pockets.CheckPull(s.Ctx, updates, pockets.Joined{}))(s.TB)
		if diff := cmp.Diff([]string{"ubuntu/noble/release"}, check.With); diff != "" {
			s.TB.Error(diff)
		}
		if diff := cmp.Diff([]pockets.PocketArea{{Component: "main", Architecture: "amd64", Add: []collections.PackageVersion{{Name: "lib", Version: "2"}}}}, check.Areas); diff != "" {
			s.TB.Error(diff)
		}
		if diff := cmp.Diff(toolBreaks, apptest.TellBroken(check.Breakage)); diff != "" || check.Broken != 1 {
			s.TB.Errorf("%d broken: %s", check.Broken, diff)
		}
		if got := apptest.Must(s.Pockets.Get(s.Ctx, updates))(s.TB); got.Packages != 0 || got.Revision != 0 {
			s.TB.Errorf("the check left %+v", got)
		}
	})
}

// TestACheckedPullDoesNothingThatBreaks, and goes on when what lacked is there.
func TestACheckedPullDoesNothingThatBreaks(t *testing.T) {
	newStaged(t, func(s *staged) {
		_, err := s.Pockets.PullChecked(s.Ctx, updates, pockets.Joined{})
		if !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "the pull would break 1 package: tool 1 on amd64: nothing satisfies") {
			s.TB.Errorf("the pull that breaks: %v", err)
		}
		s.put("staging", apptest.Related(s.TB, "tool", "2", "Depends: lib"))
		s.Done(s.Pockets.PullChecked(s.Ctx, updates, pockets.Joined{}))
		if got := s.Read("repository/standalone/ubuntu/dists/noble-updates/main/binary-amd64/Packages"); !strings.Contains(got, "Package: tool\nVersion: 2\n") {
			s.TB.Errorf("published: %s", got)
		}
		if got := s.check(pockets.Joined{}); got != "" {
			s.TB.Errorf("a pull that changes nothing breaks %s", got)
		}
	})
}

// TestWhatMachinesJoinDecidesWhatBreaks: pockets and collections by name, or those of a
// profile.
func TestWhatMachinesJoinDecidesWhatBreaks(t *testing.T) {
	newStaged(t, func(s *staged) {
		s.MakeRepo("mended", apptest.Related(s.TB, "tool", "3", "Depends: lib"))
		s.MakeRepo("tools", apptest.Related(s.TB, "other", "1", "Depends: lib (<< 2)"))
		s.profile("with-release", "release", "updates")
		s.profile("alone", "updates")
		for name, c := range map[string]struct {
			joined pockets.Joined
			want   string
		}{
			"release":                  {pockets.Joined{With: []string{"release"}}, toolBreaks},
			"by its path":              {pockets.Joined{With: []string{"ubuntu/noble/release"}}, toolBreaks},
			"its collection":           {pockets.Joined{With: []string{"repo:ubuntu.noble.release"}}, toolBreaks},
			"the pocket itself":        {pockets.Joined{With: []string{"updates", "repo:ubuntu.noble.updates"}}, ""},
			"what mends it":            {pockets.Joined{With: []string{"release", "repo:mended"}}, ""},
			"broken before":            {pockets.Joined{With: []string{"repo:tools"}}, ""},
			"another architecture":     {pockets.Joined{Architectures: []string{"arm64"}}, ""},
			"a profile":                {pockets.Joined{Profile: "with-release"}, toolBreaks},
			"a profile of it alone":    {pockets.Joined{Profile: "alone"}, ""},
			"what was in a past state": {pockets.Joined{With: []string{"repo:ubuntu.noble.release#1"}}, toolBreaks},
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
		ids = append(ids, apptest.Must(s.Pockets.Get(s.Ctx, apptest.In("noble", name)))(s.TB).ID)
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
			path   pockets.Path
			joined pockets.Joined
			kind   problem.Kind
			field  string
		}{
			"a pocket that does not pull":   {apptest.In("noble", "staging"), pockets.Joined{}, problem.Conflict, "name"},
			"a pocket that is not there":    {apptest.In("noble", "none"), pockets.Joined{}, problem.NotFound, "name"},
			"a profile without the pocket":  {updates, pockets.Joined{Profile: "elsewhere"}, problem.Invalid, "profile"},
			"no such profile":               {updates, pockets.Joined{Profile: "none"}, problem.NotFound, "name"},
			"a profile and more":            {updates, pockets.Joined{Profile: "elsewhere", With: []string{"release"}}, problem.Invalid, "with"},
			"a path that is none":           {updates, pockets.Joined{With: []string{"noble/release"}}, problem.Invalid, "with"},
			"a collection that is none":     {updates, pockets.Joined{With: []string{"house:x"}}, problem.Invalid, "with"},
			"a collection that is not here": {updates, pockets.Joined{With: []string{"repo:none"}}, problem.NotFound, ""},
			"more than anybody has":         {updates, pockets.Joined{With: make([]string, 200)}, problem.TooLarge, "with"},
			"no architecture of machines":   {updates, pockets.Joined{Architectures: []string{"source"}}, problem.Invalid, "architecture"},
		} {
			for what, err := range map[string]error{
				"check": second(s.Pockets.CheckPull(s.Ctx, c.path, c.joined)), "pull": second(s.Pockets.PullChecked(s.Ctx, c.path, c.joined)),
			} {
				if !problem.Is(err, c.kind) || c.field != "" && !strings.HasPrefix(err.Error(), c.field+": ") {
					s.TB.Errorf("%s of %s: %v", what, name, err)
				}
			}
		}
		if _, err := s.Pockets.CheckPull(context.Background(), updates, pockets.Joined{}); !problem.Is(err, problem.Unauthenticated) {
			s.TB.Errorf("nobody checks: %v", err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

// TestAPocketGoesBackToWhatItHad, as one more revision, and shows it.
func TestAPocketGoesBackToWhatItHad(t *testing.T) {
	newStaged(t, func(s *staged) {
		s.Done(s.Pockets.Pull(s.Ctx, updates))
		s.put("staging", apptest.Related(s.TB, "tool", "2"))
		s.Done(s.Pockets.Pull(s.Ctx, updates))
		if got := fmt.Sprint(s.Names("repo:ubuntu.noble.updates")); got != "[lib 2 tool 2]" {
			s.TB.Errorf("before: %s", got)
		}
		log := apptest.Must(s.Pockets.Log(s.Ctx, updates, usecase.Page{}))(s.TB).Items
		if len(log) != 2 || log[0].Number != 2 || log[0].Action != "pocket.pull" {
			s.TB.Errorf("the log has %+v", log)
		}
		a := s.Done(s.Pockets.Revert(s.Ctx, updates, "1"))
		if a.Type != pockets.TypeRevert {
			s.TB.Errorf("the revert is %+v", a)
		}
		then := apptest.Must(s.Pockets.Packages(s.Ctx, updates, "2", collections.Terms{}, usecase.Page{}))(s.TB).Items
		now := apptest.Must(s.Pockets.Packages(s.Ctx, updates, "", collections.Terms{}, usecase.Page{}))(s.TB).Items
		if len(then) != 2 || len(now) != 1 {
			s.TB.Errorf("there were %d packages, and are %d", len(then), len(now))
		}
		if got := s.Read("repository/standalone/ubuntu/dists/noble-updates/main/binary-amd64/Packages"); strings.Contains(got, "Package: tool\n") || !strings.Contains(got, "Package: lib\n") {
			s.TB.Errorf("published: %s", got)
		}
		if got := apptest.Must(s.Pockets.Get(s.Ctx, updates))(s.TB).Revision; got != 3 {
			s.TB.Errorf("the revert made revision %d", got)
		}
		s.Done(s.Pockets.Revert(s.Ctx, updates, apptest.Past(log[0].At)))
		if got := fmt.Sprint(s.Names("repo:ubuntu.noble.updates")); got != "[lib 2 tool 2]" {
			s.TB.Errorf("at the time: %s", got)
		}
	})
}

func TestRevertsThatCannotBeAreTold(t *testing.T) {
	newStaged(t, func(s *staged) {
		for to, kind := range map[string]problem.Kind{"7": problem.NotFound, "0": problem.Invalid, "-1": problem.Invalid, "monday": problem.Invalid, "20200101": problem.NotFound} {
			if _, err := s.Pockets.Revert(s.Ctx, updates, to); !problem.Is(err, kind) {
				s.TB.Errorf("to %s: %v", to, err)
			}
		}
		if _, err := s.Pockets.Revert(s.Ctx, apptest.In("noble", "none"), "1"); !problem.Is(err, problem.NotFound) {
			s.TB.Errorf("of a pocket that is not there: %v", err)
		}
	})
}

func TestAPocketThatMirrorsIsNotReverted(t *testing.T) {
	apptest.NewLandscape(t, func(l *apptest.Landscape) {
		l.Noble()
		l.Sync(apptest.In("noble", "release"))
		if _, err := l.Pockets.Revert(l.Ctx, apptest.In("noble", "release"), "1"); !problem.Is(err, problem.Conflict) || problem.ReasonOf(err) != pocket.InvalidMode {
			l.TB.Errorf("%v, code %q", err, problem.ReasonOf(err))
		}
	})
}
