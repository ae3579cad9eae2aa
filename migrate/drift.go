package migrate

import (
	"fmt"
	"slices"
	"strings"

	"recat/taxonomy"
)

// productDrift says, value by value, how a product differs from what a plan
// recorded of it; nothing where it does not.
func productDrift(was *ProductChange, p *Product) []string {
	var out []string
	note := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if d := placementDrift(was.Before, p.Placement); d != "" {
		out = append(out, d)
	}
	if was.Live != p.Live {
		note("switched %s: live %s → %s", onOff(p.Live), mark(was.Live), mark(p.Live))
	}
	if now := rendered(p.State); !sameText(was.State, now) {
		note("state %s → %s", text(was.State), text(now))
	}
	if was.Hidden != p.Hidden {
		note("hidden: %t → %t", was.Hidden, p.Hidden)
	}
	for _, in := range was.Read {
		if in.Name == "live" || in.Name == "state" {
			continue // told above
		}
		if now := rendered(p.Field(in.Name)); !sameText(in.Value, now) {
			note("%s %s → %s", in.Name, text(in.Value), text(now))
		}
	}
	if (len(was.Writes) > 0 || (was.Fate == Delist && !p.Hidden)) && !stateOnly(was, p) {
		out = append(out, writesDrift(was.Writes, p.Writes)...)
	}
	return out
}

func onOff(live bool) string {
	if live {
		return "on"
	}
	return "off"
}

func mark(b bool) string {
	if b {
		return "1"
	}
	return NullText
}

// placementDrift says how a placement differs.
func placementDrift(was, now Placement) string {
	if samePlacement(was, now) {
		return ""
	}
	from, to := places(was), places(now)
	if from == to && !slices.Equal(was.Others, now.Others) {
		return "what further tables name as its primary changed"
	}
	if from == to {
		return "its memberships' positions or primary changed"
	}
	return fmt.Sprintf("moved from %s to %s", from, to)
}

func samePlacement(a, b Placement) bool {
	if a.Category != b.Category || a.Primary != b.Primary || len(a.Memberships) != len(b.Memberships) || !slices.Equal(a.Others, b.Others) {
		return false
	}
	for i, m := range a.Memberships {
		n := b.Memberships[i]
		if m.Category != n.Category || m.Primary != n.Primary || comparePositions(m.Position, n.Position) != 0 {
			return false
		}
	}
	return true
}

// places lists the ids of a placement's categories.
func places(p Placement) string {
	ids := remaining(p)
	if p.Category != "" && len(p.Memberships) > 0 {
		ids = append([]taxonomy.ID{p.Category}, ids...)
	}
	if len(ids) == 0 {
		return "no category"
	}
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return strings.Join(out, ", ")
}

// stateOnly reports whether all that a delisting would write over is the
// state, which has been told.
func stateOnly(was *ProductChange, p *Product) bool {
	alone := func(ws []Write, state *string) bool {
		return len(ws) == 1 && len(ws[0].Row) == 0 && sameTexts(ws[0].Values, []*string{state})
	}
	return alone(was.Writes, was.State) && alone(p.Writes, rendered(p.State))
}

// writesDrift compares what a delisting would write over.
func writesDrift(was, now []Write) []string {
	if len(was) != len(now) {
		return []string{fmt.Sprintf("%d rows to switch off instead of %d", len(now), len(was))}
	}
	for i, w := range was {
		n := now[i]
		if w.Delist != n.Delist || strings.Join(w.Row, "\x00") != strings.Join(n.Row, "\x00") {
			return []string{fmt.Sprintf("row %s to switch off instead of %s", strings.Join(n.Row, ","), strings.Join(w.Row, ","))}
		}
		if !sameTexts(w.Values, n.Values) {
			return []string{fmt.Sprintf("values %s → %s", texts(w.Values), texts(n.Values))}
		}
	}
	return nil
}

func sameText(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func sameTexts(a, b []*string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !sameText(a[i], b[i]) {
			return false
		}
	}
	return true
}

// text shows a rendered value in a sentence: quoted, NULL apart.
func text(s *string) string {
	if s == nil {
		return NullText
	}
	return `"` + *s + `"`
}

func texts(s []*string) string {
	out := make([]string, len(s))
	for i := range s {
		out[i] = text(s[i])
	}
	return strings.Join(out, ", ")
}

// clearedDrift says that an appeal cleared a product after the plan would
// have it delisted outside the removed categories.
func (s *Scheme) clearedDrift(was *ProductChange, p *Product) []string {
	by, ok := s.cleared[p.ID]
	if !ok || len(was.From) > 0 && !was.Outside {
		return nil
	}
	return []string{fmt.Sprintf("was cleared by the appeal of run %d", by.Run)}
}
