package crash

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/app/activities"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// builtIn is the tree that the program serves itself.
type builtIn struct{ *session }

func (t builtIn) read(name string) ([]byte, error) {
	f, err := t.Publications.File(t.ctx, "debian/"+name)
	if problem.Is(err, problem.NotFound) {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	return readAll(t.ctx, f)
}

func (t builtIn) has(name, sha256 string) error { return hasBytes(t.read, name, sha256) }

// hasBytes wants a file to be there with the bytes that are listed.
func hasBytes(read func(string) ([]byte, error), name, sha256 string) error {
	data, err := read(name)
	if err == nil && digest.Of(data).String() != sha256 {
		err = fmt.Errorf("%s has other bytes than are listed", name)
	}
	return err
}

// sound wants what is published to be whole, and every blob to be there.
func (s *session) sound() error {
	if _, err := look(builtIn{s}, "stable"); err != nil {
		return fmt.Errorf("the built-in endpoint: %w", err)
	}
	if err := s.pocketsSound(); err != nil {
		return err
	}
	report, err := s.Garbage.Scrub(s.ctx, func(int, int64) {})
	if err == nil && !report.Clean() {
		err = fmt.Errorf("corrupt %q, missing %q", report.Corrupt, report.Missing)
	}
	if err != nil {
		return fmt.Errorf("scrub: %w", err)
	}
	return nil
}

// newest wants both endpoints to have the newest state of everything, and the
// directory nothing else but what has grace.
func (s *session) newest() error {
	if err := errors.Join(s.settle(), s.sound()); err != nil {
		return err
	}
	wanted, err := s.listed("mirror:stable")
	if err != nil {
		return err
	}
	tools, err := s.listed("repo:tools")
	if err != nil {
		return err
	}
	wanted = append(wanted, tools...)
	slices.Sort(wanted)
	www := newDirectory(s.world.prefix())
	for name, t := range map[string]tree{"the built-in endpoint": builtIn{s}, "the directory": www} {
		r, err := look(t, "stable")
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if r == nil || !slices.Equal(r.packages, wanted) {
			return fmt.Errorf("%s has not the packages of its sources, %q, but %v", name, wanted, r)
		}
	}
	if _, err := www.read("dists/testing/InRelease"); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the directory still has a dropped publication (error: %v)", err)
	}
	if err := errors.Join(s.pocketsNewest(), s.uploadsNewest()); err != nil {
		return err
	}
	return s.exact(www)
}

// exact wants the directory to be its manifest, with what has grace.
func (s *session) exact(www directory) error {
	r, err := look(www, "stable")
	if err != nil {
		return err
	}
	for name, sum := range r.indexes {
		if err := www.has(name, sum); err != nil {
			return err
		}
	}
	expected := map[string]bool{"dists/stable/Release": true, "dists/stable/Release.gpg": true}
	for name := range r.paths {
		expected[name] = true
	}
	for name := range r.indexes {
		expected[name] = true
	}
	left, err := s.leftovers()
	if err != nil {
		return err
	}
	for name := range expected {
		if _, err := www.read(name); err != nil {
			return fmt.Errorf("the directory lacks a file of its release: %w", err)
		}
	}
	there, err := newDirectory(s.world.www()).files()
	if err != nil {
		return err
	}
	for _, name := range there {
		below, ok := strings.CutPrefix(name, "debian/")
		if !ok || !expected[below] && !left[below] {
			return fmt.Errorf("the directory has %s, which nothing leads to and nothing is going to remove", name)
		}
	}
	return nil
}

// leftovers returns the files of earlier releases in the directory that are known
// to be left there.
func (s *session) leftovers() (map[string]bool, error) {
	left := map[string]bool{}
	err := s.server.Parts().DB.Read(s.ctx, func(tx *db.Tx) error {
		names, err := db.All(s.ctx, tx, db.Value[string], "SELECT path FROM leftover WHERE endpoint = 'www' AND prefix = 'debian'")
		for _, name := range names {
			left[name] = true
		}
		return err
	})
	return left, err
}

// failed counts the activities that failed. It wants each to say why, in words
// for people, after one of the endings so far.
func (s *session) failed(endings []ending) (int, error) {
	list, err := s.Activities.List(s.ctx, activities.Filter{Status: "failed"}, usecase.Page{Limit: 500})
	if err != nil {
		return 0, err
	}
	for _, x := range list.Items {
		var errs []error
		for _, e := range endings {
			errs = append(errs, saysWhy(e, activityError{x}))
		}
		if !slices.Contains(errs, nil) {
			return 0, errors.Join(errs...)
		}
	}
	return len(list.Items), nil
}

// saysWhy wants an error to say what happened to the disk: a full one is a problem
// with a remedy.
func saysWhy(e ending, err error) error {
	if _, logged := errors.AsType[troubleError](err); logged {
		return nil // in the log; the caller sees the error after the restart
	}
	text := err.Error()
	switch {
	case interrupted(err):
		return nil
	case e == full && problem.Is(err, problem.Full):
		return nil
	case (e == failing || e == broken) && strings.Contains(text, "input/output error"):
		return nil
	case errors.Is(err, context.Canceled) && !e.kills():
		return nil
	}
	return fmt.Errorf("after %s this is no clear report: %w", e, err)
}

// standing returns the files that show the directory's releases to clients.
func (w *world) standing() []byte {
	var all []byte
	for _, distribution := range distributions {
		text, _ := newDirectory(w.prefix()).read(filepath.Join("dists", distribution, "InRelease"))
		all = append(append(all, text...), 0)
	}
	return all
}
