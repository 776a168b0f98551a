package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/buildinfo"
	"github.com/aptarium/aptarium/internal/cli/client"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/server"
)

// Session is a client, of a server in another process or of the data folder that this process
// has opened.
type Session struct {
	*client.Client
	local *server.Server // nil: another process has it
}

// Own reports whether this process has opened the data folder, so that its activities run in it.
func (s *Session) Own() bool { return s.local != nil }

// Work lets activities run until the session ends, if they run in this process.
func (s *Session) Work(ctx context.Context) error {
	if s.local == nil {
		return nil
	}
	// It ends with the session: an interrupt asks for an orderly end first.
	return s.local.Start(context.WithoutCancel(ctx))
}

// Session opens the server or the data folder that the flags and the environment name, once.
func (p *Program) Session(ctx context.Context) (*Session, error) {
	if p.opened != nil {
		return p.opened, nil
	}
	if p.completing && !p.dataExists() {
		return nil, fs.ErrNotExist // a completion must not create a data folder
	}
	var err error
	if url := p.serverURL(); url != "" {
		p.opened, err = p.remote(url, p.Getenv("APTARIUM_TOKEN"))
	} else {
		p.opened, err = p.folder(ctx)
	}
	return p.opened, err
}

// Close ends the session.
func (p *Program) Close() error {
	if p.opened == nil || p.opened.local == nil {
		return nil
	}
	return p.opened.local.Close()
}

func (p *Program) serverURL() string {
	if p.Server != "" {
		return p.Server
	}
	if p.Data != "" { // named on the command line, it outdoes the environment
		return ""
	}
	return p.Getenv("APTARIUM_SERVER")
}

// remote returns a session with a server.
func (p *Program) remote(url, token string) (*Session, error) {
	c, err := client.New(client.Options{URL: url, Token: token, UserAgent: "aptarium/" + buildinfo.Read().Version})
	if err != nil {
		return nil, err
	}
	return &Session{Client: c}, nil
}

// How long a command waits for another one that has the data folder open, and
// how often it tries.
const (
	folderPatience = 10 * time.Second
	folderEvery    = 100 * time.Millisecond
)

// folder returns a session on a data folder: with the server that has it open, or of this
// process.
func (p *Program) folder(ctx context.Context) (*Session, error) {
	config, err := p.Configuration()
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.NewTextHandler(p.Err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	local, err := p.open(ctx, config, log)
	if errors.Is(err, server.ErrInUse) {
		if found, err := p.running(config.Data); found != nil || err != nil {
			return found, err
		}
	}
	if err != nil {
		return nil, err
	}
	c, err := client.New(client.Options{URL: "http://aptarium", Transport: client.Local(local.Local())})
	if err != nil {
		return nil, errors.Join(err, local.Close())
	}
	return &Session{c, local}, nil
}

// open opens a data folder for this process. It waits for a while when another
// process has it open, unless that is a server.
func (p *Program) open(ctx context.Context, config server.Config, log *slog.Logger) (*server.Server, error) {
	for start := time.Now(); ; {
		local, err := server.Open(ctx, config, log)
		if !errors.Is(err, server.ErrInUse) || time.Since(start) > folderPatience {
			return local, err
		}
		if _, missing := server.Find(config.Data); missing == nil {
			return nil, err
		}
		select { // a server is about to listen, or a command about to end
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(folderEvery):
		}
	}
}

// running returns a session with the server that has a data folder open, or nil if there is
// none.
func (p *Program) running(data string) (*Session, error) {
	address, err := server.Find(data)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for the server of %s: %w", data, err)
	}
	token := p.Getenv("APTARIUM_TOKEN")
	if token == "" {
		if token, err = access.ReadAdminToken(data); err != nil {
			return nil, err
		}
	}
	return p.remote(address.URL, token)
}

// dataExists reports whether there is a server or a data folder.
func (p *Program) dataExists() bool {
	if p.serverURL() != "" {
		return true
	}
	config, err := p.Configuration()
	if err != nil {
		return false
	}
	_, err = os.Stat(config.Data)
	return err == nil
}

// Serve opens the data folder and serves it until ctx ends.
func (p *Program) Serve(ctx context.Context, config server.Config) error {
	log, err := config.Logger(p.Err)
	if err != nil {
		return err
	}
	s, err := p.open(ctx, config, log)
	if err != nil {
		return err
	}
	p.opened = &Session{local: s} // closed with the program
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", config.Listen)
	if err != nil {
		return problem.New(problem.Conflict, "cannot listen: %w", err).In("listen").
			WithHint("choose another address with --listen, or end the program that has this one")
	}
	return s.Serve(ctx, listener)
}
