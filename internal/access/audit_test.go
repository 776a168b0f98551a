package access

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/db"
)

// record leaves an entry in a transaction of its own.
func (b bundle) record(who, action, subject string, detail any) {
	b.t.Helper()
	b.do(func(ctx context.Context, tx *db.Tx) error {
		return Record(With(ctx, Principal{Name: who}), tx, action, subject, detail)
	})
}

// log reads entries, shortened to who, action and subject.
func (b bundle) log(f Filter, before int64, limit int) (lines []string, entries []Entry) {
	b.t.Helper()
	err := b.db.Read(b.t.Context(), func(tx *db.Tx) (err error) {
		entries, err = Log(b.t.Context(), tx, f, before, limit)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, e := range entries {
		lines = append(lines, e.Who+" "+e.Action+" "+e.Subject)
	}
	return lines, entries
}

func TestEntriesTellWhoDidWhatWhen(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		b.record("ann", "mirror.create", "mirror:a", map[string]string{"url": "http://x"})
		b.record("", "gc", "pool", nil)
		lines, entries := b.log(Filter{}, 0, 10)
		if diff := cmp.Diff([]string{" gc pool", "ann mirror.create mirror:a"}, lines); diff != "" {
			t.Errorf("newest first (-want +got):\n%s", diff)
		}
		if got := string(entries[1].Detail); got != `{"url":"http://x"}` || string(entries[0].Detail) != "null" {
			t.Errorf("details %s, %s", got, entries[0].Detail)
		}
		if entries[0].At <= entries[1].At || entries[1].At == 0 {
			t.Errorf("times %d, %d", entries[1].At, entries[0].At)
		}
	})
}

func TestTheLogIsFilteredAndPaged(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		for i := range 6 {
			b.record([]string{"ann", "bob"}[i%2], []string{"create", "drop"}[i/3], fmt.Sprintf("mirror:%d", i%3), nil)
		}
		_, all := b.log(Filter{}, 0, 10)
		for name, tc := range map[string]struct {
			filter Filter
			before int64
			limit  int
			want   []string
		}{
			"all":         {Filter{}, 0, 10, []string{"bob drop mirror:2", "ann drop mirror:1", "bob drop mirror:0", "ann create mirror:2", "bob create mirror:1", "ann create mirror:0"}},
			"first page":  {Filter{}, 0, 2, []string{"bob drop mirror:2", "ann drop mirror:1"}},
			"second page": {Filter{}, all[1].ID, 2, []string{"bob drop mirror:0", "ann create mirror:2"}},
			"who":         {Filter{Who: "ann"}, 0, 10, []string{"ann drop mirror:1", "ann create mirror:2", "ann create mirror:0"}},
			"action":      {Filter{Action: "drop"}, 0, 10, []string{"bob drop mirror:2", "ann drop mirror:1", "bob drop mirror:0"}},
			"subject":     {Filter{Subject: "mirror:0"}, 0, 10, []string{"bob drop mirror:0", "ann create mirror:0"}},
			"since":       {Filter{Since: all[1].At}, 0, 10, []string{"bob drop mirror:2", "ann drop mirror:1"}},
			"until":       {Filter{Until: all[4].At}, 0, 10, []string{"ann create mirror:0"}},
			"together":    {Filter{Who: "ann", Action: "create", Since: all[3].At, Until: all[0].At}, all[0].ID, 10, []string{"ann create mirror:2"}},
			"nobody":      {Filter{Who: "ann' OR '1'='1"}, 0, 10, nil},
		} {
			lines, _ := b.log(tc.filter, tc.before, tc.limit)
			if diff := cmp.Diff(tc.want, lines); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	})
}

func TestHugeDetailsAreLeftOut(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		b.record("ann", "add", "repo:a", strings.Repeat("x", maxDetailBytes))
		b.record("ann", "add", "repo:b", strings.Repeat("x", maxDetailBytes-2))
		_, entries := b.log(Filter{}, 0, 10)
		if got := string(entries[1].Detail); got != fmt.Sprintf(`{"omitted_bytes":%d}`, maxDetailBytes+2) {
			t.Errorf("got %.80s", got)
		}
		if got := len(entries[0].Detail); got != maxDetailBytes {
			t.Errorf("got %d bytes, want %d", got, maxDetailBytes)
		}
	})
}

// An entry is there if and only if the change is.
func TestAnEntrySharesTheFateOfItsChange(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		failed := errors.New("no")
		err := b.try(func(ctx context.Context, tx *db.Tx) error {
			if err := Record(ctx, tx, "add", "repo:a", nil); err != nil {
				return err
			}
			return failed
		})
		if !errors.Is(err, failed) {
			t.Fatal(err)
		}
		if lines, _ := b.log(Filter{}, 0, 10); len(lines) != 0 {
			t.Errorf("got %v", lines)
		}
		err = b.try(func(ctx context.Context, tx *db.Tx) error { return Record(ctx, tx, "add", "x", func() {}) })
		if err == nil {
			t.Error("a detail that is no JSON is recorded")
		}
	})
}
