package publications

import (
	"context"
	"strings"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// SourceCount tells how many packages a source of a publication has now.
type SourceCount struct {
	Component string `json:"component"`
	Name      string `json:"name"`
	Packages  int    `json:"packages"`
}

// SourceCounts counts the packages of what feeds a publication. A source that is
// gone is not among them.
func (s *Service) SourceCounts(ctx context.Context, p Publication) ([]SourceCount, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) ([]SourceCount, error) {
		var counts []SourceCount
		for _, text := range p.Sources {
			component, name, named := strings.Cut(text, "=")
			if !named {
				component, name = "", text
			}
			ref, err := collections.ParseRef("sources", name)
			if err != nil {
				return nil, err
			}
			set, err := s.collections.SetOf(ctx, tx, &ref)
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
