package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/buildinfo"
	"github.com/aptarium/aptarium/internal/cli/client"
	"github.com/aptarium/aptarium/internal/server"
)

// session is a client, and what keeps it going: a server in another process, or
// the data folder that this process has opened.
type session struct {
	*client.Client
	local *server.Server // nil: another process has it
}

// work lets activities run while a command waits for one, if that is up to this
// process.
func (s *session) work(ctx context.Context) error {
	if s.local == nil {
		return nil
	}
	// It ends with the session: an interrupt asks for an orderly end first.
	return s.local.Start(context.WithoutCancel(ctx))
}

// session opens what the flags and the environment name, once.
func (p *program) session(ctx context.Context) (*session, error) {
	if p.opened != nil {
		return p.opened, nil
	}
	var err error
	if url := p.serverURL(); url != "" {
		p.opened, err = p.remote(url, p.getenv("APTARIUM_TOKEN"))
	} else {
		p.opened, err = p.folder(ctx)
	}
	return p.opened, err
}

// close ends the session.
func (p *program) close() error {
	if p.opened == nil || p.opened.local == nil {
		return nil
	}
	return p.opened.local.Close()
}

func (p *program) serverURL() string {
	if p.flags.server != "" {
		return p.flags.server
	}
	if p.flags.data != "" { // named on the command line, it outdoes the environment
		return ""
	}
	return p.getenv("APTARIUM_SERVER")
}

// remote is a session with a server.
func (p *program) remote(url, token string) (*session, error) {
	c, err := client.New(client.Options{URL: url, Token: token, UserAgent: "aptarium/" + buildinfo.Read().Version})
	if err != nil {
		return nil, err
	}
	return &session{Client: c}, nil
}

// configuration reads it, and applies the flags that all commands have.
func (p *program) configuration() (server.Config, error) {
	path := p.flags.config
	if path == "" {
		path = p.getenv("APTARIUM_CONFIG")
	}
	c, err := server.Load(path, p.getenv)
	if p.flags.data != "" {
		c.Data = p.flags.data
	}
	return c, err
}

// How long a command waits for another one that has the data folder open, and
// how often it tries.
const (
	folderPatience = 10 * time.Second
	folderEvery    = 100 * time.Millisecond
)

// folder is a session on a data folder: with the server that has it open, or on
// its own.
func (p *program) folder(ctx context.Context) (*session, error) {
	config, err := p.configuration()
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.NewTextHandler(p.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
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
	return &session{c, local}, nil
}

// open opens a data folder for this process. It waits for a while when another
// one has it open, unless that is a server.
func (p *program) open(ctx context.Context, config server.Config, log *slog.Logger) (*server.Server, error) {
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

// running is a session with the server that has a data folder open, or nil if
// there is none.
func (p *program) running(data string) (*session, error) {
	address, err := server.Find(data)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for the server of %s: %w", data, err)
	}
	token := p.getenv("APTARIUM_TOKEN")
	if token == "" {
		if token, err = access.ReadAdminToken(data); err != nil {
			return nil, err
		}
	}
	return p.remote(address.URL, token)
}

// dataExists tells whether there is anything to complete names from; looking
// must not make a data folder.
func (p *program) dataExists() bool {
	if p.serverURL() != "" {
		return true
	}
	config, err := p.configuration()
	if err != nil {
		return false
	}
	_, err = os.Stat(config.Data)
	return err == nil
}
