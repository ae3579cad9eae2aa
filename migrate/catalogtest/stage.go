package catalogtest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"recat/migrate"
	"recat/taxonomy"
)

// stage is a list of changes for a snapshot.
type stage struct {
	*snapshot
	changes []migrate.Change
}

// Commit compares the catalog with the snapshot and makes the changes.
func (s *stage) Commit(ctx context.Context, opts migrate.CommitOptions) (migrate.Receipt, error) {
	m := s.m
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := observe(ctx, opts, "locked"); err != nil {
		return migrate.Receipt{}, err
	}
	if len(m.runs) != s.runs {
		return migrate.Receipt{}, migrate.ErrMoved
	}
	if products, refs := s.read(); !reflect.DeepEqual(products, s.products) || !reflect.DeepEqual(refs, s.refs) {
		return migrate.Receipt{}, migrate.ErrMoved
	}
	next := m.tables.clone()
	for _, c := range s.changes {
		if err := m.apply(next, c); err != nil {
			return migrate.Receipt{}, err
		}
	}
	return m.commit(ctx, next, run{Run: record(migrate.RunApply, opts), changes: m.told(s.changes)}, opts)
}

// told are changes with the titles, sellers and pages that products have now.
func (m *Memory) told(changes []migrate.Change) []migrate.Change {
	out := slices.Clone(changes)
	for i, c := range out {
		if c.Product == nil {
			continue
		}
		p, now := *c.Product, m.tables["products"][c.Product.ID]
		p.Title, p.Seller, p.URL = now.text("title"), now.text("seller"), now.text("title")
		out[i].Product = &p
	}
	return out
}

// commit checks the next state, and records the run and swaps it in at once.
func (m *Memory) commit(ctx context.Context, next tables, r run, opts migrate.CommitOptions) (migrate.Receipt, error) {
	start := time.Now()
	if err := observe(ctx, opts, "written"); err != nil {
		return migrate.Receipt{}, err
	}
	if bad := next.dangling(); len(bad) > 0 {
		return migrate.Receipt{}, errors.New("foreign key: " + strings.Join(bad, "; "))
	}
	r.images = diff(m.tables, next)
	r.ID, r.Rows = int64(len(m.runs)+1), int64(len(r.images))
	if err := observe(ctx, opts, "committing"); err != nil {
		return migrate.Receipt{}, err
	}
	m.tables = next
	m.runs = append(m.runs, r)
	all := make([]migrate.Run, len(m.runs))
	for i, one := range m.runs {
		all[i] = one.Run
	}
	migrate.SettleUndone(all)
	for i := range all {
		m.runs[i].UndoneBy = all[i].UndoneBy
	}
	return migrate.Receipt{Run: r.ID, Rows: r.Rows, Locked: time.Since(start)}, nil
}

func record(kind migrate.RunKind, o migrate.CommitOptions) migrate.Run {
	return migrate.Run{Kind: kind, Digest: o.Digest, Policy: o.Policy, Header: o.Header, Totals: o.Totals, Drift: o.Drift,
		Operator: o.Operator, Version: o.Version, Early: o.Early, Reason: o.Reason, Approvals: o.Approvals, At: o.Now}
}

// observe passes a named point; an interrupt that falls on it counts.
func observe(ctx context.Context, opts migrate.CommitOptions, point string) error {
	if opts.Observe != nil {
		opts.Observe(point)
	}
	return ctx.Err()
}

// apply makes one change in the next state.
func (m *Memory) apply(next tables, c migrate.Change) error {
	switch {
	case c.Category != nil:
		return m.applyCategory(next, c.Category)
	case c.Product != nil && c.Product.Fate.Acts():
		m.applyProduct(next, c.Product)
	case c.Reference != nil:
		applyReference(next, c.Reference)
	}
	return nil
}

