package taxonomy

import "slices"

// Resolution is where an id ends when its rule, the rules of what that leads
// to, and so on, are followed within one crosswalk.
type Resolution struct {
	To   []ID // where no rule leads further; the id itself if it has no rule
	Lost []ID // ids on the way that a rule leaves without a target
}

// Chained returns the ids with a rule that leads to an id which another rule
// leads further, in order. It is empty for a crosswalk that needs no Flatten.
func (c *Crosswalk) Chained() []ID {
	return c.collect(func(r Rule) bool {
		return slices.ContainsFunc(r.To, func(to ID) bool {
			next, ok := c.Rule(to)
			return ok && to != r.From && !slices.Equal(next.To, []ID{to})
		})
	})
}

// Resolve follows an id to its end. Where a rule of several targets names its
// own id, that id is one of the ends. The order is that of the rules. The error
// is a Defects with the cycles that the id leads into.
func (c *Crosswalk) Resolve(id ID) (Resolution, error) {
	w := walker{c: c, known: make(map[ID]Resolution), place: make(map[ID]int)}
	end := w.visit(id)
	if err := w.cycles.sort().err(); err != nil {
		return Resolution{}, err
	}
	return end, nil
}

// Flatten returns the crosswalk with every rule leading straight to its ends.
// A rule all of whose ways are lost becomes unmapped, with Lost saying where.
// The error is a Defects with the cycles.
func (c *Crosswalk) Flatten() (*Crosswalk, error) {
	w := walker{c: c, known: make(map[ID]Resolution), place: make(map[ID]int)}
	rules := slices.Clone(c.rules)
	for i, r := range rules {
		end := w.visit(r.From)
		rules[i].To = end.To
		rules[i].Lost = slices.DeleteFunc(end.Lost, func(id ID) bool { return id == r.From })
	}
	if err := w.cycles.sort().err(); err != nil {
		return nil, err
	}
	return NewCrosswalk(rules)
}

// walker goes depth first along rules.
type walker struct {
	c      *Crosswalk
	known  map[ID]Resolution
	way    []ID       // from the start to here
	place  map[ID]int // of an id on the way, from 1
	cycles Defects
}

func (w *walker) visit(id ID) Resolution {
	if end, ok := w.known[id]; ok {
		return end.clone()
	}
	if at := w.place[id]; at > 0 {
		w.cycles = append(w.cycles, w.cycle(w.way[at-1:]))
		return Resolution{}
	}
	r, ok := w.c.Rule(id)
	if !ok {
		return Resolution{To: []ID{id}}
	}
	w.way = append(w.way, id)
	w.place[id] = len(w.way)
	end := w.follow(r)
	w.way = w.way[:len(w.way)-1]
	delete(w.place, id)
	w.known[id] = end
	return end.clone()
}

func (w *walker) follow(r Rule) Resolution {
	end := Resolution{Lost: slices.Clone(r.Lost)}
	if r.Unmapped() && len(r.Lost) == 0 {
		end.Lost = []ID{r.From}
	}
	for _, to := range r.To {
		if to == r.From {
			end.To = union(end.To, []ID{to})
			continue
		}
		next := w.visit(to)
		end.To = union(end.To, next.To)
		end.Lost = union(end.Lost, next.Lost)
	}
	return end
}

// cycle describes the ids of a cycle, beginning at the smallest.
func (w *walker) cycle(ids []ID) Defect {
	at := slices.Index(ids, slices.Min(ids))
	ids = slices.Concat(ids[at:], ids[:at])
	r, _ := w.c.Rule(ids[0])
	return Defect{Kind: Cycle, ID: ids[0], Line: r.Line, Related: ids}
}

func (r Resolution) clone() Resolution {
	return Resolution{To: slices.Clone(r.To), Lost: slices.Clone(r.Lost)}
}

// union appends to a list of ids those that it lacks.
func union(ids, more []ID) []ID {
	for _, id := range more {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}
