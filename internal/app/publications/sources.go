package publications

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// SourceCount is the number of packages in a source of a publication.
type SourceCount struct {
	Component string `json:"component"`
	Name      string `json:"name"`
	Packages  int    `json:"packages"`
}

// SourceCounts counts the packages in each source of a publication. It omits dropped sources.
func (s *Service) SourceCounts(ctx context.Context, p Publication) ([]SourceCount, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) ([]SourceCount, error) {
		var counts []SourceCount
		for _, text := range p.Sources {
			component, ref, err := parseSource(text)
			if err != nil {
				return nil, err
			}
			set, err := s.collections.Members(ctx, tx, &ref)
			if problem.Is(err, problem.NotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			counts = append(counts, SourceCount{component, ref.Name, set.Len()})
		}
		return counts, nil
	})
}
