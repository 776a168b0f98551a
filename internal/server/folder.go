package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"

	"github.com/aptarium/aptarium/internal/problem"
)

// ErrInUse is the cause of the problem that [Open] returns for a data folder that
// another process has open. [Find] reports whether that is a server.
var ErrInUse = errors.New("the data folder is in use")

const (
	lockName    = "lock"
	addressName = "server.json"
)

// takeFolder makes the data folder if need be, and locks it for this process. The
// lock file names the process, for people and messages; the lock itself ends
// with the process.
func takeFolder(dir string) (*flock.Flock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, problem.New(problem.Conflict, "the data folder cannot be made: %w", err).In("data").WithHint("name another one with --data")
	}
	path := filepath.Join(dir, lockName)
	lock := flock.New(path, flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	switch {
	case errors.Is(err, fs.ErrPermission):
		return nil, problem.New(problem.Conflict, "the data folder belongs to somebody else: %w", err).In("data").
			WithHint("run this as the user of the server, or name it with --server and APTARIUM_TOKEN")
	case err != nil:
		return nil, fmt.Errorf("locking the data folder: %w", err)
	case !locked:
		holder, _ := os.ReadFile(path)
		return nil, problem.New(problem.Conflict, "%w: %s is open in process %s", ErrInUse, dir, strings.TrimSpace(string(holder))).
			WithHint("wait for it to end; commands share a folder when `aptarium serve` runs on it")
	}
	if err := os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("locking the data folder: %w", err), lock.Unlock())
	}
	return lock, nil
}

// Address is where the server of a data folder listens.
type Address struct {
	URL string `json:"url"`
	PID int    `json:"pid"`
}

// Find returns the address of the server of a data folder; fs.ErrNotExist if none
// listens.
func Find(dir string) (Address, error) {
	text, err := os.ReadFile(filepath.Join(dir, addressName))
	if err != nil {
		return Address{}, err
	}
	var a Address
	if err := json.Unmarshal(text, &a); err != nil {
		return Address{}, fmt.Errorf("reading %s: %w", filepath.Join(dir, addressName), err)
	}
	return a, nil
}

// announce lets [Find] find this process.
func announce(dir, url string) error {
	text, err := json.Marshal(Address{url, os.Getpid()})
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, addressName+".*") // with mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.Write(append(text, '\n'))
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), filepath.Join(dir, addressName))
}

// retract ends what announce began.
func retract(dir string) error {
	err := os.Remove(filepath.Join(dir, addressName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
