package landscapeapi

import (
	"regexp"
	"strings"
)

// Where a name in CamelCase is cut: before a capital that begins a word, and then
// between a small letter or digit and a capital. So GetGPGKeys has three words.
var (
	beforeWord  = regexp.MustCompile(`(.)([A-Z][a-z]+)`)
	beforeUpper = regexp.MustCompile(`([a-z0-9])([A-Z])`)
)

// CommandName returns the command for an action: get-gpg-keys for GetGPGKeys.
func CommandName(action string) string {
	name := beforeWord.ReplaceAllString(action, "$1-$2")
	return strings.ToLower(beforeUpper.ReplaceAllString(name, "$1-$2"))
}

// optionName returns the option for a parameter: gpg-key for gpg_key.
func optionName(parameter string) string { return strings.ReplaceAll(parameter, "_", "-") }
