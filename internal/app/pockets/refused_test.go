package pockets_test

import (
	"testing"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/keyring"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/problem"
)

// TestPocketsThatCannotBe: each error has the code that Landscape's programs know, and
// changes nothing.
func TestPocketsThatCannotBe(t *testing.T) {
	apptest.NewLandscape(t, func(l *apptest.Landscape) {
		l.Noble()
		apptest.Must(l.Pockets.CreateSeries(l.Ctx, pockets.NewSeries{Name: "empty", Distribution: "ubuntu"}))(l.TB)
		mirror := pockets.NewPocket{
			Path: apptest.In("noble", "x"), Mode: pockets.Mirrors, Components: []string{"main"}, Architectures: []string{"amd64"}, Key: "sign",
			MirrorURL: l.Upstream.URL(), MirrorKey: "upstream",
		}
		pull := pockets.NewPocket{Path: apptest.In("noble", "x"), Mode: pockets.Pulls, Components: []string{"main"}, Architectures: []string{"amd64"}, Key: "sign", PullPocket: "release"}
		for name, c := range map[string]struct {
			of   pockets.NewPocket
			edit func(*pockets.NewPocket)
			code problem.Reason
		}{
			"no such distribution":        {mirror, func(p *pockets.NewPocket) { p.Distribution = "none" }, pocket.UnknownDistribution},
			"no such series":              {mirror, func(p *pockets.NewPocket) { p.Series = "none" }, pocket.UnknownSeries},
			"a name that is taken":        {mirror, func(p *pockets.NewPocket) { p.Pocket = "release" }, pocket.Duplicate},
			"a name with a dot":           {mirror, func(p *pockets.NewPocket) { p.Pocket = "a.b" }, problem.InvalidValue},
			"a name in capitals":          {mirror, func(p *pockets.NewPocket) { p.Pocket = "Updates" }, problem.InvalidValue},
			"no such mode":                {mirror, func(p *pockets.NewPocket) { p.Mode = "push" }, pocket.InvalidMode},
			"no such key":                 {mirror, func(p *pockets.NewPocket) { p.Key = "none" }, keyring.UnknownKey},
			"a key without its secret":    {mirror, func(p *pockets.NewPocket) { p.Key = "upstream" }, keyring.NoSecret},
			"no such upstream key":        {mirror, func(p *pockets.NewPocket) { p.MirrorKey = "none" }, keyring.UnknownKey},
			"a mirror without a URL":      {mirror, func(p *pockets.NewPocket) { p.MirrorURL = "" }, problem.MissingValue},
			"a URL that is none":          {mirror, func(p *pockets.NewPocket) { p.MirrorURL = "ftp://x" }, problem.InvalidValue},
			"no components":               {mirror, func(p *pockets.NewPocket) { p.Components = nil }, problem.MissingValue},
			"a component twice":           {mirror, func(p *pockets.NewPocket) { p.Components = []string{"main", "main"} }, problem.InvalidValue},
			"a component that is none":    {mirror, func(p *pockets.NewPocket) { p.Components = []string{"../x"} }, problem.InvalidValue},
			"an architecture of none":     {mirror, func(p *pockets.NewPocket) { p.Architectures = []string{"Amd 64"} }, problem.InvalidValue},
			"a mirror that pulls":         {mirror, func(p *pockets.NewPocket) { p.PullPocket = "release" }, problem.ConflictingValues},
			"a mirror that filters":       {mirror, func(p *pockets.NewPocket) { p.Filter = "allowlist" }, problem.ConflictingValues},
			"a mirror that takes uploads": {mirror, func(p *pockets.NewPocket) { p.AllowUnsigned = true }, problem.ConflictingValues},
			"a pull from nowhere":         {pull, func(p *pockets.NewPocket) { p.PullPocket = "" }, problem.MissingValue},
			"a pull from no pocket":       {pull, func(p *pockets.NewPocket) { p.PullPocket = "none" }, pocket.Unknown},
			"a pull from no series":       {pull, func(p *pockets.NewPocket) { p.PullSeries = "none" }, pocket.UnknownSeries},
			"no such filter":              {pull, func(p *pockets.NewPocket) { p.Filter = "greylist" }, pocket.InvalidFilter},
			"a pull that mirrors":         {pull, func(p *pockets.NewPocket) { p.MirrorURL = "http://x" }, problem.ConflictingValues},
		} {
			c.edit(&c.of)
			if _, err := l.Pockets.Create(l.Ctx, c.of); problem.ReasonOf(err) != c.code {
				l.TB.Errorf("%s: %v (%s), not %s", name, err, problem.ReasonOf(err), c.code)
			}
		}
		for name, c := range map[string]struct {
			do   func() error
			code problem.Reason
		}{
			"a second distribution of the name": {func() error {
				_, err := l.Pockets.CreateDistribution(l.Ctx, pockets.NewDistribution{Name: "ubuntu"})
				return err
			}, pocket.DuplicateDistribution},
			"a second series of the name": {func() error {
				_, err := l.Pockets.CreateSeries(l.Ctx, pockets.NewSeries{Name: "noble", Distribution: "ubuntu"})
				return err
			}, pocket.DuplicateSeries},
			"pockets without a key": {func() error {
				_, err := l.Pockets.CreateSeries(l.Ctx, pockets.NewSeries{Name: "x", Distribution: "ubuntu", Pockets: []string{"release"}, Components: []string{"main"}, Architectures: []string{"amd64"}, MirrorURL: "http://x"})
				return err
			}, problem.MissingValue},
			"a key without pockets": {func() error {
				_, err := l.Pockets.CreateSeries(l.Ctx, pockets.NewSeries{Name: "x", Distribution: "ubuntu", Key: "sign"})
				return err
			}, problem.ConflictingValues},
			"deriving nothing":    {func() error { _, err := l.Pockets.DeriveSeries(l.Ctx, "ubuntu", "empty", "x"); return err }, pocket.EmptySeries},
			"deriving from none":  {func() error { _, err := l.Pockets.DeriveSeries(l.Ctx, "ubuntu", "none", "x"); return err }, pocket.UnknownSeries},
			"pulling to a mirror": {func() error { _, err := l.Pockets.Pull(l.Ctx, apptest.In("noble", "release")); return err }, pocket.InvalidMode},
			"comparing a mirror":  {func() error { _, err := l.Pockets.Diff(l.Ctx, apptest.In("noble", "release")); return err }, pocket.InvalidMode},
			"filters of a mirror": {func() error {
				_, err := l.Pockets.AddFilters(l.Ctx, apptest.In("noble", "release"), []string{"a"})
				return err
			}, pocket.InvalidMode},
			"uploaders of a mirror": {func() error {
				_, err := l.Pockets.AddUploaders(l.Ctx, apptest.In("noble", "release"), []string{"upstream"})
				return err
			}, pocket.InvalidMode},
			"removing from a mirror": {func() error {
				_, err := l.Pockets.Remove(l.Ctx, apptest.In("noble", "release"), []string{"a"})
				return err
			}, pocket.InvalidMode},
			"listing no pocket": {func() error { _, err := l.Pockets.ListPackages(l.Ctx, apptest.In("noble", "none")); return err }, pocket.Unknown},
		} {
			if err := c.do(); problem.ReasonOf(err) != c.code {
				l.TB.Errorf("%s: %v (%s), not %s", name, err, problem.ReasonOf(err), c.code)
			}
		}
		all := apptest.Must(l.Pockets.Distributions(l.Ctx, nil))(l.TB)
		if len(all) != 1 || len(all[0].Series) != 2 || len(all[0].Series[1].Pockets) != 2 || len(all[0].Series[0].Pockets) != 0 {
			l.TB.Errorf("a refused call changed something: %+v", all)
		}
		if left := apptest.Must(l.Mirrors.List(l.Ctx, usecase.Page{}))(l.TB).Items; len(left) != 2 {
			l.TB.Errorf("%d mirrors", len(left))
		}
	})
}

