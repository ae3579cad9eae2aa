package catalog

import (
	"context"
	"fmt"
	"strings"

	"recat/taxonomy"
)

// recount adds to the counters of products what the restored ones make more
// or less, and keeps what they were.
func (a *appeal) recount(ctx context.Context, t *transaction, before map[string]*stood) error {
	if a.counted == "" {
		return nil
	}
	tab, _ := a.c.schema.table(a.c.mapping.Categories.Table)
	gains, err := a.gains(ctx, t, before)
	if err != nil {
		return err
	}
	columns := a.counters()
	row := eachName("p.%s = ?", " AND ", quoteAll(tab.ident()))
	for _, p := range a.c.plots {
		gain := gains[p.id]
		if len(gain) == 0 || p.outside {
			continue
		}
		if err := t.record(ctx, fmt.Sprintf("INSERT INTO %s SELECT %s FROM %s p WHERE %s", a.counted,
			strings.Join(append(prefixed("p.", tab.ident()), prefixed("p.", columns)...), ", "), tab.sql(), row), p.row.ident...); err != nil {
			return err
		}
		var set []string
		var args []any
		for _, name := range columns {
			if n := gain[name]; n != 0 {
				set, args = append(set, fmt.Sprintf("%[1]s = %[1]s + ?", ident(name))), append(args, n)
			}
		}
		if err := t.write(ctx, "count the products", 1, fmt.Sprintf("UPDATE %s SET %s WHERE %s", tab.sql(), strings.Join(set, ", "),
			eachName("%s = ?", " AND ", quoteAll(tab.ident()))), append(args, p.row.ident...)...); err != nil {
			return err
		}
	}
	from := fmt.Sprintf("%s x JOIN %s p ON %s", a.counted, tab.sql(), a.c.joinIdent("p", "x", tab.ident()))
	if err := t.imageUpdate(ctx, roleCategory, tab, columns, numbered("x.c", len(columns)), from, nil); err != nil {
		return err
	}
	t.images[len(t.images)-1].Counters = columns
	return nil
}

// gains works out, by category and column, by how much counters change.
func (a *appeal) gains(ctx context.Context, t *transaction, before map[string]*stood) (map[taxonomy.ID]map[string]int64, error) {
	out := map[taxonomy.ID]map[string]int64{}
	if t.rehearsed {
		return out, nil
	}
	after, err := a.standing(ctx, t)
	if err != nil {
		return nil, err
	}
	gone, err := a.c.softlyGone(ctx)
	if err != nil {
		return nil, fmt.Errorf("read tombstones: %w", err)
	}
	base := newForest(a.c.plots, gone)
	for _, c := range a.c.mapping.counters() {
		add := func(all map[string]*stood, n int64) {
			for _, p := range all {
				if p.hidden || c.Live && !p.live {
					continue
				}
				for id := range covered(base, staying(p.in, gone), c.Deep) {
					if out[id] == nil {
						out[id] = map[string]int64{}
					}
					out[id][c.Column] += n
				}
			}
		}
		add(before, -1)
		add(after, 1)
	}
	for id, gain := range out {
		for column, n := range gain {
			if n == 0 {
				delete(gain, column)
			}
		}
		if len(gain) == 0 {
			delete(out, id)
		}
	}
	return out, nil
}

// staying lists the categories that are not marked as removed: what is in one
// of those counts no more.
func staying(in []taxonomy.ID, gone map[taxonomy.ID]bool) []taxonomy.ID {
	var out []taxonomy.ID
	for _, id := range in {
		if !gone[id] {
			out = append(out, id)
		}
	}
	return out
}
