package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/cli/client"
	"github.com/aptarium/aptarium/internal/testkit"
)

// rowPromotion measures pulls from one suite to another, in our server and by
// reprepro. It is asked for by name: no budget stands on it.
const rowPromotion = "promotion"

// The steps of a promotion, as the table calls them.
const (
	promoteDerive = "derive a series"
	promoteFirst  = "the first pull, of everything"
	promoteDiff   = "what a pull of 500 changes would change"
	promoteCheck  = "what it would break"
	promotePull   = "pull 500 changes, and publish"
	promoteRevert = "revert that, and publish"
)

// What changes in the suite that is pulled from, before each pull: 500 together.
const (
	promoteUpdated = 300
	promoteAdded   = 100
	promoteRemoved = 100
)

// promotionTimes are the times of the steps, by step and program.
type promotionTimes map[string]map[string][]time.Duration

func (times promotionTimes) note(step, program string, began time.Time) {
	if times[step] == nil {
		times[step] = map[string][]time.Duration{}
	}
	times[step][program] = append(times[step][program], time.Since(began))
}

// promotion measures it, if that was asked for by name, and prints its table.
func (b *bench) promotion(ctx context.Context) error {
	if !slices.Contains(b.only, rowPromotion) {
		return nil
	}
	peer, _ := b.peers[1].(*reprepro)
	return b.at(ctx, b.packages, []contender{b.ours, peer}, func(t *stage) error {
		if err := t.fresh(ctx, 1); err != nil {
			return err
		}
		times := promotionTimes{}
		if err := t.promoteOurs(ctx, b.ours, b.runs, times); err != nil {
			return err
		}
		if err := t.promoteTheirs(ctx, peer, b.runs, times); err != nil {
			return err
		}
		fmt.Println(times.table())
		return nil
	})
}

// promoted is what changes before a pull.
type promoted struct {
	gone  []string // names
	files []string // of packages to be added, some under the names that are gone
}

// promoted makes the changes of a run: spread over the index, and of other packages
// each time.
func (t *stage) promoted(run, runs int) (p promoted, err error) {
	const touched = promoteUpdated + promoteRemoved
	for i := range touched {
		at := place(i*runs+run, touched*runs, len(t.archive.names))
		name := t.archive.names[at]
		p.gone = append(p.gone, name)
		if i >= promoteUpdated {
			continue
		}
		if err := p.add(t.archive.dir, testkit.Package{Name: name, Version: fmt.Sprintf("9999:%d", run+1), Architecture: t.archive.architectures[at]}); err != nil {
			return p, err
		}
	}
	for i := range promoteAdded {
		path, err := t.archive.addition(fmt.Sprintf("promoted%d-", run), i, promoteAdded)
		if err != nil {
			return p, err
		}
		p.files = append(p.files, path)
	}
	return p, nil
}

func (p *promoted) add(dir string, made testkit.Package) error {
	file, err := made.Deb()
	if err != nil {
		return err
	}
	path := filepath.Join(dir, made.FileName())
	p.files = append(p.files, path)
	return os.WriteFile(path, file, 0o644)
}

// promoter works in our server with the distribution bench: the series up has the
// pocket staging, which takes uploads and begins with all packages of the archive.
type promoter struct {
	*client.Client
	times promotionTimes
}

const promotedRepo = "bench.up.staging"

func inSeries(series string) pockets.Path {
	return pockets.Path{Distribution: "bench", Series: series, Pocket: "staging"}
}

// promoteOurs measures our server.
func (t *stage) promoteOurs(ctx context.Context, own *aptarium, runs int, times promotionTimes) error {
	s, err := startServer(ctx, own)
	if err != nil {
		return err
	}
	defer s.stop()
	c, err := client.New(client.Options{URL: s.url, Token: s.token})
	if err != nil {
		return err
	}
	p := promoter{c, times}
	if err := p.prepare(ctx, t.archive); err != nil {
		return err
	}
	for run := range runs {
		if err := p.derive(ctx, fmt.Sprintf("prod%d", run)); err != nil {
			return err
		}
	}
	for run := range runs {
		change, err := t.promoted(run, runs)
		if err != nil {
			return err
		}
		if err := p.change(ctx, change); err != nil {
			return err
		}
		if err := p.promote(ctx); err != nil {
			return err
		}
		t.say("%7d packages, run %d: promotion, %.3f s", t.archive.Packages, run+1, times[promotePull][ours][run].Seconds())
	}
	return nil
}

func (p promoter) prepare(ctx context.Context, a *archive) error {
	if _, err := client.Call(ctx, p.Client, routes.CreateDistribution, routes.Send(pockets.NewDistribution{Name: "bench"})); err != nil {
		return err
	}
	if _, err := client.Call(ctx, p.Client, routes.CreateSeries, routes.Send(pockets.NewSeries{Distribution: "bench", Name: "up"})); err != nil {
		return err
	}
	if _, err := client.Call(ctx, p.Client, routes.CreatePocket, routes.Send(pockets.NewPocket{
		Path: inSeries("up"), Mode: "upload", Components: []string{a.Component}, Architectures: []string{a.Architecture}, Key: "default", // which the first publication made
	})); err != nil {
		return err
	}
	_, err := client.Call(ctx, p.Client, routes.CopyPackages, routes.SendTo(promotedRepo, routes.Copy{From: "mirror:" + mirrorName}))
	return err
}

