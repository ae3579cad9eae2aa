package cli

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"recat/fixtures"
	"recat/migrate"
)

type demoOptions struct {
	Dir string // "" is a folder that is removed in the end
}

const demoLong = `Tell the whole story on an embedded catalog: plan, refuse to apply early,
rehearse, apply on the date, verify, show the receipt, take it back. Every
command is printed and really run, the clock apart, which is set to October
2021.

With DIR the catalog, policies and mapping stay there to play with.`

func newDemo(w *World) *cobra.Command {
	var opts demoOptions
	return &cobra.Command{
		Use:     "demo [DIR]",
		Short:   "Tell the whole story on an embedded catalog",
		Long:    demoLong + exitStatus(ExitRefused, ExitInterrupted),
		Example: "  recat demo\n  recat demo play",
		Args:    arguments(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				opts.Dir = args[0]
			}
			return runDemo(cmd.Context(), w, opts)
		},
	}
}

func runDemo(ctx context.Context, w *World, opts demoOptions) (err error) {
	dir, leave, err := enterDemo(opts.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, leave()) }()
	if err := layOutDemo(ctx); err != nil {
		return fmt.Errorf("lay out the demo in %s: %w", dir, err)
	}
	t := &telling{world: w}
	for _, s := range demoStory {
		if err := t.tell(ctx, s); err != nil {
			return err
		}
	}
	if opts.Dir != "" {
		w.next("", "cd "+word(opts.Dir)+", then recat plan hoverboards.yaml --catalog "+demoCatalog+" --mapping mapping.yaml")
	}
	return nil
}

// enterDemo makes the demo's folder the current one; leave goes back, and
// removes the folder where nobody named it.
func enterDemo(named string) (dir string, leave func() error, err error) {
	home, err := os.Getwd()
	if err != nil {
		return "", nil, fmt.Errorf("find the current folder: %w", err)
	}
	remove := func() error { return nil }
	if named == "" {
		dir, err = os.MkdirTemp("", "recat-demo-*")
		remove = func() error { return os.RemoveAll(dir) }
	} else {
		dir, err = named, emptyFolder(named)
	}
	if err == nil {
		err = os.Chdir(dir)
	}
	if err != nil {
		return "", nil, fmt.Errorf("make the demo's folder: %w", err)
	}
	return dir, func() error { return errors.Join(os.Chdir(home), remove()) }, nil
}

// emptyFolder makes a folder, or takes one that is empty.
func emptyFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		return migrate.Refuse("%s is not empty; the demo overwrites nothing", dir)
	}
	return err
}

// demoCatalog is the demo's database.
const demoCatalog = "shop.db"

// layOutDemo fills the current folder with the catalog and its files.
func layOutDemo(ctx context.Context) error {
	for _, pattern := range []string{"demo/*.yaml", "demo/*.csv"} {
		names, err := fs.Glob(fixtures.FS, pattern)
		if err != nil {
			return err
		}
		for _, name := range names {
			text, err := fixtures.FS.ReadFile(name)
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.FromSlash(path.Base(name)), text, 0o644); err != nil {
				return err
			}
		}
	}
	return withDemo(ctx, func(db *sql.DB) error { return fixtures.Demo(ctx, db) })
}

// withDemo lends the demo's database.
func withDemo(_ context.Context, use func(*sql.DB) error) error {
	db, err := sql.Open("sqlite3", demoCatalog)
	if err != nil {
		return err
	}
	return errors.Join(use(db), db.Close())
}

// scene is one step of the story: what is said, what others do to the
// catalog, and the command that is run.
type scene struct {
	at      time.Time
	say     string
	sql     []string
	command string
	code    Code
}

// demoDay is an instant of October 2021 in Shanghai.
func demoDay(day, hour int) time.Time {
	return time.Date(2021, time.October, day, hour, 0, 0, 0, time.FixedZone("+08", 8*60*60))
}

