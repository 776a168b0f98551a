package aptlyroot

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"syscall"

	"github.com/syndtr/goleveldb/leveldb"
	"github.com/syndtr/goleveldb/leveldb/opt"
	"github.com/syndtr/goleveldb/leveldb/util"
	"github.com/ugorji/go/codec"

	"github.com/aptarium/aptarium/internal/problem"
)

// Root is an opened root of aptly. While it is open no aptly can change it; other
// readers can read it too.
type Root struct {
	config   Config
	db       *leveldb.DB
	messages codec.MsgpackHandle
}

// Open opens the database of a root to be read. That is a problem of kind
// NotFound when there is none, Conflict while an aptly has it, Denied when it may
// not be read, and Invalid when it is damaged or kept elsewhere than in LevelDB.
func Open(c Config) (*Root, error) {
	if kind := c.DatabaseBackend.Type; kind != "" && kind != "leveldb" {
		return nil, problem.New(problem.Invalid, "aptly keeps its records in %s here, which cannot be read", kind).In("databaseBackend").
			WithHint("move them to leveldb first")
	}
	dir := c.Database()
	// A missing lock would be made by the library, and nothing is written here.
	for _, name := range []string{"CURRENT", "LOCK"} {
		if _, err := os.Stat(filepath.Join(dir, name)); errors.Is(err, fs.ErrNotExist) {
			return nil, problem.New(problem.NotFound, "no database of aptly is there: %w", err).In(dir).
				WithHint("name the root directory of aptly, which `aptly config show` tells as rootDir")
		}
	}
	db, err := leveldb.OpenFile(dir, &opt.Options{ReadOnly: true, ErrorIfMissing: true, Strict: opt.StrictReader})
	if err != nil {
		return nil, notOpened(dir, err)
	}
	r := &Root{config: c, db: db}
	r.messages.MaxDepth = maxDepth
	r.messages.MaxInitLen = 1 << 16
	return r, nil
}

func notOpened(dir string, err error) error {
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return problem.New(problem.Conflict, "an aptly is using its database: %w", err).In(dir).
			WithHint("wait until it is done, or stop `aptly api serve`")
	case errors.Is(err, fs.ErrPermission):
		return problem.New(problem.Denied, "the database may not be read: %w", err).In(dir).WithHint("run this as the user that aptly runs as")
	}
	return problem.New(problem.Invalid, "the database cannot be opened: %w", err).In(dir).
		WithHint("`aptly db recover` mends what can be mended")
}

// Close lets aptly change its root again.
func (r *Root) Close() error { return r.db.Close() }

// Config returns what the root was opened with.
func (r *Root) Config() Config { return r.config }

// maxRecord bounds a record, in bytes: the list of a million packages has 60 MB.
const maxRecord = 256 << 20

// each walks over the records whose keys have a prefix, in the order of their
// keys, and decodes each into a T of its own. A record that cannot be decoded is
// an error, and the walk goes on.
func each[T any](r *Root, prefix string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		walk := r.db.NewIterator(util.BytesPrefix([]byte(prefix)), nil)
		defer walk.Release()
		for walk.Next() {
			var record T
			err := r.decode(walk.Key(), walk.Value(), &record)
			if !yield(record, err) {
				return
			}
		}
		if err := walk.Error(); err != nil {
			var none T
			yield(none, damaged([]byte(prefix), err))
		}
	}
}

// get reads one record; none is problem.NotFound.
func (r *Root) get(key []byte, into any) error {
	value, err := r.db.Get(key, nil)
	if errors.Is(err, leveldb.ErrNotFound) {
		return problem.New(problem.NotFound, "aptly has no record %.200q", key)
	}
	if err != nil {
		return damaged(key, err)
	}
	return r.decode(key, value, into)
}

// decode reads a value.
func (r *Root) decode(key, value []byte, into any) error {
	if len(value) > maxRecord {
		return damaged(key, fmt.Errorf("it has %d bytes", len(value)))
	}
	if err := codec.NewDecoderBytes(value, &r.messages).Decode(into); err != nil {
		return damaged(key, err)
	}
	return nil
}

func damaged(key []byte, err error) error {
	return problem.New(problem.Invalid, "aptly's record %.200q cannot be read: %w", key, err)
}
