package computerquery

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// units maps the names of a measure's units, in lower case, to their size in base units.
type units map[string]float64

// The measures. Units of sizes are powers of 1024, as Landscape shows memory and disks;
// those of frequencies and network capacities are powers of 1000.
var (
	sizes       = units{"": 1, "b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30, "tb": 1 << 40, "pb": 1 << 50}
	frequencies = units{"": 1, "hz": 1, "khz": 1e3, "mhz": 1e6, "ghz": 1e9}
	capacities  = units{"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12}
)

var measurePattern = regexp.MustCompile(`^([0-9]{1,18}(?:\.[0-9]{1,6})?) ?([A-Za-z]*)$`)

// measure accepts one measure or a range: [10Gb TO 2Tb].
func measure(u units) func(*Term, []string) error {
	return func(t *Term, parts []string) (err error) {
		t.Value = strings.Join(parts, ":")
		inside, ranged := strings.CutPrefix(t.Value, "[")
		if !ranged {
			t.Least, err = u.read(t.Key, t.Value)
			t.Most = t.Least
			return err
		}
		least, most, _ := strings.Cut(strings.TrimSuffix(inside, "]"), " TO ")
		if t.Least, err = u.read(t.Key, strings.TrimSpace(least)); err != nil {
			return err
		}
		if t.Most, err = u.read(t.Key, strings.TrimSpace(most)); err != nil {
			return err
		}
		if t.Least > t.Most {
			return fault("the range of %s: ends before it starts", t.Key).WithHint("write %s:[LEAST TO MOST]", t.Key)
		}
		return nil
	}
}

// read parses a measure and returns it in base units.
func (u units) read(key, text string) (int64, error) {
	match := measurePattern.FindStringSubmatch(text)
	if match != nil {
		n, err := strconv.ParseFloat(match[1], 64)
		unit, known := u[strings.ToLower(match[2])]
		if err == nil && known && n*unit < math.MaxInt64 {
			return int64(n * unit), nil
		}
	}
	example := "1.5Gb"
	if _, bytes := u["b"]; !bytes {
		example = "1.5Ghz"
	}
	return 0, fault("%s: cannot be %s", key, shorten(text)).WithHint("write a number with a unit, such as %s, or a range: %s:[LEAST TO MOST]", example, key)
}
