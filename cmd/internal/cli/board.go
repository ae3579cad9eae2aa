package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/migrate/catalog"
	"recat/migrate/planfile"
	"recat/migrate/policyfile"
	"recat/migrate/rule"
)

// boarding gathers what a deadline board is made of.
type boarding struct {
	statusOptions
	world     *World
	target    catalog.Target
	items     []*item
	unread    []view.BoardRow // files that cannot be read
	approvals []handed
	applied   map[string]bool  // digests of the plans that were
	mapping   *catalog.Mapping // for policies without a plan, once it is read
	failed    error            // why it cannot be
}

// item is one policy with its plans.
type item struct {
	name  string
	file  string // the policy's; "" where only plans were given
	text  []byte
	plans []*planAt // the applied one before the others, then the newest
	job   *job      // of the plan that counts, once it is read

	approved []string // files of the approvals that count
	rejected []string // approvals that do not, and why
}

// planAt is a plan with the name of its file.
type planAt struct {
	*planfile.File
	path string
}

func (i *item) paths() []string {
	var out []string
	for _, p := range i.plans {
		out = append(out, p.path)
	}
	return out
}

// plan is the one that counts; nil for none.
func (i *item) plan() *planAt {
	if len(i.plans) == 0 {
		return nil
	}
	return i.plans[0]
}

// gather opens every file and brings plans to their policies. What cannot be
// read becomes a row of its own.
func (b *boarding) gather() {
	var plans []*planAt
	for _, path := range slices.Concat(b.Plans, b.Files) {
		isPlan, err := planfile.Is(path)
		if err != nil {
			b.missed(path, "policy or plan", err)
			continue
		}
		if !isPlan && !slices.Contains(b.Plans, path) {
			b.policy(path)
			continue
		}
		file, err := planfile.Open(path)
		if err != nil {
			b.missed(path, "plan", err)
			continue
		}
		plans = append(plans, &planAt{file, path})
	}
	slices.SortStableFunc(plans, func(x, y *planAt) int {
		if a, b := b.applied[x.Trailer().Digest], b.applied[y.Trailer().Digest]; a != b {
			if a {
				return -1
			}
			return 1
		}
		return y.Provenance().At.Compare(x.Provenance().At)
	})
	for _, p := range plans {
		b.join(p)
	}
	b.readApprovals()
}

// missed adds a row for a file that cannot be read.
func (b *boarding) missed(path, what string, err error) {
	standing := &migrate.Standing{State: migrate.StateUnreadable, Err: err,
		Needs: []migrate.Need{{Kind: migrate.NeedReading, Detail: "the " + what + " cannot be read"}}}
	b.unread = append(b.unread, view.BoardRow{Standing: standing, File: path, Code: codeOf(err).String()})
}

// policy adds a policy by its file. Its name is found without its mapping.
func (b *boarding) policy(path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		b.missed(path, "policy", missing("policy", path, err))
		return
	}
	file, err := policyfile.Parse(policyfile.Source{Name: path, Text: text, Open: beside(path)}, rule.NewOpenEnv())
	if err != nil {
		b.missed(path, "policy", err)
		return
	}
	b.items = append(b.items, &item{name: file.Policy.Name, file: path, text: text})
}

// join brings a plan to every policy of its name, or makes one of it.
func (b *boarding) join(p *planAt) {
	found := false
	for _, it := range b.items {
		if it.name == p.Header().Policy {
			it.plans = append(it.plans, p)
			found = true
		}
	}
	if !found {
		b.items = append(b.items, &item{name: p.Header().Policy, plans: []*planAt{p}})
	}
}

