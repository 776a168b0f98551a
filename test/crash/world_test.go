package crash

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/activities"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/blob/file"
	"github.com/aptarium/aptarium/internal/endpoint/filesystem"
	"github.com/aptarium/aptarium/internal/publish"
	"github.com/aptarium/aptarium/internal/server"
)

// world is a folder in which one round happens:
//
//	data/       of the server
//	www/        the directory of the endpoint
//	upstream    link to the state in which the upstream is
//	clock       how many hours the time is moved forward
//
// It is all that a process leaves to the next.
type world struct {
	Folder   string
	URL      string // of the upstream
	Material material
	Variant  int
}

// distributions are published in the directory; they share its pool.
var distributions = []string{"stable", "testing"}

func (w *world) data() string   { return filepath.Join(w.Folder, "data") }
func (w *world) www() string    { return filepath.Join(w.Folder, "www") }
func (w *world) prefix() string { return filepath.Join(w.www(), "debian") }

// variant is what differs in how things are published.
type variant struct {
	link    string
	plain   bool
	options publications.PublishOptions
}

var variants = []variant{
	{},
	{options: publications.PublishOptions{Contents: "both", Patches: 5, Translations: true}},
	{link: "copy", plain: true, options: publications.PublishOptions{Patches: 2, Translations: true}},
	{link: "symbolic", options: publications.PublishOptions{Sums: publish.Sums{MD5: true, SHA512: true}, Contents: "component"}},
}

func (w *world) variant() variant { return variants[w.Variant] }

// switchTo brings the upstream into a state, between two requests.
func (w *world) switchTo(state int) error {
	link := filepath.Join(w.Folder, "upstream")
	_ = os.Remove(link + ".new") // of a process that was killed here
	if err := os.Symlink(filepath.Join(w.Material.Upstream, strconv.Itoa(state)), link+".new"); err != nil {
		return err
	}
	return os.Rename(link+".new", link)
}

// offered names the packages of the state in which the upstream is, as "name version".
func (w *world) offered() ([]string, error) {
	target, err := os.Readlink(filepath.Join(w.Folder, "upstream"))
	if err != nil {
		return nil, err
	}
	state, err := strconv.Atoi(filepath.Base(target))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, p := range upstreamPackages(state) {
		names = append(names, p.Name+" "+p.Version)
	}
	slices.Sort(names)
	return names, nil
}

// hours returns by how many hours the clock is moved forward.
func (w *world) hours() int64 {
	text, err := os.ReadFile(filepath.Join(w.Folder, "clock"))
	if err != nil {
		return 0
	}
	n, _ := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64) // we wrote it
	return n
}

// session is a server on a world, in this process.
type session struct {
	*app.App
	world   *world
	server  *server.Server
	points  *points
	ctx     context.Context
	stop    context.CancelFunc
	hours   *atomic.Int64
	serving sync.WaitGroup
	log     *troubleLog
	again   bool // the step was begun before, by a process that was killed
}

// open takes a world up. Nothing runs before Start. Every operation passes the
// points.
func (w *world) open(p *points) (*session, error) {
	p.enter("open")
	s := &session{world: w, points: p, hours: new(atomic.Int64)}
	s.hours.Store(w.hours())
	ctx, stop := context.WithCancel(context.Background())
	s.ctx, s.stop = usecase.AsProcess(ctx), stop
	s.log = &troubleLog{stuck: stop}
	c := server.Defaults()
	c.Data, c.Workers = w.data(), 2
	var err error
	s.server, err = server.OpenWith(ctx, c, slog.New(s.log), server.Seams{
		Pool:       func(disk file.FS) file.FS { return poolDisk{disk, p} },
		Place:      func(disk filesystem.FS) filesystem.FS { return placeDisk{disk, p} },
		Committing: p.committing, Committed: p.committed, Volatile: true,
		Now: func() time.Time { return time.Now().Add(time.Duration(s.hours.Load()) * time.Hour) },
	})
	if err != nil {
		stop()
		return nil, err
	}
	s.App = s.server.App()
	return s, nil
}

