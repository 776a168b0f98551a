package gnupg

import (
	"bufio"
	"bytes"
	"strconv"
	"strings"
	"time"
)

// Key is a key in gpg's lists.
type Key struct {
	KeyID       string // 16 hexadecimal digits, upper case
	Fingerprint string // of the primary key
	Validity    string // a letter; see doc/DETAILS of GnuPG, field 2: "u" ultimate, "e" expired, "-" unknown
	UserIDs     []string
	CreatedAt   time.Time
	signs       bool // it or one of its subkeys can sign now
}

// parseKeys parses the output of --with-colons (GnuPG's doc/DETAILS). It skips unknown
// lines.
func parseKeys(output []byte) (keys []Key) {
	lines := bufio.NewScanner(bytes.NewReader(output))
	lines.Buffer(nil, maxOutput)
	primary := false
	for lines.Scan() {
		fields := strings.Split(lines.Text(), ":")
		if len(fields) < 10 {
			continue
		}
		switch fields[0] {
		case "pub", "sec":
			keys = append(keys, Key{KeyID: fields[4], Validity: fields[1], CreatedAt: seconds(fields[5])})
			primary = true
			// Capital letters are the capabilities of the key as a whole.
			keys[len(keys)-1].signs = len(fields) > 11 && strings.Contains(fields[11], "S")
		case "sub", "ssb":
			primary = false
		case "fpr":
			if primary && len(keys) > 0 && keys[len(keys)-1].Fingerprint == "" {
				keys[len(keys)-1].Fingerprint = fields[9]
			}
		case "uid":
			if len(keys) > 0 {
				k := &keys[len(keys)-1]
				k.UserIDs = append(k.UserIDs, unescape(fields[9]))
			}
		}
	}
	return keys
}

func seconds(text string) time.Time {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

// unescape decodes \xHH, with which gpg writes characters that would end a field.
func unescape(text string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, `\x`)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		if len(after) >= 2 {
			if n, err := strconv.ParseUint(after[:2], 16, 8); err == nil {
				b.WriteByte(byte(n))
				text = after[2:]
				continue
			}
		}
		b.WriteString(`\x`)
		text = after
	}
}
