package usecase

import (
	"slices"

	"github.com/aptarium/aptarium/internal/problem"
)

// Map returns fn of each element; it is never nil.
func Map[T, S any](list []T, fn func(T) S) []S {
	mapped := make([]S, len(list))
	for i, x := range list {
		mapped[i] = fn(x)
	}
	return mapped
}

// TryMap is [Map] until an error, which it returns.
func TryMap[T, S any](list []T, fn func(T) (S, error)) ([]S, error) {
	mapped := make([]S, len(list))
	for i, x := range list {
		var err error
		if mapped[i], err = fn(x); err != nil {
			return nil, err
		}
	}
	return mapped, nil
}

// OrEmpty returns the list, and an empty one for nil, which JSON would show as null.
func OrEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// maxNames bounds the names in one call.
const maxNames = 500

// FewNames refuses too many names in one call as problem.TooLarge.
func FewNames(names []string) error {
	if len(names) > maxNames {
		return problem.New(problem.TooLarge, "%d names in one call are more than %d", len(names), maxNames).In("names").WithHint("divide them into several calls")
	}
	return nil
}

// Unique returns the names sorted, each once.
func Unique(names []string) []string { return slices.Compact(slices.Sorted(slices.Values(names))) }
