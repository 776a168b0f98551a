package wire

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"slices"
	"strings"
)

// The parameters that a signed request has in addition to those of its action.
const (
	ParamAccessKey        = "access_key_id"
	ParamMethod           = "signature_method"
	ParamSignatureVersion = "signature_version"
	ParamTimestamp        = "timestamp"
	ParamSignature        = "signature"
)

// The values that signature_method and signature_version must have.
const (
	SignatureMethod  = "HmacSHA256"
	SignatureVersion = "2"
)

// StringToSign returns the text that the signature of a request signs, in the signature
// version 2 of AWS. Method is GET or POST; host is the Host header, with its port if it has
// one; path is the path of the URL, as sent. The parameters are decoded; the parameter
// signature is not part of the text.
func StringToSign(method, host, path string, parameters map[string]string) string {
	if path == "" {
		path = "/"
	}
	var b strings.Builder
	b.WriteString(strings.ToUpper(method) + "\n" + strings.ToLower(host) + "\n" + path + "\n")
	separator := ""
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		if name == ParamSignature {
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

// Sign returns the signature of a string with a secret key: HMAC-SHA256 (RFC 2104) in
// base64.
func Sign(secret, stringToSign string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stringToSign))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// escape writes text in percent-encoding (RFC 3986, section 2.1): each byte that is not
// unreserved becomes % and two upper-case digits.
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
