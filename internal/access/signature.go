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

// SignatureWindow is the largest difference between the time of a signature and the server's
// time.
const SignatureWindow = 15 * time.Minute

// SignedRequest is a request that a program signed with a key pair.
type SignedRequest struct {
	AccessKey    string
	StringToSign string
	Signature    []byte    // HMAC with SHA-256 (RFC 2104) of StringToSign, under the secret key
	At           time.Time // the time in StringToSign
	// ReadOnly means that the request changes nothing. Its signature can be used again:
	// times are whole seconds, and programs poll more often.
	ReadOnly bool
}

func (r SignedRequest) digest() []byte {
	sum := sha256.Sum256([]byte(r.AccessKey + "\n" + r.StringToSign))
	return sum[:]
}

// CheckSignature returns the key pair of a signed request. The error is
// problem.Unauthenticated for an unknown or revoked key pair, a wrong signature, or a time out
// of [SignatureWindow]. An unknown key pair takes as long as a wrong signature, and has the
// same error.
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
			WithHint("check the access key, the secret key and the server's address, which is part of the signed text"), WrongSignature)
	}
	if off := s.now().Sub(r.At); off.Abs() > SignatureWindow {
		return KeyPair{}, problem.Because(problem.New(problem.Unauthenticated, "the request was signed at %s, %s from now", r.At.UTC().Format(time.RFC3339), off.Abs().Round(time.Second)).
			In("timestamp").WithHint("correct the clock: a difference of %s is accepted", SignatureWindow), Unrecognised)
	}
	return pair, nil
}

// secretOf returns a valid key pair with its secret. If there is none, it returns a dummy
// secret and problem.NotFound.
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

// CheckSecretKey returns the key pair of an access key and secret key, or
// problem.Unauthenticated.
func (s *Store) CheckSecretKey(ctx context.Context, tx *db.Tx, accessKey, secretKey string) (KeyPair, error) {
	pair, secret, err := s.secretOf(ctx, tx, accessKey)
	known := err == nil
	if err != nil && !problem.Is(err, problem.NotFound) {
		return KeyPair{}, err
	}
	if same := subtle.ConstantTimeCompare(secret, []byte(secretKey)) == 1; !same || !known {
		return KeyPair{}, wrongCredentials("wrong access key or secret key")
	}
	return pair, nil
}

// wrongCredentials returns the error of every failed login, for all reasons.
func wrongCredentials(message string) error {
	return problem.Because(problem.New(problem.Unauthenticated, "%s", message).WithHint("an administrator can create new credentials"), InvalidCredentials)
}

// SpendSignature records that a signed request is being executed. A second execution is
// problem.Unauthenticated. The record is committed with tx, so that it survives a restart of
// the server, and deleted when the signature is out of [SignatureWindow].
func (s *Store) SpendSignature(ctx context.Context, tx *db.Tx, r SignedRequest) error {
	if _, err := tx.Exec(ctx, `DELETE FROM spent_signature WHERE until < $1`, s.now().UnixMicro()); err != nil {
		return fmt.Errorf("deleting old signatures: %w", err)
	}
	until := r.At.Add(SignatureWindow).UnixMicro()
	n, err := tx.Exec(ctx, `INSERT INTO spent_signature (digest, until) VALUES ($1, $2) ON CONFLICT DO NOTHING`, r.digest(), until)
	if err != nil {
		return fmt.Errorf("recording a signature: %w", err)
	}
	if n == 0 {
		return problem.Because(problem.New(problem.Unauthenticated, "this request was already executed").
			In("signature").WithHint("sign it again with the current time"), Unrecognised)
	}
	return nil
}

// ReturnSignature undoes [Store.SpendSignature] for a request that was refused: it can be
// sent again.
func (s *Store) ReturnSignature(ctx context.Context, tx *db.Tx, r SignedRequest) error {
	_, err := tx.Exec(ctx, `DELETE FROM spent_signature WHERE digest = $1`, r.digest())
	return problem.While(err, "returning a signature")
}
