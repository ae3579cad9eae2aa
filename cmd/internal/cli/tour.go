package cli

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

const rootLong = `recat retires categories from a product catalog: it plans the removal, shows
it, rehearses it, applies it in one transaction on the effective date, verifies
it, and can take it back.`

const rootExample = `  $ export RECAT_CATALOG=shop.db
  $ recat plan toys.yaml --out toys.plan          # what goes, and why
  $ recat approve toys.plan --by Ann --out toys.approval
  $ recat rehearse toys.plan                      # applied and undone on a copy
  $ recat apply toys.plan --approval toys.approval --wait --yes`

const rootRest = `
Every command but apply, undo, history --prune and demo only reads the catalog.
Results go to stdout, all else to stderr; --format json is for programs.

Exit codes say what to do: 0 it is done, 3 plan again, 4 it is refused, 5 not
now, 6 try again. Each command's help lists its own under EXIT STATUS.

Environment:
  RECAT_CATALOG  the catalog, so that --catalog can be left out
  RECAT_…        every flag whose help names its variable; the flag wins
  CI             when set, commands do not name the next one
  NO_COLOR       when set, no colour

Read on:
  recat demo            the whole story, really run on an embedded catalog
  recat COMMAND --help  what a command does, its flags, examples and exit codes
`

// chapter is a group that commands are listed in.
type chapter struct {
	id, title string
	commands  []func(*World) *cobra.Command
}

// groupLook is the chapter of the commands that cobra brings.
const groupLook = "look"

// chapters hold the commands in the order of a retirement.
func chapters() []chapter {
	type all = []func(*World) *cobra.Command
	return []chapter{
		{"say", "Say what goes:", all{newMap, newPolicy}},
		{"plan", "Plan and review:", all{newPlan, newShow, newCompare, newApprove, newRehearse}},
		{"run", "Cut over, and back:", all{newApply, newVerify, newUndo, newHistory}},
		{"follow", "Follow up:", all{newStatus, newAudit, newExport}},
		{groupLook, "Look around:", all{newDemo, newTree, newVersion}},
	}
}

// addCommands adds every command to the root, in its chapter.
func addCommands(root *cobra.Command, w *World) {
	for _, c := range chapters() {
		root.AddGroup(&cobra.Group{ID: c.id, Title: c.title})
		for _, constructor := range c.commands {
			cmd := constructor(w)
			cmd.GroupID = c.id
			root.AddCommand(cmd)
		}
	}
}

// tour has the root's help tell the story, and every help fit the terminal.
func tour(root *cobra.Command, w *World) {
	others := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		var page bytes.Buffer
		if cmd == root {
			page.WriteString(rootHelp(root))
		} else {
			root.SetOut(&page)
			others(cmd, args)
			root.SetOut(w.Stdout)
		}
		// Like cobra's own help, it has nobody to tell that it cannot be written.
		_, _ = io.WriteString(w.Stdout, fold(page.String(), w.Terminal(w.Stdout)))
	})
}

// fold breaks the lines of a help that are wider than the terminal, and goes
// on below the column they end in. Examples stay whole: they are to be copied.
func fold(page string, width int) string {
	var b strings.Builder
	for line := range strings.Lines(page) {
		line = strings.TrimSuffix(line, "\n")
		hang := utf8.RuneCountInString(foldColumn.FindString(line))
		if width == 0 || strings.HasPrefix(line, "  recat ") || hang > width/2 {
			hang = 0
		}
		for hang > 0 && utf8.RuneCountInString(line) > width {
			head := string([]rune(line)[:width+1])
			space := strings.LastIndexByte(head, ' ')
			if space <= hang {
				break
			}
			b.WriteString(line[:space] + "\n")
			line = strings.Repeat(" ", hang) + line[space+1:]
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// foldColumn finds where the last column of a line begins.
var foldColumn = regexp.MustCompile(`^( *\S+( \S+)* {2,})*`)

func rootHelp(root *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n", rootLong, rootExample)
	for _, group := range root.Groups() {
		fmt.Fprintf(&b, "\n%s\n", group.Title)
		for _, cmd := range root.Commands() {
			if cmd.GroupID == group.ID && (cmd.IsAvailableCommand() || cmd.Name() == "help") {
				fmt.Fprintf(&b, "  %-10s  %s\n", cmd.Name(), cmd.Short)
			}
		}
	}
	b.WriteString(rootRest)
	return b.String()
}
