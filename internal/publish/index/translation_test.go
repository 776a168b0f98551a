package index

import (
	"crypto/md5"
	"fmt"
	"testing"
)

func TestDescriptions(t *testing.T) {
	t.Parallel()
	const text = "says hello\n It is polite.\n .\n Really.\n"
	sum := fmt.Sprintf("%x", md5.Sum([]byte(text)))
	for name, c := range map[string]struct{ stanza, short string }{
		"a long one": {
			"Package: hello\nDescription: " + text + "Tag: x\n",
			"Package: hello\nDescription: says hello\nDescription-md5: " + sum + "\nTag: x\n",
		},
		"one that has its sum": {
			"Package: hello\nDescription: " + text + "Description-md5: " + sum + "\n",
			"Package: hello\nDescription: says hello\nDescription-md5: " + sum + "\n",
		},
		"one whose text is elsewhere": {
			"Package: hello\nDescription: says hello\nDescription-md5: " + sum + "\n",
			"Package: hello\nDescription: says hello\nDescription-md5: " + sum + "\n",
		},
		"none": {"Package: hello\n", "Package: hello\n"},
		"one of one line": {
			"Package: hello\ndescription:says hello\n",
			fmt.Sprintf("Package: hello\nDescription: says hello\nDescription-md5: %x\n", md5.Sum([]byte("says hello\n"))),
		},
		"one that is cut off": {"Description: x", "Description: x"},
	} {
		if got := string(shortened([]byte(c.stanza))); got != c.short {
			t.Errorf("%s: %q", name, got)
		}
	}
}
