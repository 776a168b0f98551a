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

// SignatureID names one signature over a text: whoever sends the same again cannot
// give it another id, and the same text signed again has another. It does not depend
// on the armor around it, which anybody can change.
func SignatureID(text []byte, s openpgp.Signature) digest.SHA256 {
	return digest.SHA256(sha256.Sum256(fmt.Appendf(nil, "%s %s %d", digest.Of(text), s.SignedBy, s.At.Unix())))
}

// Take remembers that what some signatures stand for was taken into a repo, with
// the keys of its packages.
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
			return fmt.Errorf("noting what was taken in: %w", err)
		}
	}
	return nil
}

// Taken reports whether what one of some signatures stands for was taken into a repo
// before, and gives the keys of its packages.
func (Queue) Taken(ctx context.Context, tx *db.Tx, repo int64, signatures []digest.SHA256) (packages []digest.SHA256, taken bool, err error) {
	for _, s := range signatures {
		list, err := db.One(ctx, tx, db.Value[[]byte], "SELECT packages FROM taken_upload WHERE collection_id = $1 AND signature = $2", repo, s)
		if errors.Is(err, db.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, false, fmt.Errorf("looking for what was taken in: %w", err)
		}
		for ; len(list) >= sha256.Size; list = list[sha256.Size:] {
			packages = append(packages, digest.SHA256(list[:sha256.Size]))
		}
		return packages, true, nil
	}
	return nil, false, nil
}
