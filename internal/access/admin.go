package access

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// AdminFile is the name of the file with the administrator's token in the data folder.
const AdminFile = "admin.token"

// adminName is the name of the administrator's token.
const adminName = "admin"

// EnsureAdminToken creates the administrator's token and writes it to dir/admin.token,
// readable only by its owner, unless the file has a valid one. The earlier token is
// revoked. made reports whether a new token was written.
func EnsureAdminToken(ctx context.Context, d *db.DB, s *Store, dir string) (made bool, err error) {
	secret, err := ReadAdminToken(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if err == nil {
		good, err := isAdmin(ctx, d, s, secret)
		if good || err != nil {
			return false, err
		}
	}
	err = d.Tx(ctx, func(tx *db.Tx) error {
		if _, err := s.Revoke(ctx, tx, adminName); err != nil && !problem.Is(err, problem.NotFound) {
			return err
		}
		_, secret, err = s.Create(ctx, tx, adminName, Administrator, 0)
		return err
	})
	if err != nil {
		return false, err
	}
	// A crash before the file is written leaves an unknown token; the next start
	// replaces it.
	err = writeAdminToken(filepath.Join(dir, AdminFile), secret)
	return err == nil, problem.While(err, "writing the administrator's token")
}

// isAdmin reports whether a secret is a valid token of an administrator.
func isAdmin(ctx context.Context, d *db.DB, s *Store, secret string) (good bool, err error) {
	err = d.Read(ctx, func(tx *db.Tx) error {
		token, err := s.Authenticate(ctx, tx, secret)
		good = err == nil && token.Principal().May(Admin)
		if problem.Is(err, problem.Unauthenticated) {
			return nil
		}
		return err
	})
	return good, err
}

// ReadAdminToken reads the token from dir/admin.token, for local commands. A file that
// others can read is problem.Conflict, a missing file fs.ErrNotExist.
func ReadAdminToken(dir string) (string, error) {
	path := filepath.Join(dir, AdminFile)
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("reading the administrator's token: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", fmt.Errorf("reading the administrator's token: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", problem.New(problem.Conflict, "others than its owner can read this file (mode %04o), and its token allows everything", info.Mode().Perm()).
			In(path).WithHint("delete the file: the next start creates a new token")
	}
	text, err := io.ReadAll(io.LimitReader(file, 1024))
	if err != nil {
		return "", fmt.Errorf("reading the administrator's token: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// writeAdminToken writes the file atomically.
func writeAdminToken(path, secret string) error {
	file, err := os.CreateTemp(filepath.Dir(path), AdminFile+".*") // with mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.WriteString(secret + "\n")
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
