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

// Root is an open root of aptly. While it is open, aptly cannot change it, but others can read it.
type Root struct {
	config   Config
	db       *leveldb.DB
	messages codec.MsgpackHandle
}

// Open opens the database of a root for reading. The error is a problem of kind NotFound for a missing database, Conflict
// while aptly uses it, Denied without permission, and Invalid for a damaged database or another store than LevelDB.
func Open(c Config) (*Root, error) {
	if kind := c.DatabaseBackend.Type; kind != "" && kind != "leveldb" {
		return nil, problem.New(problem.Invalid, "aptly stores its records in %s, which is not supported", kind).In("databaseBackend").
			WithHint("move them to LevelDB first")
	}
	dir := c.Database()
	// The library would create a missing lock, but nothing must be written here.
	for _, name := range []string{"CURRENT", "LOCK"} {
		if _, err := os.Stat(filepath.Join(dir, name)); errors.Is(err, fs.ErrNotExist) {
			return nil, problem.New(problem.NotFound, "there is no database of aptly: %w", err).In(dir).
				WithHint("use aptly's root directory: rootDir in the output of `aptly config show`")
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
		return problem.New(problem.Conflict, "aptly is using its database: %w", err).In(dir).
			WithHint("wait until aptly ends, or stop `aptly api serve`")
	case errors.Is(err, fs.ErrPermission):
		return problem.New(problem.Denied, "the database cannot be read: %w", err).In(dir).WithHint("run this as aptly's user")
	}
	return problem.New(problem.Invalid, "the database cannot be opened: %w", err).In(dir).
		WithHint("`aptly db recover` repairs it as far as possible")
}

// Close closes the root, so that aptly can change it again.
func (r *Root) Close() error { return r.db.Close() }

// Config returns the configuration of the root.
func (r *Root) Config() Config { return r.config }

// maxRecord is the largest size of a record, in bytes: the list of a million packages has 60 MB.
const maxRecord = 256 << 20

// each returns the records whose keys have a prefix, in the order of keys, each decoded into a new T. A record that cannot
// be decoded is an error, and does not end the sequence.
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

// get reads one record. A missing one is problem.NotFound.
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
