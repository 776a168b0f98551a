package wire

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// encoded writes parameters as a form, in any order, each text in one of the ways in
// which programs write it.
func encoded(t *rapid.T, parameters map[string]string) string {
	var form []string
	for _, name := range rapid.Permutation(slices.Sorted(maps.Keys(parameters))).Draw(t, "order") {
		text := url.QueryEscape(parameters[name])
		switch rapid.IntRange(0, 2).Draw(t, "way") {
		case 1:
			text = strings.ReplaceAll(text, "+", "%20")
		case 2:
			text = strings.ReplaceAll(text, "%2F", "/")
		}
		form = append(form, url.QueryEscape(name)+"="+text)
	}
	return strings.Join(form, "&")
}

// TestAFormIsReadAsWhatItWasMadeOf holds whatever part of it is in the address, so a
// signature is checked over what was signed.
func TestAFormIsReadAsWhatItWasMadeOf(t *testing.T) {
	t.Parallel()
	name := rapid.StringMatching(`[a-z_]{1,10}(\.[0-9a-z]{1,3})?`)
	text := rapid.StringOf(rapid.RuneFrom([]rune(" +&=%/~-_.*'()é€𝄞\r\n\"#?;aZ0")))
	rapid.Check(t, func(t *rapid.T) {
		parameters := rapid.MapOf(name, text).Draw(t, "parameters")
		inAddress := map[string]string{}
		inForm := maps.Clone(parameters)
		for _, n := range slices.Sorted(maps.Keys(parameters)) {
			if rapid.Bool().Draw(t, "in the address") {
				inAddress[n] = parameters[n]
				delete(inForm, n)
			}
		}
		sent := Values{}
		for _, part := range []map[string]string{inAddress, inForm} {
			if err := sent.Add(encoded(t, part)); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(parameters, map[string]string(sent)); diff != "" {
			t.Fatalf("it is read otherwise (-want +got):\n%s", diff)
		}
		if got, want := StringToSign("POST", "h", "/api/", sent), StringToSign("POST", "h", "/api/", parameters); got != want {
			t.Fatalf("%q is checked where %q was signed", got, want)
		}
	})
}

// TestNoTwoRequestsAreSignedAlike has any change of a name or a value change what is
// signed.
func TestNoTwoRequestsAreSignedAlike(t *testing.T) {
	t.Parallel()
	part := rapid.StringOfN(rapid.RuneFrom([]rune("a&=% .2~")), 1, 4, -1)
	rapid.Check(t, func(t *rapid.T) {
		one, other := rapid.MapOf(part, part).Draw(t, "one"), rapid.MapOf(part, part).Draw(t, "other")
		same := maps.Equal(one, other)
		if alike := StringToSign("GET", "h", "/", one) == StringToSign("GET", "h", "/", other); alike != same {
			t.Fatalf("%v and %v are signed alike: %v", one, other, alike)
		}
	})
}
