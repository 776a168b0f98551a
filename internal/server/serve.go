package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/aptarium/aptarium/internal/buildinfo"
)

// Bounds on connections. There is none on the time that an answer takes, since
// it may be a package of gigabytes on a slow line.
const (
	headerTimeout  = 15 * time.Second
	idleTimeout    = 2 * time.Minute
	maxHeaderBytes = 64 << 10
)

// Serve lets activities run and answers requests on the listener until ctx ends.
// Then requests under way get ten seconds, and activities too, which go on at the
// next start. While it serves, [Find] finds it.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	url := localURL(listener.Addr())
	s.parts.Settings.ListenURL = url + "/archive"
	if err := s.Start(context.WithoutCancel(ctx)); err != nil {
		return errors.Join(err, listener.Close())
	}
	if err := s.app.Garbage.StartCollecting(ctx); err != nil {
		return errors.Join(err, listener.Close())
	}
	web := &http.Server{
		Handler: s.handler(), ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	if err := announce(s.config.Data, url); err != nil {
		return errors.Join(fmt.Errorf("telling local commands about the server: %w", err), listener.Close())
	}
	served := make(chan error, 1)
	go func() { served <- web.Serve(listener) }()
	s.log.Info("serving", "url", url, "public_url", cmp.Or(s.parts.Settings.PublicURL, s.parts.Settings.ListenURL), "data", s.config.Data, "version", buildinfo.Read().Version)
	service := manager{socket: os.Getenv("NOTIFY_SOCKET")}
	service.notify(s.log, "READY=1")
	watching, stopWatching := context.WithCancel(ctx)
	defer stopWatching()
	go service.watch(watching, s.log, os.Getenv("WATCHDOG_USEC"), func() bool { return s.ready(watching) == nil })

	var err error
	select {
	case err = <-served:
		err = fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
		s.log.Info("stopping")
	}
	service.notify(s.log, "STOPPING=1")
	return errors.Join(err, s.stop(web))
}

// stop waits until running requests end. Requests that only wait for news end at once.
func (s *Server) stop(web *http.Server) error {
	close(s.draining)
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	err := web.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		s.log.Warn("some requests took too long and were cut off")
		err = web.Close()
	}
	return errors.Join(err, retract(s.config.Data))
}

// ready reports whether requests can be answered.
func (s *Server) ready(ctx context.Context) error {
	select {
	case <-s.draining:
		return errors.New("stopping")
	default:
	}
	return s.app.Activities.Ready(ctx)
}
