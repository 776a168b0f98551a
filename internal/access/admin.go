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

// AdminFile is the name of the file with the administrator's token, inside
// the data folder.
const AdminFile = "admin.token"

// adminName is what the administrator's token is called.
const adminName = "admin"

// EnsureAdminToken sees to it that dir/admin.token holds a token with the role
// of an administrator, readable by its owner alone: at the first start, and
// again whenever the file or its token was lost or revoked. The token that the
// file held before ends then. made reports whether a new one was written.
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
	// A crash before the file is there leaves a token that nobody knows; the
	// next start replaces it.
	if err := writeAdminToken(filepath.Join(dir, AdminFile), secret); err != nil {
		return false, fmt.Errorf("writing the administrator's token: %w", err)
	}
	return true, nil
}

// isAdmin reports whether a secret is that of an administrator.
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

// ReadAdminToken reads the token from dir/admin.token, as local commands do. A
// file that others may read is refused as problem.Conflict; a missing one is
// fs.ErrNotExist.
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
		return "", problem.New(problem.Conflict, "others than its owner may read this file (mode %04o), and who has it may do everything", info.Mode().Perm()).
			In(path).WithHint("remove the file: a new token is made at the next start")
	}
	text, err := io.ReadAll(io.LimitReader(file, 1024))
	if err != nil {
		return "", fmt.Errorf("reading the administrator's token: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// writeAdminToken puts the file in place whole, or not at all.
func writeAdminToken(path, secret string) error {
	file, err := os.CreateTemp(filepath.Dir(path), AdminFile+".*") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.WriteString(secret + "\n")
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
