// Package digest computes SHA-256 sums, the names of blobs, and the other sums of
// Debian's Release and Packages files.
package digest

import (
	"crypto/sha256"
	"database/sql/driver"
	"encoding/hex"
	"fmt"
)

// SHA256 is a SHA-256 sum: the name of a blob. Its zero value means "unknown".
type SHA256 [sha256.Size]byte

// Of returns the SHA-256 sum of data.
func Of(data []byte) SHA256 { return sha256.Sum256(data) }

// Parse parses 64 hexadecimal digits of either case.
func Parse(text string) (SHA256, error) {
	var d SHA256
	if len(text) != 2*len(d) {
		return SHA256{}, fmt.Errorf("a SHA-256 sum has 64 hexadecimal digits, not %d characters", len(text))
	}
	if _, err := hex.Decode(d[:], []byte(text)); err != nil {
		return SHA256{}, fmt.Errorf("not a SHA-256 sum: %w", err)
	}
	return d, nil
}

// String returns 64 lower-case hexadecimal digits.
func (d SHA256) String() string { return hex.EncodeToString(d[:]) }

// IsZero reports whether the sum is unknown.
func (d SHA256) IsZero() bool { return d == SHA256{} }

// MarshalText returns the hexadecimal form, as in JSON.
func (d SHA256) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText parses the hexadecimal form.
func (d *SHA256) UnmarshalText(text []byte) (err error) {
	*d, err = Parse(string(text))
	return err
}

// Value returns the 32 bytes for a database column.
func (d SHA256) Value() (driver.Value, error) { return d[:], nil }

// Scan reads 32 bytes from a database column; NULL is the zero value.
func (d *SHA256) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*d = SHA256{}
		return nil
	case []byte:
		if len(v) == len(d) {
			copy(d[:], v)
			return nil
		}
		return fmt.Errorf("a stored SHA-256 sum has %d bytes, not 32", len(v))
	default:
		return fmt.Errorf("a stored SHA-256 sum has the type %T, not bytes", src)
	}
}

// Sums are the sums of one file in Debian's indexes, in lower-case hexadecimal. An
// unknown or unwanted sum is empty.
type Sums struct {
	MD5    string `json:"md5,omitempty"`
	SHA1   string `json:"sha1,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	SHA512 string `json:"sha512,omitempty"`
}

// Kinds selects the sums that a [Hasher] computes in addition to SHA-256.
type Kinds struct{ MD5, SHA1, SHA512 bool }
