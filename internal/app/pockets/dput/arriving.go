package dput

import (
	"slices"
	"sync"

	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/upload"
)

// arriving are the files on their way into queues, in this process. They count before they are
// stored, so that many files at once respect the limits; and a .changes file waits for its files.
type arriving struct {
	mu      sync.Mutex
	files   []*arrivingFile
	changed chan struct{} // closed when a file has arrived or failed; nil: nobody waits
}

// arrivingFile is a file on its way.
type arrivingFile struct {
	repo int64
	name string
	size int64
	from upload.Sender
}

// begin counts a file until done is called. It refuses the file if most files from senders of its
// kind are on their way.
func (r *arriving) begin(f arrivingFile, most int) (done func(), err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	alike := 0
	for _, other := range r.files {
		if other.repo == f.repo && other.from.Stranger == f.from.Stranger {
			alike++
		}
	}
	if alike >= most {
		return nil, problem.New(problem.Unavailable, "%d files are on their way into this pocket already", alike).WithHint("try again soon")
	}
	r.files = append(r.files, &f)
	return func() { r.end(&f) }, nil
}

func (r *arriving) end(f *arrivingFile) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.files = slices.DeleteFunc(r.files, func(other *arrivingFile) bool { return other == f })
	if r.changed != nil {
		close(r.changed)
		r.changed = nil
	}
}

// shares returns the share of the files on their way to a repo: from a sender, and from all senders
// of its kind.
func (r *arriving) shares(repo int64, from upload.Sender) (sender, all upload.Share) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range r.files {
		if f.repo != repo || f.from.Stranger != from.Stranger {
			continue
		}
		one := upload.Share{Files: 1, Bytes: f.size}
		all = all.Plus(one)
		if f.from == from {
			sender = sender.Plus(one)
		}
	}
	return sender, all
}

// watch returns a channel that is closed when the next file has arrived or failed.
func (r *arriving) watch() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changed == nil {
		r.changed = make(chan struct{})
	}
	return r.changed
}

// has reports whether a file with one of the names is on its way to a repo.
func (r *arriving) has(repo int64, names []string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.files, func(f *arrivingFile) bool { return f.repo == repo && slices.Contains(names, f.name) })
}
