package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/landscape"
	"github.com/aptarium/aptarium/internal/cli/command"
	"github.com/aptarium/aptarium/internal/cli/landscapeapi"
)

// landscapeName is the command, and the name of the client of Landscape's API whose
// place it takes when it is called so.
const landscapeName = "landscape-api"

// landscape is a command with a grammar of its own, which package landscapeapi reads.
func (p *program) landscape() *cobra.Command {
	return &cobra.Command{
		Use:   landscapeName + " [OPTION]… ACTION [ARGUMENT]…",
		Short: "Call Landscape's API as its own client does",
		Long: `Do what Landscape's client of that name does, called in the same way, also through
a link that is named landscape-api. With LANDSCAPE_API_KEY, LANDSCAPE_API_SECRET and
LANDSCAPE_API_URI, or --key, --secret and --uri, it speaks to any server of
Landscape's API; without them, to the one that all commands speak to.

` + "`aptarium landscape-api help`" + ` lists the actions. The exit code is 0 when it was done,
2 when the server refused it, 1 when it came to nothing before.`,
		Example: `  aptarium landscape-api create-distribution ubuntu
  aptarium landscape-api get-activities --query id:101`,
		DisableFlagParsing: true, Args: cobra.ArbitraryArgs,
		ValidArgsFunction: func(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			return landscapeapi.Complete(landscape.Actions(), args, typed)
		},
		RunE: func(c *cobra.Command, args []string) error {
			if code := p.landscapeRun(c.Context(), c.CommandPath(), args); code != exitDone {
				return exitCode(code)
			}
			return nil
		},
	}
}

// landscapeRun runs the client under a name and gives its exit code.
func (p *program) landscapeRun(ctx context.Context, name string, args []string) int {
	return landscapeapi.Command{
		Name: name, Actions: landscape.Actions(), Out: p.Out, Err: p.Err, Getenv: p.Getenv, Connect: p.landscapeConnect,
	}.Run(ctx, args)
}

// landscapeConnect gives the way to the server of a place, or to the handlers in this
// process.
func (p *program) landscapeConnect(ctx context.Context, at landscapeapi.Place) (landscapeapi.Post, error) {
	p.Place = command.Place{Server: at.Server, Data: at.Data, Config: at.Config}
	s, err := p.session(ctx)
	if err != nil {
		return nil, err
	}
	post := func(ctx context.Context, parameters map[string]string) (*http.Response, error) {
		form := url.Values{}
		for name, value := range parameters {
			form.Set(name, value)
		}
		return s.PostForm(ctx, "/api/", form)
	}
	if !s.Own() {
		return post, nil
	}
	return func(ctx context.Context, parameters map[string]string) (*http.Response, error) {
		if strings.HasPrefix(parameters["action"], "Get") {
			return post(ctx, parameters)
		}
		if err := s.Work(ctx); err != nil {
			return nil, err
		}
		answer, err := post(ctx, parameters)
		if err != nil || answer.StatusCode != http.StatusOK {
			return answer, err
		}
		return p.landscapeFollow(ctx, s, answer)
	}, nil
}

// landscapeFollow waits for the activity that an action has started, if its answer is
// one: no server is there to go on with it.
func (p *program) landscapeFollow(ctx context.Context, s *session, answer *http.Response) (*http.Response, error) {
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body) // from this process
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	var activity struct {
		ID   int64
		Type string
	}
	if json.Unmarshal(body, &activity) != nil || activity.ID == 0 || activity.Type == "" {
		return answer, nil // it is something else
	}
	_, err = p.follow(ctx, s, activity.ID)
	return answer, err
}
