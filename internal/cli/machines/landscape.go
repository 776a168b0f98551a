package machines

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

// LandscapeName is the name of the command. A program that is called by this name behaves as Landscape's
// own client.
const LandscapeName = "landscape-api"

// landscapeAPI has a grammar of its own, which package landscapeapi reads.
func landscapeAPI(p *command.Program) *cobra.Command {
	return &cobra.Command{
		Use:   LandscapeName + " [OPTION]… ACTION [ARGUMENT]…",
		Short: "Call Landscape's API as its own client does",
		Long: `Call an action of Landscape's API as Landscape's client landscape-api does, also through
a link with that name. With LANDSCAPE_API_KEY, LANDSCAPE_API_SECRET and
LANDSCAPE_API_URI, or --key, --secret and --uri, it calls any server of Landscape's API;
without them, the server of all commands.

` + "`aptarium landscape-api help`" + ` lists the actions. The exit code is 0 for success, 2 if
the server refused the action, and 1 if it could not be sent.`,
		Example: `  aptarium landscape-api create-distribution ubuntu
  aptarium landscape-api get-activities --query id:101`,
		DisableFlagParsing: true, Args: cobra.ArbitraryArgs,
		ValidArgsFunction: func(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			return landscapeapi.Complete(landscape.Actions(), args, typed)
		},
		RunE: func(c *cobra.Command, args []string) error {
			if code := RunLandscape(c.Context(), p, c.CommandPath(), args); code != 0 {
				return command.ExitCode(code)
			}
			return nil
		},
	}
}

// RunLandscape runs Landscape's client under a name and returns its exit code.
func RunLandscape(ctx context.Context, p *command.Program, name string, args []string) int {
	return landscapeapi.Command{
		Name: name, Actions: landscape.Actions(), Out: p.Out, Err: p.Err, Getenv: p.Getenv,
		Connect: func(ctx context.Context, at landscapeapi.Place) (landscapeapi.Post, error) {
			return connect(ctx, p, at)
		},
	}.Run(ctx, args)
}

// connect returns the way to the server of a place, or to the handlers in this process.
func connect(ctx context.Context, p *command.Program, at landscapeapi.Place) (landscapeapi.Post, error) {
	p.Place = command.Place{Server: at.Server, Data: at.Data, Config: at.Config}
	s, err := p.Session(ctx)
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
		return follow(ctx, p, answer)
	}, nil
}

// follow waits for the activity that an action has started, if its answer is one, because no server
// goes on with it.
func follow(ctx context.Context, p *command.Program, answer *http.Response) (*http.Response, error) {
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
		return answer, nil // another answer
	}
	_, err = p.Follow(ctx, activity.ID)
	return answer, err
}
