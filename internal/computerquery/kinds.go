package computerquery

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// kind is the kind of a term's values.
type kind struct {
	read    func(t *Term, parts []string) error
	measure bool
}

// Keys returns all terms with a colon, sorted.
func Keys() []string { return slices.Sorted(maps.Keys(kinds)) }

func kindOf(key string) (kind, bool) {
	k, known := kinds[key]
	return k, known
}

// isMeasure reports whether the value of a term is a measure or a range.
func isMeasure(key string) bool { return kinds[key].measure }

// kinds maps each term to the kind of its values. The first terms are those of GetComputers
// in Landscape's documentation, the others those that its pages explain at the search field.
var kinds = map[string]kind{
	"tag":                          {read: matching(tagPattern, "letters, digits and dashes")},
	"distribution":                 {read: anything},
	"hostname":                     {read: anything},
	"title":                        {read: anything},
	"alert":                        {read: oneOf("package-upgrades", "security-upgrades", "package-profiles", "package-reporter", "computer-offline", "computer-reboot", "esm-disabled", "computer-duplicates", "unapproved-activities", "child-instance-profiles")},
	"access-group":                 {read: anything},
	"access-group-recursive":       {read: anything},
	"id":                           {read: number(maxID)},
	"mac":                          {read: anything},
	"ip":                           {read: anything},
	"search":                       {read: matching(searchPattern, "lower-case letters, digits and dashes")},
	"needs":                        {read: oneOf("reboot", "license")},
	"license-id":                   {read: licenseID},
	"annotation":                   {read: annotation},
	"upgrade-profile":              {read: anything},
	"removal-profile":              {read: anything},
	"has":                          {read: oneOf("upgrade-profile")},
	"profile":                      {read: profile},
	"last-ping":                    {read: number(hoursOfYear)},
	"last-ping-minutes":            {read: number(hoursOfYear * 60)},
	"usn-outstanding":              {read: number(maxDays)},
	"usn-applied-in":               {read: number(maxDays)},
	"vendor":                       {read: anything},
	"product":                      {read: anything},
	"uuid":                         {read: anything},
	"serial":                       {read: anything},
	"cpu.vendor":                   {read: anything},
	"cpu.product":                  {read: anything},
	"cpu.version":                  {read: anything},
	"cpu.size":                     {read: measure(frequencies), measure: true},
	"disk.vendor":                  {read: anything},
	"disk.product":                 {read: anything},
	"disk.version":                 {read: anything},
	"disk.size":                    {read: measure(sizes), measure: true},
	"display.vendor":               {read: anything},
	"display.product":              {read: anything},
	"display.version":              {read: anything},
	"firmware.vendor":              {read: anything},
	"firmware.product":             {read: anything},
	"firmware.version":             {read: anything},
	"memory.vendor":                {read: anything},
	"memory.product":               {read: anything},
	"memory.version":               {read: anything},
	"memory.size":                  {read: measure(sizes), measure: true},
	"network.vendor":               {read: anything},
	"network.product":              {read: anything},
	"network.version":              {read: anything},
	"network.serial":               {read: anything},
	"network.capacity":             {read: measure(capacities), measure: true},
	"instance-id":                  {read: anything},
	"instance-type":                {read: anything},
	"ami-id":                       {read: anything},
	"availability-zone":            {read: anything},
	"license-type":                 {read: oneOf("unlicensed", "pro", "free_pro", "legacy")},
	"contract":                     {read: anything},
	"contract-expires-within-days": {read: number(maxDays)},
	"license-expires-within-days":  {read: number(maxDays)},
	"has-pro-management":           {read: truth},
	"release-upgrade":              {read: oneOf("available")},
}

const (
	maxID       = 1<<63 - 1
	maxDays     = 100 * 366
	hoursOfYear = 8760
)

var (
	tagPattern    = regexp.MustCompile(`^[A-Za-z0-9-]+$`)
	searchPattern = regexp.MustCompile(`^[a-z0-9-]+$`)
)

