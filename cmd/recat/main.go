// Command recat retires categories from a product catalog.
package main

import (
	"os"
	_ "time/tzdata" // a policy's zone is known wherever recat runs

	"recat/cmd/internal/cli"
)

func main() { os.Exit(cli.Main(cli.OS())) }
