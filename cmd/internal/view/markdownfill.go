package view

import "slices"

// fill takes of a document what fits into so many bytes: its own head and
// foot; the heads of its lists in turn, so that none crowds out another, up to
// two thirds of what is left; then a row of each list after another.
func (b *mdBlock) fill(most int) {
	f := &filling{left: most}
	f.head(b)
	b.taken, f.kept = true, f.left/3
	sections := slices.Clone(b.inside)
	slices.SortStableFunc(sections, func(x, y *mdBlock) int { return rankOf(x) - rankOf(y) })
	for _, s := range sections {
		f.head(s)
	}
	f.lists(sections)
	f.kept = 0
	f.rows(leaves(b))
}

func rankOf(b *mdBlock) int {
	if b.urgent {
		return 0
	}
	return 1
}

// filling is the room that is left of a document, of which some is kept for
// rows.
type filling struct{ left, kept int }

// spend takes so many bytes where there are as many.
func (f *filling) spend(n int) bool {
	if n > f.left-f.kept {
		return false
	}
	f.left -= n
	return true
}

// head takes a block's own lines. What a list that is cut says is counted
// whether it comes to that or not.
func (f *filling) head(b *mdBlock) {
	n := len(b.open) + len(b.close)
	if b.more != nil {
		_, total := b.count()
		n += len(b.more(total, total))
	}
	b.taken = f.spend(n)
}

// lists takes the heads of what is inside the blocks: the first of each, then
// the second, while they fit.
func (f *filling) lists(of []*mdBlock) {
	full := map[*mdBlock]bool{}
	any := true
	for i := 0; any; i++ {
		any = false
		for _, b := range of {
			if !b.taken || full[b] || i >= len(b.inside) {
				continue
			}
			taken := f.whole(b.inside[i])
			full[b], any = !taken, any || taken
		}
	}
}

// whole takes a block with as much as fits of what is inside, and at least the
// first of that.
func (f *filling) whole(b *mdBlock) bool {
	left := f.left
	f.head(b)
	f.lists([]*mdBlock{b})
	switch shown, total := b.count(); {
	case !b.taken || len(b.inside) == 0:
	case shown == 0:
		b.taken, f.left = false, left
	case shown == total && b.more != nil: // nothing is left to be said
		f.left += len(b.more(total, total))
	}
	return b.taken
}

// leaves are the blocks that were taken and hold rows.
func leaves(b *mdBlock) []*mdBlock {
	if !b.taken {
		return nil
	}
	var out []*mdBlock
	if len(b.rows) > 0 {
		out = append(out, b)
	}
	for _, part := range b.inside {
		out = append(out, leaves(part)...)
	}
	return out
}

// rows takes a row of each list, then another, while they fit.
func (f *filling) rows(lists []*mdBlock) {
	for len(lists) > 0 {
		lists = slices.DeleteFunc(lists, func(b *mdBlock) bool {
			if b.shown == len(b.rows) || !f.spend(len(b.rows[b.shown])) {
				return true
			}
			b.shown++
			return false
		})
	}
}
