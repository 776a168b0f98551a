// Command aptarium mirrors, curates and publishes APT repositories.
// `aptarium --help` tells how to call it, and docs/cli.md at length.
package main

import (
	"os"

	"github.com/aptarium/aptarium/internal/cli"
)

func main() { os.Exit(cli.Main()) }