// anything accepts every text, also with colons, as in addresses.
func anything(t *Term, parts []string) error {
	t.Value = strings.Join(parts, ":")
	return nil
}

func matching(pattern *regexp.Regexp, form string) func(*Term, []string) error {
	return func(t *Term, parts []string) error {
		if t.Value = strings.Join(parts, ":"); !pattern.MatchString(t.Value) {
			return fault("%s: cannot be %s", t.Key, shorten(t.Value)).WithHint("use only %s", form)
		}
		return nil
	}
}

func oneOf(words ...string) func(*Term, []string) error {
	return func(t *Term, parts []string) error {
		if t.Value = strings.Join(parts, ":"); !slices.Contains(words, t.Value) {
			return fault("%s: cannot be %s", t.Key, shorten(t.Value)).WithHint("write one of %s", strings.Join(words, ", "))
		}
		return nil
	}
}

// number accepts whole numbers from 0 on.
func number(most int64) func(*Term, []string) error {
	return func(t *Term, parts []string) error {
		t.Value = strings.Join(parts, ":")
		return readNumber(t, t.Value, most)
	}
}

func readNumber(t *Term, text string, most int64) error {
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil || int64(n) > most {
		return fault("%s: cannot be %s", t.Key, shorten(text)).WithHint("write a whole number from 0 to %d", most)
	}
	t.Number = int64(n)
	return nil
}

// licenseID accepts a number, or none for computers without a license.
func licenseID(t *Term, parts []string) error {
	if t.Value = strings.Join(parts, ":"); t.Value == "none" {
		t.Number = -1
		return nil
	}
	if err := readNumber(t, t.Value, maxID); err != nil {
		return fault("license-id: cannot be %s", shorten(t.Value)).WithHint("write a number, or none")
	}
	return nil
}

// annotation accepts a key and an optional part of its value.
func annotation(t *Term, parts []string) error {
	t.Value = parts[0]
	if t.Value == "" {
		return fault("annotation: has no key").WithHint("write annotation:KEY or annotation:KEY:TEXT")
	}
	if len(parts) == 1 {
		return nil
	}
	if t.Text = strings.Join(parts[1:], ":"); t.Text == "" {
		return fault("annotation:%s: has no text", t.Value).WithHint("omit the last colon to find all computers with the annotation")
	}
	return nil
}

func truth(t *Term, parts []string) error {
	switch t.Value = strings.Join(parts, ":"); t.Value {
	case "true", "1":
		t.Truth = true
	case "false", "0":
	default:
		return fault("%s: cannot be %s", t.Key, shorten(t.Value)).WithHint("write true or false")
	}
	return nil
}

// profile accepts a type, an id and an optional status.
func profile(t *Term, parts []string) error {
	const form = "write profile:TYPE:ID or profile:TYPE:ID:STATUS"
	t.Value = parts[0]
	statuses, known := profileStatuses[t.Value]
	if !known {
		return fault("profile: unknown type %s", shorten(t.Value)).WithHint("write one of %s", strings.Join(slices.Sorted(maps.Keys(profileStatuses)), ", "))
	}
	if len(parts) < 2 || len(parts) > 3 {
		return fault("profile: needs a type and an id").WithHint(form)
	}
	if err := readNumber(t, parts[1], maxID); err != nil {
		return err
	}
	if len(parts) == 2 {
		return nil
	}
	if t.Status = parts[2]; !slices.Contains(statuses, t.Status) {
		p := fault("a profile of the type %s has no status %s", t.Value, shorten(t.Status))
		if len(statuses) == 0 {
			return p.WithHint("write profile:%s:%d", t.Value, t.Number)
		}
		return p.WithHint("write one of %s", strings.Join(statuses, ", "))
	}
	return nil
}

// profileStatuses maps each type of profile to the statuses of computers in it.
var profileStatuses = map[string][]string{
	"package": nil, "repository": nil, "upgrade": nil, "reboot": nil, "removal": nil, "script": nil,
	"wsl": {"compliant", "noncompliant"},
	"usg": {"pass", "fail", "in-progress"}, "security": {"pass", "fail", "in-progress"},
}
