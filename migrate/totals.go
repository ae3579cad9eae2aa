package migrate

// Count adds one change to the totals.
func (t *Totals) Count(c Change) {
	switch {
	case c.Category != nil:
		t.category(c.Category)
	case c.Product != nil:
		t.product(c.Product)
	case c.Reference != nil:
		t.References++
	}
}

func (t *Totals) category(c *CategoryChange) {
	if len(c.Rebuild) > 0 {
		t.Rebuilt++
	}
	switch c.Do {
	case RemoveCategory:
		t.Removed++
		if c.Why == CauseEmptied {
			t.Emptied++
		}
	case PromoteCategory:
		t.Promoted++
	case CloseCategory:
		t.Closed++
	}
}

func (t *Totals) product(p *ProductChange) {
	switch {
	case p.Outside:
		t.Followed++
	case len(p.From) == 0:
		t.sweep(p)
	default:
		t.find(p)
	}
	switch {
	case p.Fate != Delist:
	case p.Live && !p.Hidden:
		t.LiveDelist++
	default:
		t.WasOff++
	}
}

func (t *Totals) sweep(p *ProductChange) {
	switch p.Fate {
	case Delist:
		t.Swept++
	case Report:
		t.Reported++
	case Keep:
		t.Kept++
	}
}

func (t *Totals) find(p *ProductChange) {
	t.Found++
	if p.Hidden {
		t.Hidden++
	}
	switch p.Fate {
	case Reassign:
		t.Reassigned++
		if len(p.Missing) > 0 {
			t.Lacking++
		}
	case Delist:
		t.Delisted++
	case Detach:
		t.Detached++
	}
}

// Balanced reports whether every product found has just one fate.
func (t Totals) Balanced() bool {
	return t.Found == t.Reassigned+t.Delisted+t.Detached
}
