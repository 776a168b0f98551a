package mirror

import (
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/fetch"
)

// Progress receives the progress of a sync, with the share of the whole sync that is done. It is
// called often and must return at once.
type Progress func(activity.Progress)

// The shares of a whole sync at which its phases start. The comparison counts packages, whose total
// it does not know, so its share stays.
const (
	indexesFrom  = 0.01
	compareFrom  = 0.1
	downloadFrom = 0.1
	commitFrom   = 0.9
)

func (p Progress) release() { p(activity.Progress{Phase: "release"}) }

func (p Progress) indexes(total int) {
	p(activity.Progress{Phase: "indexes", Total: int64(total), Share: indexesFrom})
}

func (p Progress) compare(packages int) {
	p(activity.Progress{Phase: "compare", Done: int64(packages), Share: compareFrom})
}

// download reports how many files of a plan are downloaded.
func (p Progress) download(t fetch.Tally, all *Plan) {
	p(activity.Progress{
		Phase: "download", Done: t.Files, Total: int64(all.Download), DoneBytes: t.Bytes, TotalBytes: all.Bytes,
		Share: between(downloadFrom, commitFrom, t.Bytes, all.Bytes),
	})
}

// commit reports the packages stored after the last download.
func (p Progress) commit(done, total int) {
	p(activity.Progress{
		Phase: "commit", Done: int64(done), Total: int64(total),
		Share: between(commitFrom, 1, int64(done), int64(total)),
	})
}

// between returns the share of a phase that is partly done.
func between(from, to float64, done, total int64) float64 {
	if total <= 0 {
		return from
	}
	return from + (to-from)*min(float64(done)/float64(total), 1)
}
