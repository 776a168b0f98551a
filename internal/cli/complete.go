package cli

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// completer gives the words that an argument or flag may be.
type completer = func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective)

// maxCompletions bounds what a shell is offered.
const maxCompletions = 500

// completeTimeout is how long somebody who pressed tab waits at most.
const completeTimeout = 3 * time.Second

// complete makes a completer of words that a session gives. Errors give none: a
// shell has no place to show them.
func (p *program) complete(words func(ctx context.Context, s *session, args []string) iter.Seq2[string, error]) completer {
	return func(c *cobra.Command, args []string, typed string) (found []string, _ cobra.ShellCompDirective) {
		if !p.dataExists() {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(c.Context(), completeTimeout)
		defer cancel()
		s, err := p.session(ctx)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		for word, err := range words(ctx, s, args) {
			if err != nil || len(found) == maxCompletions {
				break
			}
			if word != "" && strings.HasPrefix(word, typed) && !slices.Contains(args, word) && !slices.Contains(found, word) {
				found = append(found, word)
			}
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}

// only completes the first n arguments.
func only(n int, f completer) completer {
	return func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) >= n {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return f(c, args, typed)
	}
}

// then completes the first argument by one completer, and all others by another.
func then(first, others completer) completer {
	return func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 0 {
			return first(c, args, typed)
		}
		return others(c, args, typed)
	}
}

// words takes a word of each item.
func words[T any](items iter.Seq2[T, error], word func(T) string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for item, err := range items {
			if err != nil {
				yield("", err)
				return
			}
			if !yield(word(item), nil) {
				return
			}
		}
	}
}

// names gives the names of a kind of collections, with something before each.
func names(ctx context.Context, s *session, kind, before string) iter.Seq2[string, error] {
	if kind == "mirror" {
		all := client.All(ctx, s.Client, routes.ListMirrors, routes.Paging{})
		return words(all, func(m mirrors.Mirror) string { return before + m.Name })
	}
	list := routes.ListRepos
	if kind == "snapshot" {
		list = routes.ListSnapshots
	}
	return words(client.All(ctx, s.Client, list, routes.Paging{}), func(c collections.Collection) string { return before + c.Name })
}

// collections completes names of a kind.
func (p *program) collections(kind string) completer {
	return p.complete(func(ctx context.Context, s *session, _ []string) iter.Seq2[string, error] {
		return names(ctx, s, kind, "")
	})
}

// references completes references to collections of any kind.
func (p *program) references() completer {
	return p.complete(func(ctx context.Context, s *session, _ []string) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			for _, kind := range []string{"mirror", "repo", "snapshot"} {
				for word, err := range names(ctx, s, kind, kind+":") {
					if !yield(word, err) || err != nil {
						return
					}
				}
			}
		}
	})
}

// states completes references to whatever has a history.
func (p *program) states() completer {
	collections := p.references()
	publications := p.complete(func(ctx context.Context, s *session, _ []string) iter.Seq2[string, error] {
		all := client.All(ctx, s.Client, routes.ListPublications, routes.Paging{})
		return words(all, func(at publications.Publication) string { return "publish:" + at.Place() + "/" + at.Distribution })
	})
	return func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		found, directive := collections(c, args, typed)
		more, _ := publications(c, args, typed)
		return append(found, more...), directive
	}
}

// places completes the prefix and then the distribution of a publication.
func (p *program) places() completer {
	return only(2, p.complete(func(ctx context.Context, s *session, args []string) iter.Seq2[string, error] {
		all := client.All(ctx, s.Client, routes.ListPublications, routes.Paging{})
		return words(all, func(at publications.Publication) string {
			switch {
			case len(args) == 0:
				return at.Place()
			case args[0] == at.Place():
				return at.Distribution
			}
			return ""
		})
	}))
}

// keyNames completes names of keys.
func (p *program) keyNames() completer {
	return p.complete(func(ctx context.Context, s *session, _ []string) iter.Seq2[string, error] {
		all := client.All(ctx, s.Client, routes.ListKeys, routes.Paging{})
		return words(all, func(k keys.Key) string { return k.Name })
	})
}

// packageNames completes names of packages in a repo.
func (p *program) packageNames(repo string) completer {
	return p.complete(func(ctx context.Context, s *session, _ []string) iter.Seq2[string, error] {
		return words(packages(ctx, s, "repo", repo, packageFlags{}), func(k collections.Package) string { return k.Name })
	})
}

// activityIDs completes activities, newest first, of some statuses.
func (p *program) activityIDs(statuses ...string) completer {
	return p.complete(func(ctx context.Context, s *session, _ []string) iter.Seq2[string, error] {
		all := client.All(ctx, s.Client, routes.ListActivities, routes.ListActivitiesInput{})
		return words(some(all, 100), func(a usecase.Activity) string {
			if len(statuses) > 0 && !slices.Contains(statuses, a.Status) {
				return ""
			}
			return strconv.FormatInt(a.ID, 10)
		})
	})
}

// tokenNames completes names of tokens that are valid.
func (p *program) tokenNames() completer {
	return p.complete(func(ctx context.Context, s *session, _ []string) iter.Seq2[string, error] {
		all := client.All(ctx, s.Client, routes.ListTokens, routes.Paging{})
		return words(all, func(t people.Token) string {
			if !t.RevokedAt.IsZero() {
				return ""
			}
			return t.Name
		})
	})
}

// oneOf completes fixed words.
func oneOf(words ...string) completer {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeFlag gives a flag its completer; the flag is one that was defined just
// before.
func completeFlag(c *cobra.Command, flag string, f completer) {
	_ = c.RegisterFlagCompletionFunc(flag, f)
}
