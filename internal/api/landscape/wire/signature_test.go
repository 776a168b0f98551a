package wire_test

import (
	"testing"

	"github.com/aptarium/aptarium/internal/api/landscape/wire"
)

// TestSignaturesAreThoseOfOtherClients has requests with the signatures that other
// programs gave for them.
func TestSignaturesAreThoseOfOtherClients(t *testing.T) {
	t.Parallel()
	const key, secret = "0GS7553JW74RRM612K02", "s3cr3t/Key+40chars"
	common := map[string]string{
		"access_key_id": key, "signature_method": "HmacSHA256", "signature_version": "2", "timestamp": "2011-08-18T08:07:00Z", "version": "2011-08-01",
	}
	for name, c := range map[string]struct {
		method, host string
		parameters   map[string]string
		text, signed string
	}{
		"GET": {
			"get", "Landscape.Example.com", map[string]string{"action": "GetComputers", "signature": "is not signed"},
			"GET\nlandscape.example.com\n/api/\naccess_key_id=0GS7553JW74RRM612K02&action=GetComputers&signature_method=HmacSHA256&signature_version=2&timestamp=2011-08-18T08%3A07%3A00Z&version=2011-08-01",
			"JDPOlP1NOQR9bqcBhAG7uK+5Zafz87Q0l+Al2IWA+6A=",
		},
		"POST, with a port, a list and much to escape": {
			"POST", "landscape.example.com:8443",
			map[string]string{"action": "AddTagsToComputers", "tags.1": "a b", "tags.2": "c/d", "tags.10": "e&f=g", "query": "tag:web server OR hostname:é~x*'()"},
			"POST\nlandscape.example.com:8443\n/api/\naccess_key_id=0GS7553JW74RRM612K02&action=AddTagsToComputers&query=tag%3Aweb%20server%20OR%20hostname%3A%C3%A9~x%2A%27%28%29&signature_method=HmacSHA256&signature_version=2&tags.1=a%20b&tags.10=e%26f%3Dg&tags.2=c%2Fd&timestamp=2011-08-18T08%3A07%3A00Z&version=2011-08-01",
			"NCwgqSPfize/Eo8+3yueUbtOtm0xhokXZbFJaNQnyHs=",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for k, v := range common {
				c.parameters[k] = v
			}
			if got := wire.StringToSign(c.method, c.host, "/api/", c.parameters); got != c.text {
				t.Errorf("the string to sign is\n%q, not\n%q", got, c.text)
			}
			if got := wire.Sign(secret, c.text); got != c.signed {
				t.Errorf("the signature is %s, not %s", got, c.signed)
			}
		})
	}
}

func TestAnEmptyPathIsTheRoot(t *testing.T) {
	t.Parallel()
	if got, want := wire.StringToSign("GET", "h", "", map[string]string{"empty": ""}), "GET\nh\n/\nempty="; got != want {
		t.Errorf("the string to sign is %q, not %q", got, want)
	}
}
