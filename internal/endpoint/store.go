package endpoint

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

//go:embed migrations
var migrations embed.FS

// Schema returns the table of endpoints.
func Schema() db.Schema { return db.Schema{Name: "endpoint", Migrations: migrations} }

// Kind is the kind of an endpoint.
type Kind string

// Filesystem is a directory that another web server serves.
const Filesystem Kind = "filesystem"

// Settings configure an endpoint.
type Settings struct {
	Kind      Kind   `json:"kind" doc:"filesystem"`
	Directory string `json:"directory" doc:"Absolute path of the root that the web server serves"`
	Link      string `json:"link,omitempty" doc:"How package files come there: hard, symbolic or copy; empty: hard where the file system can, else copy"`
	Plain     bool   `json:"plain,omitempty" doc:"Write indexes without compression too"`
	PublicURL string `json:"public_url,omitempty" doc:"Address of the root, as clients reach it"`
}

// Named is a stored endpoint.
type Named struct {
	Name      string
	CreatedAt int64 // microseconds since 1970
	Settings
}

var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// CheckSettings checks the name and the settings of an endpoint.
func CheckSettings(name string, s Settings) error {
	switch {
	case !namePattern.MatchString(name):
		return problem.New(problem.Invalid, "%q is not a name", name).In("name").WithHint("use letters, digits and . _ -, such as www")
	case s.Kind != Filesystem:
		return problem.New(problem.Invalid, "%q is not a kind of endpoint", s.Kind).In("kind").WithHint("use filesystem")
	case !filepath.IsAbs(s.Directory) || filepath.Clean(s.Directory) == "/":
		return problem.New(problem.Invalid, "%q is not the absolute path of a directory of its own", s.Directory).In("directory").
			WithHint("use the root directory of your web server, such as /srv/www/apt")
	case !slices.Contains([]string{"", "hard", "symbolic", "copy"}, s.Link):
		return problem.New(problem.Invalid, "%q is not a way to deploy files", s.Link).In("link").WithHint("use hard, symbolic or copy")
	}
	if s.PublicURL == "" {
		return nil
	}
	if u, err := url.Parse(s.PublicURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return problem.New(problem.Invalid, "%q is not a URL", s.PublicURL).In("public_url").WithHint("use a URL such as https://deb.example.org/apt")
	}
	return nil
}

// Store stores endpoints. Its methods work in the given transaction.
type Store struct{}

// Put stores an endpoint, or the new settings of an existing one.
func (Store) Put(ctx context.Context, tx *db.Tx, name string, s Settings) error {
	if err := CheckSettings(name, s); err != nil {
		return err
	}
	s.Directory = filepath.Clean(s.Directory)
	settings, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("encoding the settings of an endpoint: %w", err)
	}
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO endpoint (name, settings, created_at) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET settings = excluded.settings`, name, string(settings), now); err != nil {
		return fmt.Errorf("storing endpoint %s: %w", name, err)
	}
	return nil
}

// Get returns an endpoint, or problem.NotFound.
func (s Store) Get(ctx context.Context, tx *db.Tx, name string) (Named, error) {
	found, err := s.list(ctx, tx, "name = $1", name)
	if err != nil {
		return Named{}, err
	}
	if len(found) == 0 {
		return Named{}, problem.New(problem.NotFound, "there is no endpoint %q", name).In("endpoint").
			WithHint("`aptarium endpoint list` lists the endpoints, `aptarium endpoint create` creates one")
	}
	return found[0], nil
}

// List returns up to limit endpoints after a name, sorted by name.
func (s Store) List(ctx context.Context, tx *db.Tx, after string, limit int) ([]Named, error) {
	return s.list(ctx, tx, "name > $1 ORDER BY name LIMIT $2", after, int64(limit))
}

// Drop deletes an endpoint. Its files stay.
func (Store) Drop(ctx context.Context, tx *db.Tx, name string) error {
	if _, err := tx.Exec(ctx, "DELETE FROM endpoint WHERE name = $1", name); err != nil {
		return fmt.Errorf("dropping endpoint %s: %w", name, err)
	}
	return nil
}

func (Store) list(ctx context.Context, tx *db.Tx, where string, args ...any) ([]Named, error) {
	list, err := db.All(ctx, tx, func(row db.Scanner) (n Named, err error) {
		var settings string
		if err := row.Scan(&n.Name, &settings, &n.CreatedAt); err != nil {
			return n, err
		}
		return n, json.Unmarshal([]byte(settings), &n.Settings)
	}, "SELECT name, settings, created_at FROM endpoint WHERE "+where, args...)
	if err != nil {
		return nil, fmt.Errorf("reading endpoints: %w", err)
	}
	return list, nil
}