// start lets activities run.
func (s *session) start() error { return s.server.Start(context.WithoutCancel(s.ctx)) }

// serve also answers requests, at the URL that it returns.
func (s *session) serve() (url string, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s.serving.Go(func() {
		if err := s.server.Serve(s.ctx, listener); err != nil {
			text := err.Error()
			s.log.trouble.CompareAndSwap(nil, &text)
			s.stop()
		}
	})
	return "http://" + listener.Addr().String(), nil
}

// close ends the session.
func (s *session) close() error {
	s.stop()
	s.serving.Wait()
	return s.server.Close()
}

// forward moves the time to so many hours after now.
func (s *session) forward(hours int64) error {
	name := filepath.Join(s.world.Folder, "clock")
	if err := os.WriteFile(name+".new", []byte(strconv.FormatInt(hours, 10)), 0o600); err != nil {
		return err
	}
	if err := os.Rename(name+".new", name); err != nil {
		return err
	}
	s.hours.Store(hours)
	return nil
}

// done waits for an activity that must succeed.
func (s *session) done(x usecase.Activity, err error) error {
	for err == nil && !x.Finished() {
		x, err = s.Activities.Watch(s.ctx, x.ID, x.Version, time.Minute)
	}
	switch {
	case err != nil:
		return s.log.or(err)
	case x.Status != "done":
		return activityError{x}
	}
	return nil
}

// activityError is the error of an activity that ended without success.
type activityError struct{ usecase.Activity }

func (e activityError) Error() string {
	return fmt.Sprintf("activity %d, %s of %s, ended as %s: %+v", e.ID, e.Type, e.Subject, e.Status, e.Activity.Error)
}

func (e activityError) Unwrap() error {
	if e.Activity.Error == nil {
		return nil
	}
	return e.Activity.Error.Problem()
}

// interrupted reports whether an error belongs to work that a killed process did itself:
// its caller ended too, and starts it again.
func interrupted(err error) bool {
	return strings.Contains(err.Error(), "interrupted: the process that ran it ended")
}

// settle waits until no activity can run now. It returns the error of the first failed
// activity.
func (s *session) settle() error {
	for _, status := range []string{"running", "waiting", "running"} {
		list, err := s.Activities.List(s.ctx, activities.Filter{Status: status}, usecase.Page{Limit: 500})
		if err != nil {
			return s.log.or(err)
		}
		for _, x := range list.Items {
			if x.RunAt.After(s.server.Parts().Now()) || x.Parent != 0 { // its parent ends after it, or starts it again
				continue
			}
			if err := s.done(x, nil); err != nil && !interrupted(err) {
				return err
			}
		}
	}
	return nil
}

// troubleLog collects the errors of the engine of activities, which no caller gets.
// They end the session's waiting, which would otherwise continue until a lease ends.
type troubleLog struct {
	stuck   context.CancelFunc
	trouble atomic.Pointer[string]
}

func (l *troubleLog) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn
}

func (l *troubleLog) Handle(_ context.Context, r slog.Record) error {
	text := r.Message
	r.Attrs(func(a slog.Attr) bool { text += " " + a.String(); return true })
	if l.trouble.CompareAndSwap(nil, &text) {
		l.stuck()
	}
	return nil
}

func (l *troubleLog) WithAttrs([]slog.Attr) slog.Handler { return l }
func (l *troubleLog) WithGroup(string) slog.Handler      { return l }

// troubleError is a logged error.
type troubleError string

func (e troubleError) Error() string { return "logged: " + string(e) }

// or returns the trouble that was logged in place of the error that it led to.
func (l *troubleLog) or(err error) error {
	if text := l.trouble.Load(); text != nil {
		return troubleError(*text)
	}
	return err
}