var demoStory = []scene{
	{at: demoDay(5, 20), say: `Two categories go on 8 October 2021. The policy says so, and what becomes of
their products. A plan makes it concrete; nothing is written to the catalog.`,
		command: "recat plan crypto-mining-ban.yaml --mapping mapping.yaml --out crypto.plan"},
	{at: demoDay(5, 21), say: "The plan is approved by its digest. Nobody can apply it before the date.",
		command: "recat apply crypto.plan --yes", code: ExitWindow},
	{at: demoDay(6, 10), say: "A rehearsal applies and undoes it on a copy, and compares every table.",
		command: "recat rehearse crypto.plan"},
	{at: demoDay(7, 22), say: `Meanwhile sellers go on: one lists a miner, another ends a listing. The policy's
drift clause says what may be tolerated.`,
		sql: []string{
			`INSERT INTO products (id, category_id, title, status, seller_id) VALUES (900411, ` + fixtures.BlockchainMiners + `, 'Antminer S19j Pro 104T', 'active', 7)`,
			`INSERT INTO product_categories (product_id, category_id, position) VALUES (900411, ` + fixtures.BlockchainMiners + `, 1)`,
			`UPDATE products SET status = 'ended' WHERE id = ` + fixtures.MinerInCart,
		},
		command: "recat apply crypto.plan --dry-run"},
	{at: demoDay(8, 0), say: "Midnight in Shanghai.",
		command: "recat apply crypto.plan --yes"},
	{at: demoDay(8, 0), say: "A cron job that runs twice does no harm.",
		command: "recat apply crypto.plan --yes"},
	{at: demoDay(8, 1), command: "recat verify last"},
	{at: demoDay(8, 1), say: "The receipt: all that was done, the drift that was tolerated included.",
		command: "recat show last"},
	{at: demoDay(8, 9), say: "Suppose it was a mistake after all.",
		command: `recat undo last --reason "appeal granted" --yes`},
	{at: demoDay(8, 9), command: "recat history"},
}

// telling runs the story's commands in a world of their own.
type telling struct {
	world *World
	lines int
}

func (t *telling) tell(ctx context.Context, s scene) error {
	if s.sql != nil {
		err := withDemo(ctx, func(db *sql.DB) error {
			for _, statement := range s.sql {
				if _, err := db.ExecContext(ctx, statement); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("do as the sellers do: %w", err)
		}
	}
	if t.lines++; t.lines > 1 {
		fmt.Fprintln(t.world.Stdout)
	}
	for line := range strings.Lines(s.say) {
		fmt.Fprintf(t.world.Stdout, "# %s\n", strings.TrimSuffix(line, "\n"))
	}
	if t.lines == 1 {
		fmt.Fprintln(t.world.Stdout, "$ export RECAT_CATALOG="+demoCatalog)
	}
	fmt.Fprintln(t.world.Stdout, "$ "+s.command)
	code := execute(ctx, t.stage(s))
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case code != s.code:
		return fmt.Errorf("the demo expected %q to end with %s (%d), not %s (%d)", s.command, s.code, s.code, code, code)
	case code != ExitOK:
		fmt.Fprintf(t.world.Stdout, "exit status %d\n", code)
	}
	return nil
}

// stage is the world a scene plays in: October 2021, nobody at the keyboard,
// no environment but the catalog's name, one stream for all that is said.
func (t *telling) stage(s scene) *World {
	w := *t.world
	w.sent = sent{}
	w.Args = shellWords(strings.TrimPrefix(s.command, "recat "))
	w.Stdin, w.Stderr = strings.NewReader(""), w.Stdout
	w.Now = func() time.Time { return s.at }
	w.User = func() string { return "catalog-team" }
	outer := w.LookupEnv
	w.LookupEnv = func(name string) (string, bool) {
		switch name {
		case "RECAT_CATALOG":
			return demoCatalog, true
		case "NO_COLOR", "TERM":
			return outer(name)
		}
		return "", false
	}
	return &w
}

// shellWords splits a command of the story: at spaces, but for those between
// double quotes.
func shellWords(command string) []string {
	var words []string
	for i, part := range strings.Split(command, `"`) {
		if i%2 == 1 {
			words = append(words, part)
			continue
		}
		words = append(words, strings.Fields(part)...)
	}
	return words
}
