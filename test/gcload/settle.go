package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/publish"
)

// orphans are rows that nothing refers to, table by table.
func orphans() map[string]string {
	return map[string]string{
		"packages without a member":         "SELECT COUNT(*) FROM package p WHERE NOT EXISTS (SELECT 1 FROM member m WHERE m.package_id = p.id)",
		"files without a package":           "SELECT COUNT(*) FROM package_file f WHERE NOT EXISTS (SELECT 1 FROM package p WHERE p.id = f.package_id)",
		"contents without a package":        "SELECT COUNT(*) FROM package_contents f WHERE NOT EXISTS (SELECT 1 FROM package p WHERE p.id = f.package_id)",
		"files without a release":           "SELECT COUNT(*) FROM release_file f WHERE NOT EXISTS (SELECT 1 FROM release r WHERE r.publication_id = f.publication_id AND r.number >= f.since AND r.number < f.until)",
		"chunk tables without a file":       "SELECT COUNT(*) FROM chunk_table t WHERE NOT EXISTS (SELECT 1 FROM release_file f WHERE f.chunk_table = t.id)",
		"bases without a publication":       "SELECT COUNT(*) FROM index_checkpoint c WHERE NOT EXISTS (SELECT 1 FROM publication p WHERE p.id = c.publication_id AND p.dropped_at IS NULL)",
		"files whose chunk table is gone":   "SELECT COUNT(*) FROM release_file f WHERE chunk_table IS NOT NULL AND NOT EXISTS (SELECT 1 FROM chunk_table t WHERE t.id = f.chunk_table)",
		"takeovers without a release":       "SELECT COUNT(*) FROM takeover t WHERE NOT EXISTS (SELECT 1 FROM release r WHERE r.publication_id = t.publication_id)",
		"snapshots of states that are gone": "SELECT COUNT(*) FROM revision s WHERE base_collection IS NOT NULL AND NOT EXISTS (SELECT 1 FROM revision r WHERE r.collection_id = s.base_collection AND r.number = s.base_revision)",
	}
}

// settle collects garbage once more, now that nothing else is at work, and looks at
// what is left: all that is needed, and nothing else.
func (h *house) settle(ctx context.Context) error {
	if _, err := h.collect(); err != nil {
		return err
	}
	var all []error
	r, err := h.Garbage.Scrub(h.ctx, func(int, int64) {})
	if err != nil {
		return err
	}
	if !r.Clean() || r.Orphans != 0 || r.Blobs != r.Needed {
		all = append(all, fmt.Errorf("the pool is not what is needed: %+v", r))
	}
	err = h.db.Read(ctx, func(tx *db.Tx) error {
		for what, query := range orphans() {
			n, err := db.One(ctx, tx, db.Value[int], query)
			if err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
			if n != 0 {
				all = append(all, fmt.Errorf("there are %d %s", n, what))
			}
		}
		return h.members(ctx, tx, &all)
	})
	return errors.Join(append(all, err)...)
}

// members compares what is stored with what states list, and the nodes with the
// tables that have them.
func (h *house) members(ctx context.Context, tx *db.Tx, all *[]error) error {
	c := catalog.New()
	bases, err := publish.New(c).Bases(ctx, tx)
	if err != nil {
		return err
	}
	unlisted, err := c.Unlisted(ctx, tx, bases)
	if err != nil {
		return err
	}
	if n := unlisted.Len(); n != 0 {
		*all = append(*all, fmt.Errorf("%d members are stored that nothing lists", n))
	}
	nodes, err := db.All(ctx, tx, db.Value[string], "SELECT hex(sha256) FROM chunk_node")
	if err != nil {
		return err
	}
	tables, err := db.All(ctx, tx, db.Value[string], "SELECT hex(nodes) FROM chunk_table")
	if err != nil {
		return err
	}
	joined := strings.Join(tables, " ")
	for _, n := range nodes {
		if !strings.Contains(joined, n) {
			*all = append(*all, fmt.Errorf("no table has the node %s", n))
		}
	}
	return nil
}
