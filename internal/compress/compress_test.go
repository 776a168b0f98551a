package compress

import "testing"

func TestFormatsAreToldByName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]Format{
		"Packages": None, "main/binary-amd64/Packages.gz": Gzip, "a.tar.xz": XZ, "x.zst": Zstd, "x.bz2": Bzip2, "x.lz4": LZ4,
		"x.lzma": None, "x.gz.asc": None, "gz": None, "a.gz/Packages": None, "x.": None,
	} {
		if got := FormatOf(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if Gzip.Suffix() != ".gz" || None.Suffix() != "" || Gzip.String() != "gz" || None.String() != "uncompressed" {
		t.Error("suffixes and names")
	}
}

func TestLimitsHoldAtTheirVeryEdge(t *testing.T) {
	t.Parallel()
	lim := Limits{MaxOutput: 1000, MaxRatio: 10, Slack: 100}
	for _, c := range []struct {
		output, input int64
		ok            bool
	}{
		{100, 0, true}, {101, 0, false}, {110, 1, true}, {111, 1, false}, {1000, 90, true}, {1001, 1000, false},
	} {
		if err := lim.check(c.output, c.input); (err == nil) != c.ok {
			t.Errorf("%d of %d: %v", c.output, c.input, err)
		}
	}
	if lim := (Limits{}).withDefaults(); lim.MaxOutput <= 0 || lim.MaxRatio <= 0 || lim.Slack <= 0 {
		t.Errorf("no limits by default: %+v", lim)
	}
	huge := Limits{MaxOutput: 1<<63 - 1, MaxRatio: 1<<63 - 1, Slack: 1}
	if err := huge.check(1<<62, 1<<62); err != nil {
		t.Errorf("the ratio overflows: %v", err)
	}
}