// derive makes a series and pulls everything to it.
func (p promoter) derive(ctx context.Context, name string) error {
	syscall.Sync()
	began := time.Now()
	if _, err := client.Call(ctx, p.Client, routes.DeriveSeries, routes.DeriveSeriesInput{SeriesPath: routes.SeriesPath{Distribution: "bench", Series: "up"}, Body: routes.DerivedSeries{Name: name}}); err != nil {
		return err
	}
	p.times.note(promoteDerive, ours, began)
	return p.work(ctx, promoteFirst, func() (usecase.Activity, error) {
		return client.Call(ctx, p.Client, routes.PullPocket, routes.SendToPocket(inSeries(name), &routes.PullRequest{}))
	})
}

// work measures an activity, until its client knows that it is done.
func (p promoter) work(ctx context.Context, step string, start func() (usecase.Activity, error)) error {
	syscall.Sync()
	began := time.Now()
	if err := p.await(ctx)(start()); err != nil {
		return fmt.Errorf("%s: %w", step, err)
	}
	p.times.note(step, ours, began)
	return nil
}

func (p promoter) await(ctx context.Context) func(usecase.Activity, error) error {
	return func(a usecase.Activity, err error) error {
		if err == nil {
			a, err = p.Follow(ctx, a.ID, func(usecase.Activity) {})
		}
		if err == nil && a.Status != "done" {
			err = fmt.Errorf("it ended as %s: %v", a.Status, a.Error)
		}
		return err
	}
}

// change changes the pocket that is pulled from.
func (p promoter) change(ctx context.Context, change promoted) error {
	if err := p.await(ctx)(client.Call(ctx, p.Client, routes.RemovePocketPackages, routes.RemovePocketPackagesInput{PocketPath: routes.PocketPath(inSeries("up")), Package: change.gone})); err != nil {
		return err
	}
	files := func(yield func(client.File) bool) {
		for _, path := range change.files {
			if !yield(client.File{Name: filepath.Base(path), Open: func() (io.ReadCloser, error) { return os.Open(path) }}) {
				return
			}
		}
	}
	_, err := p.AddPackages(ctx, routes.AddPackagesInput{Named: routes.Named{Name: promotedRepo}}, files)
	return err
}

// promote measures a pull, with what is asked before it, and its revert, and pulls again.
func (p promoter) promote(ctx context.Context) error {
	to := inSeries("prod0")
	began := time.Now()
	areas, err := client.Call(ctx, p.Client, routes.DiffPocket, routes.PocketPath(to))
	if err != nil {
		return err
	}
	p.times.note(promoteDiff, ours, began)
	if n := changesOf(areas.Items); n != promoteUpdated+promoteAdded+promoteRemoved {
		return fmt.Errorf("a pull would change %d packages, not 500", n)
	}
	began = time.Now()
	if _, err := client.Call(ctx, p.Client, routes.CheckPocket, routes.CheckPocketInput{PocketPath: routes.PocketPath(to)}); err != nil {
		return err
	}
	p.times.note(promoteCheck, ours, began)
	before, err := client.Call(ctx, p.Client, routes.GetPocket, routes.PocketPath(to))
	if err != nil {
		return err
	}
	pull := func() (usecase.Activity, error) {
		return client.Call(ctx, p.Client, routes.PullPocket, routes.SendToPocket(to, &routes.PullRequest{}))
	}
	if err := p.work(ctx, promotePull, pull); err != nil {
		return err
	}
	revert := func() (usecase.Activity, error) {
		return client.Call(ctx, p.Client, routes.RevertPocket, routes.SendToPocket(to, routes.RevertRequest{To: fmt.Sprint(before.Revision)}))
	}
	if err := p.work(ctx, promoteRevert, revert); err != nil {
		return err
	}
	return p.await(ctx)(pull())
}

func changesOf(areas []pockets.PocketArea) (n int) {
	for _, area := range areas {
		n += len(area.Add) + len(area.Update) + len(area.Delete)
	}
	return n
}

// table prints the medians side by side.
func (times promotionTimes) table() string {
	var b strings.Builder
	b.WriteString("| promotion | aptarium, in its server | reprepro | against reprepro |\n| --- | --- | --- | --- |\n")
	for _, step := range []string{promoteDerive, promoteFirst, promoteDiff, promoteCheck, promotePull, promoteRevert} {
		mine, theirs := percentile(times[step][ours], 50), percentile(times[step]["reprepro"], 50)
		shown := "–"
		if theirs > 0 {
			shown = seconds(theirs)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", step, seconds(mine), shown, ratio(divide(theirs.Seconds(), mine.Seconds())))
	}
	return b.String()
}
