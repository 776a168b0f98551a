package usecase

import (
	"slices"

	"github.com/aptarium/aptarium/internal/problem"
)

// orEmpty makes JSON show a list where there is nothing.
func OrEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// maxNames bounds what a call names.
const maxNames = 500

func FewNames(names []string) error {
	if len(names) > maxNames {
		return problem.New(problem.TooLarge, "%d names are given, more than %d", len(names), maxNames).In("names").WithHint("ask several times")
	}
	return nil
}

// unique gives names once each, sorted.
func Unique(names []string) []string { return slices.Compact(slices.Sorted(slices.Values(names))) }
