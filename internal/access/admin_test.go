package access

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/aptarium/aptarium/internal/problem"
)

// ensure makes sure of the administrator's token and gives it.
func (b bundle) ensure(dir string) (secret string, made bool) {
	b.t.Helper()
	made, err := EnsureAdminToken(b.t.Context(), b.db, b.Store, dir)
	if err != nil {
		b.t.Fatal(err)
	}
	secret, err = ReadAdminToken(dir)
	if err != nil {
		b.t.Fatal(err)
	}
	token, err := b.authenticate(secret)
	if err != nil || !token.Principal().May(Admin) {
		b.t.Errorf("the file's token is no administrator's: %+v, %v", token, err)
	}
	return secret, made
}

func TestTheFirstStartWritesATokenForLocalCommands(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		dir := t.TempDir()
		first, made := b.ensure(dir)
		if !made {
			t.Error("not told that it was made")
		}
		info, err := os.Stat(filepath.Join(dir, AdminFile))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("got mode %v, %v; want 0600", info.Mode(), err)
		}
		if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
			t.Errorf("left behind: %v, %v", files, err)
		}
		if second, made := b.ensure(dir); made || second != first {
			t.Error("the second start makes another token")
		}
	})
}

func TestALostTokenIsReplaced(t *testing.T) {
	for name, lose := range map[string]func(b bundle, path string) error{
		"file removed":        func(_ bundle, path string) error { return os.Remove(path) },
		"file overwritten":    func(_ bundle, path string) error { return os.WriteFile(path, []byte("x"), 0o600) },
		"of another database": func(_ bundle, path string) error { return os.WriteFile(path, []byte(newSecret()), 0o600) },
		"revoked":             func(b bundle, _ string) error { b.revoke(adminName); return nil },
		"not an administrator": func(b bundle, path string) error {
			_, secret := b.create("reader", Reader, 0)
			return os.WriteFile(path, []byte(secret), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			forStores(t, func(t *testing.T, b bundle) {
				dir := t.TempDir()
				old, _ := b.ensure(dir)
				if err := lose(b, filepath.Join(dir, AdminFile)); err != nil {
					t.Fatal(err)
				}
				if fresh, made := b.ensure(dir); !made || fresh == old {
					t.Error("no new token")
				}
				if _, err := b.authenticate(old); !problem.Is(err, problem.Unauthenticated) {
					t.Errorf("the lost token still admits: %v", err)
				}
			})
		})
	}
}

func TestATokenThatOthersMayReadIsRefused(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		dir := t.TempDir()
		b.ensure(dir)
		if err := os.Chmod(filepath.Join(dir, AdminFile), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadAdminToken(dir); !problem.Is(err, problem.Conflict) {
			t.Errorf("reading: got %v", err)
		}
		if _, err := EnsureAdminToken(t.Context(), b.db, b.Store, dir); !problem.Is(err, problem.Conflict) {
			t.Errorf("starting: got %v", err)
		}
	})
}

func TestAMissingTokenIsToldApart(t *testing.T) {
	t.Parallel()
	if _, err := ReadAdminToken(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestATokenThatCannotBeWrittenIsAnError(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		missing := filepath.Join(t.TempDir(), "missing")
		if made, err := EnsureAdminToken(t.Context(), b.db, b.Store, missing); err == nil || made {
			t.Errorf("got %v, %v", made, err)
		}
	})
}
