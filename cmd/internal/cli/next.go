package cli

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"recat/migrate"
	"recat/migrate/catalog"
)

// planning is the command that plans the policy of a file anew, into new.plan.
func (j *job) planning(ctx context.Context, w *World, s source, policy string) string {
	out := "recat plan " + word(policy) + s.on(w) + j.seenThrough(ctx, w, s)
	if j.plan.Trailer().Totals.Rebuilt > 0 {
		out += " --rebuild-tree"
	}
	return out + " --out new.plan"
}

// seenThrough is the mapping's flag that planning anew needs: as it was given
// or, where the catalog's own tables do not lead to the plan's mapping, a place
// to fill in.
func (j *job) seenThrough(ctx context.Context, w *World, s source) string {
	if s.Mapping != "" {
		return s.through()
	}
	m, _, err := catalog.Identify(ctx, j.target, w.reading())
	if err == nil && bytes.Equal(m.JSON(), j.mapping.JSON()) {
		return ""
	}
	return " --mapping FILE"
}

// planAgain says how to plan again where the catalog drifted.
func (a *application) planAgain(ctx context.Context, err error) error {
	if codeOf(err) != ExitStale {
		return err
	}
	return hint(err, a.planning(ctx, a.world, a.opts.source, a.plan.Header().PolicyFile)+", then recat compare "+word(a.path)+" new.plan")
}

// redated says how to go on with a plan whose last date has passed.
func (a *application) redated(ctx context.Context) string {
	return "set another date in " + word(a.plan.Header().PolicyFile) + ", then " + a.planning(ctx, a.world, a.opts.source, a.plan.Header().PolicyFile)
}

// approve is the command that approves a plan, signed where its policy asks
// for that.
func approve(path string, h migrate.Header) string {
	out := "recat approve " + word(path) + " --by NAME"
	if h.Signers != "" {
		out += " --sign KEY"
	}
	return out + " --out FILE"
}

// approving are the flags of the approvals that were given and, where the
// policy asks for more, places to fill in.
func approving(h migrate.Header, given []string) string {
	var out strings.Builder
	for _, file := range given {
		out.WriteString(" --approval " + word(file))
	}
	for range h.Approvals - len(given) {
		out.WriteString(" --approval FILE")
	}
	return out.String()
}

// applying is the command that applies the plan: now, at its date, or before
// it for the reason that was given.
func (a *application) applying() string {
	h := a.plan.Header()
	out := fmt.Sprintf("recat apply %s%s --expect %s%s", word(a.path), a.opts.on(a.world), shortDigest(a.digest()), approving(h, a.opts.Approvals))
	switch {
	case h.Dates.Window(a.world.Now()) != migrate.WindowEarly:
		return out
	case a.opts.Early != "":
		return out + " --early " + word(a.opts.Early)
	}
	return out + " --wait"
}
