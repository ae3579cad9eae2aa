package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"recat/migrate/planfile"
)

type approveOptions struct {
	Plans []string
	By    string
	Ref   string
	Out   string
}

func (o *approveOptions) addFlags(flags *pflag.FlagSet) {
	flags.StringVar(&o.By, "by", "", "the `NAME` of who approves")
	flags.StringVar(&o.Ref, "ref", "", "the `TICKET` where it was decided")
	flags.StringVar(&o.Out, "out", "", "write the approval to `FILE`")
}

func newApprove(w *World) *cobra.Command {
	var opts approveOptions
	cmd := &cobra.Command{
		Use:   "approve PLAN… --by NAME --out FILE",
		Short: "Approve plans by their digests",
		Long: `Approve one plan or several in one act. The file names their digests: it holds
for what was reviewed and for nothing else. Deleting it takes it back.` + exitStatus(ExitData, ExitNoInput),
		Example: `  recat approve crypto.plan --by "Zhao Min" --ref LEG-131 --out crypto.approval`,
		Args:    arguments(1, -1, "a PLAN"),
		RunE: func(_ *cobra.Command, args []string) error {
			opts.Plans = args
			return runApprove(w, opts)
		},
	}
	opts.addFlags(cmd.Flags())
	return cmd
}

func runApprove(w *World, opts approveOptions) error {
	if strings.TrimSpace(opts.By) == "" {
		return &usageError{msg: "who approves? --by is not set"}
	}
	if opts.Out == "" {
		return &usageError{msg: "where does the approval go? --out is not set"}
	}
	a := approval{Version: approvalVersion, By: strings.TrimSpace(opts.By), At: w.Now().UTC().Truncate(time.Second), Ref: opts.Ref}
	var said []string
	for _, path := range opts.Plans {
		plan, err := planfile.Open(path)
		if err != nil {
			return err
		}
		a.Digests = append(a.Digests, plan.Trailer().Digest)
		said = append(said, fmt.Sprintf("approved %s (%s) by %s: %s", path, plan.Header().Policy, a.By, plan.Trailer().Digest))
		if err := plan.Close(); err != nil {
			return fmt.Errorf("close %s: %w", path, err)
		}
	}
	if err := replaceFile(opts.Out, 0o644, a.write); err != nil {
		return err
	}
	for _, line := range said {
		w.note("%s", line)
	}
	w.next("", fmt.Sprintf("recat apply %s --catalog CATALOG --approval %s --dry-run", word(opts.Plans[0]), word(opts.Out)))
	return nil
}

func (a approval) write(out io.Writer) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(a)
}