// read reads a policy, from its plan where it has one, and says by which
// mapping its catalog is seen.
func (b *boarding) read(ctx context.Context, it *item, req *migrate.StandRequest) (*catalog.Mapping, error) {
	p := it.plan()
	if p == nil {
		mapping, err := b.seen(ctx)
		if err != nil {
			return nil, err
		}
		file, err := readPolicy(policyfile.Source{Name: it.file, Text: it.text, Open: beside(it.file)}, mapping)
		if err != nil {
			return nil, err
		}
		req.Policy = file.Policy
		return mapping, nil
	}
	var err error
	req.Plan = p.File
	if req.Approved, err = b.approvers(ctx, it, p); err != nil {
		return nil, err
	}
	req.Edited = it.file != "" && !sameFiles(it, p.Header())
	it.job = &job{plan: p.File, path: p.path, target: b.target}
	err = it.job.load(b.source)
	req.Policy = it.job.policy
	return it.job.mapping, err
}

// seen is the mapping for policies that have no plan.
func (b *boarding) seen(ctx context.Context) (*catalog.Mapping, error) {
	if b.mapping == nil && b.failed == nil {
		b.mapping, b.failed = b.source.mapping(ctx, b.world, b.target)
	}
	return b.mapping, b.failed
}

// sameFiles reports whether a policy's files still hold what its plan was made
// of. One that is no longer there is another.
func sameFiles(it *item, h migrate.Header) bool {
	if h.PolicyText != string(it.text) {
		return false
	}
	open := beside(it.file)
	for name, text := range h.Files {
		if now, err := open(name); err != nil || string(now) != text {
			return false
		}
	}
	return true
}

// finish adds to a row what the command line knows: the error's code, and the
// commands that lead on.
func (b *boarding) finish(ctx context.Context, row view.BoardRow, it *item) view.BoardRow {
	if row.Err != nil {
		row.Code = codeOf(row.Err).String()
		row.Needs = []migrate.Need{{Kind: migrate.NeedReading, Detail: "it cannot be held against the catalog"}}
		var hinted *hintedError
		if errors.As(row.Err, &hinted) {
			row.Next = hinted.next
		}
	} else {
		row.Next = b.leadsOn(ctx, row, it)
	}
	if b.world.env("CI") != "" {
		row.Next = nil
	}
	return row
}

// leadsOn names the next commands of a row.
func (b *boarding) leadsOn(ctx context.Context, row view.BoardRow, it *item) []string {
	on := b.on(b.world)
	if row.State == migrate.StateNothing {
		return nil
	}
	if row.State == migrate.StateApplied {
		if len(row.Needs) > 0 && it.file != "" {
			return []string{"recat audit " + word(it.file) + on + b.through()}
		}
		return []string{fmt.Sprintf("recat verify %d%s", row.Run.ID, on)}
	}
	p := it.plan()
	policy := cmp.Or(it.file, "POLICY")
	if p == nil {
		return []string{fmt.Sprintf("recat plan %s%s%s --out %s.plan", word(policy), on, b.through(), word(row.Policy))}
	}
	for _, n := range row.Needs {
		switch n.Kind {
		case migrate.NeedReplan, migrate.NeedEdited, migrate.NeedExpired, migrate.NeedLimit, migrate.NeedAnswer:
			return []string{it.job.planning(ctx, b.world, b.source, policy) + ", then recat compare " + word(p.path) + " new.plan"}
		case migrate.NeedApproval:
			return []string{approve(p.path, p.Header())}
		}
	}
	return []string{b.applying(row, it, on)}
}

// applying is the command that applies a plan, on its date or now.
func (b *boarding) applying(row view.BoardRow, it *item, on string) string {
	p := it.plan()
	out := "recat apply " + word(p.path) + on + " --expect " + strings.TrimPrefix(p.Trailer().Digest, "sha256:")[:8]
	for _, file := range it.approved {
		out += " --approval " + word(file)
	}
	if row.Dates.Window(b.world.Now()) == migrate.WindowEarly {
		out += " --wait"
	}
	return out
}

// close closes the plans; they were only read.
func (b *boarding) close() {
	for _, it := range b.items {
		for _, p := range it.plans {
			_ = p.Close()
		}
	}
}