func TestUploadersAndFiltersOfPockets(t *testing.T) {
	apptest.NewLandscape(t, func(l *apptest.Landscape) {
		l.Noble()
		make := func(name, mode string, edit func(*pockets.NewPocket)) pockets.Path {
			p := pockets.NewPocket{Path: apptest.In("noble", name), Mode: mode, Components: []string{"main"}, Architectures: []string{"amd64"}, Key: "sign"}
			if edit != nil {
				edit(&p)
			}
			apptest.Must(l.Pockets.Create(l.Ctx, p))(l.TB)
			return p.Path
		}
		staging := make("staging", pockets.Uploads, nil)
		p := apptest.Must(l.Pockets.AddUploaders(l.Ctx, staging, []string{"upstream"}))(l.TB)
		if len(p.Upload.Keys) != 1 || p.Upload.Keys[0].Name != "upstream" {
			l.TB.Errorf("%+v", p.Upload)
		}
		plain := make("plain", pockets.Pulls, func(p *pockets.NewPocket) { p.PullPocket = "release" })
		for name, c := range map[string]struct {
			do   func() error
			code problem.Reason
		}{
			"a key that may already":      {func() error { _, err := l.Pockets.AddUploaders(l.Ctx, staging, []string{"upstream"}); return err }, pocket.DuplicateUploader},
			"a key that is not there":     {func() error { _, err := l.Pockets.AddUploaders(l.Ctx, staging, []string{"none"}); return err }, keyring.UnknownKey},
			"removing one that may not":   {func() error { _, err := l.Pockets.RemoveUploaders(l.Ctx, staging, []string{"sign"}); return err }, pocket.UnknownUploader},
			"filters where there is none": {func() error { _, err := l.Pockets.AddFilters(l.Ctx, plain, []string{"a"}); return err }, pocket.NoFiltering},
			"dropping an uploader's key":  {func() error { return l.Keys.Drop(l.Ctx, "upstream") }, keyring.KeyInUse},
		} {
			if err := c.do(); problem.ReasonOf(err) != c.code {
				l.TB.Errorf("%s: %v", name, err)
			}
		}
		p = apptest.Must(l.Pockets.RemoveUploaders(l.Ctx, staging, []string{"upstream"}))(l.TB)
		if len(p.Upload.Keys) != 0 {
			l.TB.Errorf("%+v", p.Upload)
		}
	})
}
