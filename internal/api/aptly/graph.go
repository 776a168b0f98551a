package aptly

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/app/usecase"
)

func (s *service) graphRoutes() []route {
	return []route{{"GET", "graph.:ext", "Draw what is made of what", drawGraph}}
}

// The colours of the kinds of nodes.
const (
	mirrorColour   = "darkgoldenrod1"
	repoColour     = "mediumseagreen"
	snapshotColour = "cadetblue1"
	publishColour  = "darkolivegreen1"
)

// graph is a drawing in the language of graphviz (https://graphviz.org/doc/info/lang.html).
type graph struct {
	text  strings.Builder
	ids   map[string]string // of nodes, by reference
	edges []string
}

// node draws a record with a kind, a name and further lines.
func (g *graph) node(ref, colour, kind, name string, lines ...string) {
	label := kind + " " + escapeLabel(name)
	for _, line := range lines {
		label += "|" + escapeLabel(line)
	}
	id := uuid(ref)
	g.ids[ref] = id
	fmt.Fprintf(&g.text, "  %q [shape=Mrecord, style=filled, fillcolor=%s, label=\"{%s}\"];\n", id, colour, label)
}

// escapeLabel returns a text for the label of a record, with its special characters escaped.
func escapeLabel(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r < ' ':
			b.WriteByte(' ')
			continue
		case strings.ContainsRune(`\"{}|<>`, r):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func (g *graph) edge(from, to string) { g.edges = append(g.edges, from+"\x00"+to) }

// String returns the drawing. An edge from a deleted object is left out.
func (g *graph) String() string {
	slices.Sort(g.edges)
	for _, e := range slices.Compact(g.edges) {
		from, to, _ := strings.Cut(e, "\x00")
		if g.ids[from] != "" && g.ids[to] != "" {
			fmt.Fprintf(&g.text, "  %q -> %q;\n", g.ids[from], g.ids[to])
		}
	}
	return g.text.String() + "}\n"
}

// graph draws all mirrors, repos, snapshots and publications.
func (c *call) graph(vertical bool) (*graph, error) {
	g := &graph{ids: map[string]string{}}
	g.text.WriteString("digraph aptly {\n")
	if !vertical {
		g.text.WriteString("  rankdir=LR;\n")
	}
	if err := c.drawCollections(g); err != nil {
		return nil, err
	}
	list, err := usecase.Every(c.Context(), c.service.app.Publications.List)
	for _, p := range list {
		shown := c.service.showPublished(p)
		ref := "publish:" + shown.Path
		g.node(ref, publishColour, "Published", shown.Path, "comp: "+strings.Join(componentsOf(p.Sources), " "), "arch: "+strings.Join(p.Architectures, ", "))
		for _, s := range p.Sources {
			_, from, named := strings.Cut(s, "=")
			if !named {
				from = s
			}
			g.edge(from, ref)
		}
	}
	return g, err
}

func (c *call) drawCollections(g *graph) error {
	a, ctx := c.service.app, c.Context()
	mirrors, err := usecase.Every(ctx, a.Mirrors.List)
	if err != nil {
		return err
	}
	for _, m := range mirrors {
		g.node("mirror:"+m.Name, mirrorColour, "Mirror", m.Name, "url: "+m.Config.URL, "dist: "+m.Config.Suite,
			"comp: "+strings.Join(m.Config.Components, ", "), "arch: "+strings.Join(m.Config.Architectures, ", "), fmt.Sprintf("pkgs: %d", m.Packages))
	}
	repos, err := usecase.Every(ctx, a.Repos.List)
	if err != nil {
		return err
	}
	for _, r := range repos {
		g.node("repo:"+r.Name, repoColour, "Repo", r.Name, "comment: "+r.Description, fmt.Sprintf("pkgs: %d", r.Packages))
	}
	snapshots, err := usecase.Every(ctx, a.Collections.Snapshots)
	for _, s := range snapshots {
		g.node("snapshot:"+s.Name, snapshotColour, "Snapshot", s.Name, s.Description, fmt.Sprintf("pkgs: %d", s.Packages))
		for _, from := range s.Sources {
			g.edge(from, "snapshot:"+s.Name)
		}
	}
	return err
}

// drawTime limits the time of graphviz for a drawing.
const drawTime = time.Minute

func drawGraph(c *call) (answer, error) {
	form := c.parameter("ext")
	layout := c.URL.Query().Get("layout")
	if layout != "" && layout != "horizontal" && layout != "vertical" {
		return answer{}, fail(http.StatusBadRequest, "the layout is horizontal or vertical, not %q", layout)
	}
	g, err := c.graph(layout == "vertical")
	if err != nil {
		return answer{}, err
	}
	drawn, kind := []byte(g.String()), "text/plain; charset=utf-8"
	if form != "dot" && form != "gv" {
		if kind = mime.TypeByExtension("." + form); kind == "" || !slices.Contains([]string{"svg", "png", "pdf", "gif", "jpg", "jpeg", "ps", "json"}, form) {
			return answer{}, fail(http.StatusBadRequest, "there is no drawing in the form %q: ask for dot, svg or png", form)
		}
		if drawn, err = draw(c.Context(), drawn, form); err != nil {
			return answer{}, err
		}
	}
	c.writer.Header().Set("Content-Type", kind)
	_, _ = c.writer.Write(drawn)
	return sent, nil
}

// draw runs graphviz.
func draw(ctx context.Context, text []byte, form string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, drawTime)
	defer cancel()
	command := exec.CommandContext(ctx, "dot", "-T"+form)
	command.Stdin = bytes.NewReader(text)
	var out, said bytes.Buffer
	command.Stdout, command.Stderr = &out, &said
	if err := command.Run(); errors.Is(err, exec.ErrNotFound) {
		return nil, fail(http.StatusInternalServerError, "unable to execute dot: install graphviz on the server, or ask for graph.dot")
	} else if err != nil {
		return nil, fail(http.StatusInternalServerError, "graphviz failed: %v %.500s", err, said.String())
	}
	return out.Bytes(), nil
}
