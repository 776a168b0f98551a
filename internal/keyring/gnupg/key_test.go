package gnupg

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// listing is what gpg 2.2 writes of two keys, one of which is expired and has a
// subkey that signs.
const listing = `tru::1:1795261000:0:3:1:5
sec:u:255:22:51645FE4B62A4592:1795261000:::u:::scSC:::+::ed25519:::0:
fpr:::::::::592DC7845B1FF909CF4EBA9A51645FE4B62A4592:
grp:::::::::0011223344556677889900112233445566778899:
uid:u::::1795261000::AABB::Archive\x3a one <archive@example.org>::::::::::0:
uid:u::::1795261000::AABC::Second::::::::::0:
sec:e:2048:1:1122334455667788:1600000000:1700000000::-:::c:::+:::23::0:
fpr:::::::::0000000000000000000000001122334455667788:
ssb:e:2048:1:8877665544332211:1600000000::::::s:::+:::23:
fpr:::::::::1111111111111111111111118877665544332211:
`

func TestKeysOfAListing(t *testing.T) {
	t.Parallel()
	want := []Key{
		{"51645FE4B62A4592", "592DC7845B1FF909CF4EBA9A51645FE4B62A4592", "u", []string{"Archive: one <archive@example.org>", "Second"}, time.Unix(1795261000, 0).UTC(), true},
		{"1122334455667788", "0000000000000000000000001122334455667788", "e", nil, time.Unix(1600000000, 0).UTC(), false},
	}
	if diff := cmp.Diff(want, parseKeys([]byte(listing)), cmpopts.EquateComparable(), cmp.AllowUnexported(Key{})); diff != "" {
		t.Error(diff)
	}
}

// FuzzKeys: whatever gpg writes, there are no more keys than lines, and what
// escapes stand for is never longer than they are.
func FuzzKeys(f *testing.F) {
	f.Add([]byte(listing))
	f.Add([]byte("pub:::::::::\nuid:::::::::\\x"))
	f.Add([]byte("fpr:::::::::A:\nsub\npub:u:1:1:A:x::::::s:\nuid:u::::::::\\x3\\xzz:"))
	f.Fuzz(func(t *testing.T, data []byte) {
		keys := parseKeys(data)
		if len(keys) > bytes.Count(data, []byte("\n"))+1 {
			t.Fatalf("%d keys of %q", len(keys), data)
		}
		for _, k := range keys {
			for _, id := range k.UserIDs {
				if len(id) > len(data) {
					t.Fatalf("%q of %q", id, data)
				}
			}
		}
	})
}
