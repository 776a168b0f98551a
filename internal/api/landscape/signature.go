package landscape

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"slices"
	"strings"
)

// The parameters of a signed request, beside its action's.
const (
	paramAccessKey        = "access_key_id"
	paramMethod           = "signature_method"
	paramSignatureVersion = "signature_version"
	paramTimestamp        = "timestamp"
	paramSignature        = "signature"
)

// What signature_method and signature_version must be.
const (
	SignatureMethod  = "HmacSHA256"
	SignatureVersion = "2"
)

// StringToSign gives what the signature of a request is made over: the signature
// version 2 that AWS once had. Method is GET or POST; host is the Host header, with the
// port where it has one; path is that of the address, as sent; the parameters are
// decoded, and one named signature is left out.
func StringToSign(method, host, path string, parameters map[string]string) string {
	if path == "" {
		path = "/"
	}
	var b strings.Builder
	b.WriteString(strings.ToUpper(method) + "\n" + strings.ToLower(host) + "\n" + path + "\n")
	separator := ""
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		if name == paramSignature {
			continue
		}
		b.WriteString(separator)
		escape(&b, name)
		b.WriteByte('=')
		escape(&b, parameters[name])
		separator = "&"
	}
	return b.String()
}

// Sign gives the signature of a string with a secret key: HMAC-SHA256 (RFC 2104) in
// base64.
func Sign(secret, stringToSign string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stringToSign))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// escape writes text as RFC 3986 (section 2.1) does: all bytes but the unreserved ones
// as % and two upper-case digits.
func escape(b *strings.Builder, text string) {
	const digits = "0123456789ABCDEF"
	for i := range len(text) {
		c := text[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-_.~", c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		}
	}
}
