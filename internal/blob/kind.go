package blob

import (
	"context"
	"net/url"
	"strings"

	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// Kind is a kind of stores, such as directories. A package implements it, and server registers it in BlobKinds.
type Kind struct {
	// Scheme is the scheme of the URLs of its stores.
	Scheme string

	// Check refuses a URL with a [problem.Invalid] in the setting pool. It does not access the store.
	Check func(*url.URL) error

	// Open opens or creates the store of a checked URL. data is the data folder, for stores in it.
	Open func(ctx context.Context, at *url.URL, data string) (Opened, error)
}

// Opened is an open store.
type Opened struct {
	Store

	// Path returns the absolute path of a durable blob's file, or false if it has none. Endpoints link to
	// it.
	Path func(digest.SHA256) (path string, ok bool)

	// Close closes the store. Do not use it afterwards.
	Close func() error
}

// Kinds are the kinds of stores of a program.
type Kinds []Kind

// Check refuses a URL that no kind accepts, with a [problem.Invalid].
func (k Kinds) Check(at string) error {
	_, _, err := k.of(at)
	return err
}

// Open opens or creates the store of a URL.
func (k Kinds) Open(ctx context.Context, at, data string) (Opened, error) {
	kind, u, err := k.of(at)
	if err != nil {
		return Opened{}, err
	}
	return kind.Open(ctx, u, data)
}

func (k Kinds) of(at string) (Kind, *url.URL, error) {
	u, err := url.Parse(at)
	if err != nil {
		return Kind{}, nil, problem.New(problem.Invalid, "this is not a URL").In("pool").WithHint("use file:")
	}
	schemes := make([]string, len(k))
	for i, kind := range k {
		if kind.Scheme == u.Scheme {
			return kind, u, kind.Check(u)
		}
		schemes[i] = kind.Scheme + ":"
	}
	return Kind{}, nil, problem.New(problem.Invalid, "%q is not a URL of a pool", u.Redacted()).In("pool").WithHint("use a URL that begins with %s", strings.Join(schemes, " or "))
}