// applyCategory checks a category's before-values, then changes it.
func (m *Memory) applyCategory(next tables, c *migrate.CategoryChange) error {
	was, now := m.tables["categories"][string(c.ID)], next["categories"][string(c.ID)]
	if was == nil || was["name"] != c.Name || was["parent_id"] != string(c.Parent) || (was["closed"] == "1") != c.Closed {
		return migrate.ErrMoved
	}
	if c.Why != migrate.CauseAncestor && !slices.Equal(c.Children, m.children(c.ID)) {
		return migrate.ErrMoved
	}
	switch c.Do {
	case migrate.RemoveCategory:
		if m.shape.Soft {
			now["removed"] = "1"
		} else {
			delete(next["categories"], string(c.ID))
		}
	case migrate.PromoteCategory:
		now.set("parent_id", string(c.To))
	case migrate.CloseCategory:
		now["closed"] = "1"
	}
	return nil
}

// children lists the visible children of a category in key order.
func (m *Memory) children(id taxonomy.ID) []taxonomy.ID {
	var ids []taxonomy.ID
	for _, key := range m.sorted("categories") {
		if r := m.tables["categories"][key]; r["parent_id"] == string(id) && r["hidden"] != "1" {
			ids = append(ids, taxonomy.ID(key))
		}
	}
	return ids
}

func (m *Memory) applyProduct(next tables, p *migrate.ProductChange) {
	r := next["products"][p.ID]
	if m.shape.Memberships {
		r.set("category_id", string(p.After.Primary))
	} else {
		r.set("category_id", string(p.After.Category))
	}
	if len(p.Writes) > 0 {
		r["status"] = Delisted
	}
	m.refile(next, p)
}

// refile makes a product's membership rows agree with its placement after:
// a row whose category stays is kept, the first other one is moved to the
// category that is new, and the rest go.
func (m *Memory) refile(next tables, p *migrate.ProductChange) {
	want := map[string]migrate.Membership{}
	for _, after := range p.After.Memberships {
		want[string(after.Category)] = after
	}
	var spare []string
	for _, key := range m.filings(p.ID) {
		f := next["product_categories"][key]
		after, stays := want[f["category_id"]]
		if !stays {
			spare = append(spare, key)
			continue
		}
		m.place(f, after)
		delete(want, f["category_id"])
	}
	for _, after := range want {
		i := max(0, slices.IndexFunc(spare, func(key string) bool { return samePosition(next["product_categories"][key], after) }))
		m.place(next["product_categories"][spare[i]], after)
		spare = slices.Delete(spare, i, i+1)
	}
	for _, key := range spare {
		delete(next["product_categories"], key)
	}
}

func samePosition(f row, after migrate.Membership) bool {
	p := f.number("position")
	return (p == nil) == (after.Position == nil) && (p == nil || *p == *after.Position)
}

func (m *Memory) place(f row, after migrate.Membership) {
	f["category_id"] = string(after.Category)
	if m.shape.Flags {
		f["main"] = flag(after.Primary)
	}
}

func applyReference(next tables, c *migrate.ReferenceChange) {
	identity := c.Row[0]
	if c.Table == Translations {
		identity = c.Row[0] + "\x00" + c.Row[1]
	}
	r := next[c.Table][identity]
	switch c.Do {
	case migrate.OnRemoveDelete:
		delete(next[c.Table], identity)
	case migrate.OnRemoveNull:
		delete(r, "category_id")
	case migrate.OnRemoveRepoint:
		r["category_id"] = string(c.To)
	case migrate.OnRemoveSet:
		delete(r, "category_id")
		r["http_status"] = "410"
	}
}

// dangling lists the rows that point at a category or product that is not
// there, and products filed twice in one category.
func (t tables) dangling() []string {
	var bad []string
	twice := map[string]bool{}
	for name, rows := range t {
		for _, key := range rows.keys() {
			r := rows[key]
			for column, in := range map[string]string{"category_id": "categories", "parent_id": "categories", "product_id": "products"} {
				if at, ok := r[column]; ok && t[in][at] == nil {
					bad = append(bad, fmt.Sprintf("%s %s: no %s %s", name, key, in, at))
				}
			}
			if filed := r["product_id"] + "\x00" + r["category_id"]; name == "product_categories" {
				if twice[filed] {
					bad = append(bad, fmt.Sprintf("%s %s: twice in %s", name, key, r["category_id"]))
				}
				twice[filed] = true
			}
		}
	}
	slices.Sort(bad)
	return bad
}
