package access

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// invitationLasts is the time in which an invitation can be accepted.
const invitationLasts = 14 * 24 * time.Hour

// Invitation invites somebody to become a person. Times are microseconds since 1970.
type Invitation struct {
	ID        int64
	Email     string
	Name      string
	Roles     []string // names
	Code      string   // the secret that accepts the invitation
	CreatedAt int64
	ExpiresAt int64
}

// CreateInvitation invites a mail address to some roles. The address of a person or of another
// invitation is problem.Conflict.
func (s *Store) CreateInvitation(ctx context.Context, tx *db.Tx, email, name string, roles []PersonRole) (Invitation, error) {
	email, err := checkEmail(email)
	if err != nil {
		return Invitation{}, err
	}
	local, _, _ := strings.Cut(email, "@")
	in := Invitation{Email: email, Name: cmp.Or(strings.TrimSpace(name), local), Code: randomText(secretKeyChars, alphanumerics)}
	if err := checkLine("name", in.Name); err != nil {
		return Invitation{}, err
	}
	for _, r := range roles {
		in.Roles = append(in.Roles, r.Name)
	}
	if err := s.checkInvited(ctx, tx, email); err != nil {
		return Invitation{}, err
	}
	if in.ID, in.CreatedAt, err = tx.NewRow(ctx, "invitation"); err != nil {
		return Invitation{}, err
	}
	in.ExpiresAt = s.now().Add(invitationLasts).UnixMicro()
	return in, s.storeInvitation(ctx, tx, in)
}

// checkInvited refuses addresses of persons and of valid invitations.
func (s *Store) checkInvited(ctx context.Context, tx *db.Tx, email string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM invitation WHERE expires_at < $1`, s.now().UnixMicro()); err != nil {
		return fmt.Errorf("deleting old invitations: %w", err)
	}
	known, err := db.One(ctx, tx, db.Value[int], `SELECT (SELECT COUNT(*) FROM person WHERE email = $1) + (SELECT COUNT(*) FROM invitation WHERE email = $1)`, email)
	if err != nil {
		return fmt.Errorf("searching for %s: %w", email, err)
	}
	if known > 0 {
		return problem.Because(problem.New(problem.Conflict, "%s is already a person or invited", email).In("email").WithHint("to invite again, withdraw the invitation first"), RepeatedInvitation)
	}
	return s.checkRoom(ctx, tx, email)
}

func (s *Store) storeInvitation(ctx context.Context, tx *db.Tx, in Invitation) error {
	roles, err := json.Marshal(in.Roles)
	if err != nil {
		return fmt.Errorf("writing an invitation: %w", err)
	}
	sealed, err := s.master.Seal("invitation "+in.Email, []byte(in.Code))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO invitation (id, email, name, roles, hash, code, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		in.ID, in.Email, in.Name, string(roles), hashOf(in.Code), sealed, in.CreatedAt, in.ExpiresAt)
	return problem.While(err, "storing the invitation of %s", in.Email)
}

// Invitations returns up to limit valid invitations after an id (0 for the start), in the
// order of their creation.
func (s *Store) Invitations(ctx context.Context, tx *db.Tx, after int64, limit int) ([]Invitation, error) {
	found, err := db.All(ctx, tx, s.scanInvitation, selectInvitations+` WHERE id > $1 AND expires_at >= $2 ORDER BY id LIMIT $3`, after, s.now().UnixMicro(), limit)
	return found, problem.While(err, "listing invitations")
}

// Invitation returns the valid invitation of a mail address, or problem.NotFound.
func (s *Store) Invitation(ctx context.Context, tx *db.Tx, email string) (Invitation, error) {
	return s.oneInvitation(ctx, tx, `email = $1`, CanonicalEmail(email))
}

// InvitationOf returns the valid invitation with a code, or problem.NotFound.
func (s *Store) InvitationOf(ctx context.Context, tx *db.Tx, code string) (Invitation, error) {
	return s.oneInvitation(ctx, tx, `hash = $1`, hashOf(code))
}

func (s *Store) oneInvitation(ctx context.Context, tx *db.Tx, where string, arg any) (Invitation, error) {
	in, err := db.One(ctx, tx, s.scanInvitation, selectInvitations+` WHERE `+where+` AND expires_at >= $2`, arg, s.now().UnixMicro())
	if errors.Is(err, db.ErrNoRows) {
		return Invitation{}, problem.New(problem.NotFound, "there is no such invitation, or it has expired").WithHint("list the invitations to see them")
	}
	return in, problem.While(err, "reading an invitation")
}

// EndInvitation deletes an accepted or withdrawn invitation.
func (s *Store) EndInvitation(ctx context.Context, tx *db.Tx, in Invitation) error {
	_, err := tx.Exec(ctx, `DELETE FROM invitation WHERE id = $1`, in.ID)
	return problem.While(err, "removing the invitation of %s", in.Email)
}

const selectInvitations = `SELECT id, email, name, roles, code, created_at, expires_at FROM invitation`

func (s *Store) scanInvitation(row db.Scanner) (in Invitation, err error) {
	var roles string
	var sealed []byte
	if err := row.Scan(&in.ID, &in.Email, &in.Name, &roles, &sealed, &in.CreatedAt, &in.ExpiresAt); err != nil {
		return in, err
	}
	code, err := s.master.Unseal("invitation "+in.Email, sealed)
	if err != nil {
		return in, err
	}
	in.Code = string(code)
	err = json.Unmarshal([]byte(roles), &in.Roles)
	return in, err
}
