package dput

import (
	"slices"
	"sync"

	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/upload"
)

// arriving are the files that are on their way into queues, in this process. They
// count before they are there, so that many at once do not pass the bounds together;
// and a .changes file waits for those that it lists.
type arriving struct {
	mu      sync.Mutex
	files   []*arrivingFile
	changed chan struct{} // closed when one has come or failed; nil: nobody asked
}

// arrivingFile is one of them.
type arrivingFile struct {
	repo int64
	name string
	size int64
	from upload.Sender
}

// begin counts a file until done is called. When so many come from senders of its
// kind already, it is refused.
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

// shares counts what is on its way to a repo: from a sender, and from all of its
// kind.
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

// watch tells what is closed when the next file has come or failed.
func (r *arriving) watch() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changed == nil {
		r.changed = make(chan struct{})
	}
	return r.changed
}

// has tells whether one of some names is on its way to a repo.
func (r *arriving) has(repo int64, names []string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.files, func(f *arrivingFile) bool { return f.repo == repo && slices.Contains(names, f.name) })
}
