package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"recat/migrate"
	"recat/migrate/planfile"
)

type approveOptions struct {
	Plans []string
	By    string
	Ref   string
	Sign  string
	Out   string
}

func (o *approveOptions) addFlags(flags *pflag.FlagSet) {
	flags.StringVar(&o.By, "by", "", "the `NAME` of who approves")
	flags.StringVar(&o.Ref, "ref", "", "the `TICKET` where it was decided")
	flags.StringVar(&o.Out, "out", "", "write the approval to `FILE`")
	flags.StringVar(&o.Sign, "sign", "", "sign the approval by ssh-keygen with this `KEY`: the signature is FILE.sig")
}

func newApprove(w *World) *cobra.Command {
	var opts approveOptions
	cmd := &cobra.Command{
		Use:   "approve PLAN… --by NAME --out FILE",
		Short: "Approve plans by their digests",
		Long: `Approve one plan or several in one act. The file names their digests: it holds
for what was reviewed and for nothing else. Deleting it takes it back.

Where the policy asks for signatures, --sign makes one, as does
  ssh-keygen -Y sign -n recat-approval -f KEY FILE
by whose keys is said in the file of signers that the policy names.` + exitStatus(ExitRefused, ExitData, ExitNoInput),
		Example: `  recat approve crypto.plan --by "Zhao Min" --ref LEG-131 --out crypto.approval
  recat approve crypto.plan --by "Zhao Min" --sign ~/.ssh/id_ed25519 --out crypto.approval`,
		Args: arguments(1, -1, "a PLAN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Plans = args
			return runApprove(cmd.Context(), w, opts)
		},
	}
	opts.addFlags(cmd.Flags())
	return cmd
}

func runApprove(ctx context.Context, w *World, opts approveOptions) error {
	if strings.TrimSpace(opts.By) == "" {
		return &usageError{msg: "who approves? --by is not set"}
	}
	if opts.Out == "" {
		return &usageError{msg: "where does the approval go? --out is not set"}
	}
	a := approval{Version: approvalVersion, By: strings.TrimSpace(opts.By), At: w.Now().UTC().Truncate(time.Second), Ref: opts.Ref}
	var said []string
	var first migrate.Header
	for i, path := range opts.Plans {
		plan, err := planfile.Open(path)
		if err != nil {
			return err
		}
		if i == 0 {
			first = plan.Header()
		}
		a.Digests = append(a.Digests, plan.Trailer().Digest)
		if who := plan.Provenance().Who; author(a.By, who) {
			w.note("note: %s approves what %s planned", a.By, who)
		}
		if plan.Header().Signers != "" && opts.Sign == "" {
			w.note("note: %s needs signed approvals: --sign KEY, or ssh-keygen -Y sign -n %s -f KEY %s", path, signatureNamespace, word(opts.Out))
		}
		said = append(said, fmt.Sprintf("approved %s (%s) by %s: %s", path, plan.Header().Policy, a.By, plan.Trailer().Digest))
		if err := plan.Close(); err != nil {
			return fmt.Errorf("close %s: %w", path, err)
		}
	}
	if err := opts.write(ctx, a); err != nil {
		return err
	}
	for _, line := range said {
		w.note("%s", line)
	}
	where := " --catalog CATALOG"
	if w.env("RECAT_CATALOG") != "" {
		where = ""
	}
	w.next("", fmt.Sprintf("recat apply %s%s%s --dry-run", word(opts.Plans[0]), where, approving(first, []string{opts.Out})))
	return nil
}

// write writes the approval, and its signature beside it. A signature of what
// stood there before does not stay.
func (o approveOptions) write(ctx context.Context, a approval) error {
	var text bytes.Buffer
	if err := a.write(&text); err != nil {
		return err
	}
	var signature []byte
	if o.Sign != "" {
		s, err := newSigner()
		if err != nil {
			return err
		}
		defer s.Close()
		if signature, err = s.sign(ctx, o.Sign, text.Bytes()); err != nil {
			return err
		}
	}
	if err := os.Remove(o.Out + ".sig"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the earlier signature: %w", err)
	}
	if err := replaceFile(o.Out, 0o644, func(out io.Writer) error { return writeAll(out, text.Bytes()) }); err != nil || signature == nil {
		return err
	}
	return replaceFile(o.Out+".sig", 0o644, func(out io.Writer) error { return writeAll(out, signature) })
}

func writeAll(out io.Writer, text []byte) error {
	_, err := out.Write(text)
	return err
}

func (a approval) write(out io.Writer) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(a)
}
