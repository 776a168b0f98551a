package access

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"time"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// SignatureWindow is how far the time of a signature may be from the server's, either
// way.
const SignatureWindow = 15 * time.Minute

// SignedRequest is what a program signed with a key pair.
type SignedRequest struct {
	AccessKey    string
	StringToSign string
	Signature    []byte    // HMAC with SHA-256 (RFC 2104) of StringToSign, under the secret key
	At           time.Time // the time in StringToSign
	// ReadOnly says that nothing is changed by what is asked for. The same signature may
	// come again then: its time is in whole seconds, and programs poll more often.
	ReadOnly bool
}

// digest tells signed requests apart.
func (r SignedRequest) digest() []byte {
	sum := sha256.Sum256([]byte(r.AccessKey + "\n" + r.StringToSign))
	return sum[:]
}

// CheckSignature finds the key pair of a signed request. The error is
// problem.Unauthenticated for a key pair that is unknown or revoked, another signature,
// or a time out of [SignatureWindow]. An unknown key pair takes as long as a wrong
// signature, and is told as one.
func (s *Store) CheckSignature(ctx context.Context, tx *db.Tx, r SignedRequest) (KeyPair, error) {
	pair, secret, err := s.secretOf(ctx, tx, r.AccessKey)
	known := err == nil
	if err != nil && !problem.Is(err, problem.NotFound) {
		return KeyPair{}, err
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(r.StringToSign))
	if same := hmac.Equal(mac.Sum(nil), r.Signature); !same || !known {
		return KeyPair{}, problem.Because(problem.New(problem.Unauthenticated, "the signature is not that of this request with the key pair %q", r.AccessKey).
			WithHint("check access key, secret key and the address of the server, which is part of what is signed"), WrongSignature)
	}
	if off := s.now().Sub(r.At); off.Abs() > SignatureWindow {
		return KeyPair{}, problem.Because(problem.New(problem.Unauthenticated, "the request was signed at %s, %s from now", r.At.UTC().Format(time.RFC3339), off.Abs().Round(time.Second)).
			In("timestamp").WithHint("set the clock right: %s are let through", SignatureWindow), Unrecognised)
	}
	return pair, nil
}

// secretOf returns a key pair that is in use, with its secret; some other secret, and
// problem.NotFound, if there is none.
func (s *Store) secretOf(ctx context.Context, tx *db.Tx, accessKey string) (KeyPair, []byte, error) {
	none := make([]byte, secretKeyChars)
	pair, err := s.KeyPair(ctx, tx, accessKey)
	if err == nil && pair.RevokedAt != 0 {
		err = problem.New(problem.NotFound, "the key pair %s was revoked", accessKey)
	}
	if err != nil {
		return KeyPair{}, none, err
	}
	secret, err := s.master.Unseal(ownerOf(accessKey), pair.sealed)
	if err != nil {
		return KeyPair{}, none, err
	}
	return pair, secret, nil
}

// CheckSecretKey finds the key pair that a secret key belongs to, or gives
// problem.Unauthenticated.
func (s *Store) CheckSecretKey(ctx context.Context, tx *db.Tx, accessKey, secretKey string) (KeyPair, error) {
	pair, secret, err := s.secretOf(ctx, tx, accessKey)
	known := err == nil
	if err != nil && !problem.Is(err, problem.NotFound) {
		return KeyPair{}, err
	}
	if same := subtle.ConstantTimeCompare(secret, []byte(secretKey)) == 1; !same || !known {
		return KeyPair{}, wrongCredentials("access key and secret key do not belong together")
	}
	return pair, nil
}

// wrongCredentials is the answer to all who cannot log in, whatever the reason.
func wrongCredentials(message string) error {
	return problem.Because(problem.New(problem.Unauthenticated, "%s", message).WithHint("an administrator can make new ones"), InvalidCredentials)
}

// SpendSignature notes that a signed request is being carried out. One that was before
// is problem.Unauthenticated. What is noted is committed with tx, so that it holds when
// the server is started again; it is forgotten when the time of the signature is out of
// [SignatureWindow].
func (s *Store) SpendSignature(ctx context.Context, tx *db.Tx, r SignedRequest) error {
	if _, err := tx.Exec(ctx, `DELETE FROM spent_signature WHERE until < $1`, s.now().UnixMicro()); err != nil {
		return fmt.Errorf("forgetting old signatures: %w", err)
	}
	until := r.At.Add(SignatureWindow).UnixMicro()
	n, err := tx.Exec(ctx, `INSERT INTO spent_signature (digest, until) VALUES ($1, $2) ON CONFLICT DO NOTHING`, r.digest(), until)
	if err != nil {
		return fmt.Errorf("noting a signature: %w", err)
	}
	if n == 0 {
		return problem.Because(problem.New(problem.Unauthenticated, "this very request was carried out already").
			In("signature").WithHint("sign it again, with the time of now"), Unrecognised)
	}
	return nil
}

// ReturnSignature takes [Store.SpendSignature] back for a request that was refused, and
// so was not carried out: it may come again.
func (s *Store) ReturnSignature(ctx context.Context, tx *db.Tx, r SignedRequest) error {
	if _, err := tx.Exec(ctx, `DELETE FROM spent_signature WHERE digest = $1`, r.digest()); err != nil {
		return fmt.Errorf("returning a signature: %w", err)
	}
	return nil
}
