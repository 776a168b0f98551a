package upload

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/openpgp"
)

// SignatureID identifies one signature over a text. It is the same if the upload is sent again,
// and differs if the text is signed again. It does not depend on the armor, which anybody can
// change.
func SignatureID(text []byte, s openpgp.Signature) digest.SHA256 {
	return digest.SHA256(sha256.Sum256(fmt.Appendf(nil, "%s %s %d", digest.Of(text), s.SignedBy, s.At.Unix())))
}

// Take records that a repo accepted the upload with these signatures, and the keys of its
// packages.
func (Queue) Take(ctx context.Context, tx *db.Tx, repo int64, signatures, packages []digest.SHA256) error {
	at, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	list := make([]byte, 0, len(packages)*sha256.Size)
	for _, p := range packages {
		list = append(list, p[:]...)
	}
	for _, s := range signatures {
		if _, err := tx.Exec(ctx, `INSERT INTO taken_upload (collection_id, signature, packages, at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (collection_id, signature) DO NOTHING`, repo, s, list, at); err != nil {
			return fmt.Errorf("recording an accepted upload: %w", err)
		}
	}
	return nil
}

// Taken reports whether a repo has accepted an upload with one of these signatures, and returns
// the keys of its packages.
func (Queue) Taken(ctx context.Context, tx *db.Tx, repo int64, signatures []digest.SHA256) (packages []digest.SHA256, taken bool, err error) {
	for _, s := range signatures {
		list, err := db.One(ctx, tx, db.Value[[]byte], "SELECT packages FROM taken_upload WHERE collection_id = $1 AND signature = $2", repo, s)
		if errors.Is(err, db.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, false, fmt.Errorf("finding an accepted upload: %w", err)
		}
		for ; len(list) >= sha256.Size; list = list[sha256.Size:] {
			packages = append(packages, digest.SHA256(list[:sha256.Size]))
		}
		return packages, true, nil
	}
	return nil, false, nil
}
