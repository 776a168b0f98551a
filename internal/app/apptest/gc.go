package apptest

import (
	"encoding/json"

	"github.com/aptarium/aptarium/internal/app/garbage"
)

// collect collects garbage and returns the report.
func Collect(h *House, in garbage.GC) (r garbage.GCReport) {
	h.TB.Helper()
	a := h.Done(h.Garbage.Collect(h.Ctx, in))
	if err := json.Unmarshal(a.Result, &r); err != nil {
		h.TB.Fatal(err)
	}
	return r
}

// pristine fails the test unless the pool has what is needed and nothing else.
func Pristine(h *House) {
	h.TB.Helper()
	r := Must(h.Garbage.Scrub(h.Ctx, func(int, int64) {}))(h.TB)
	if !r.Clean() || r.Orphans != 0 {
		h.TB.Errorf("a scrub finds %+v", r)
	}
}
