package catalogtest

import (
	"slices"
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"recat/taxonomy"
)

// Names and titles: few, so that they meet, and some of them hard.
var (
	names  = []string{"Toys", "Books", "Miners", "A", "B", "A > B", "C>D", "Bits & \"Bobs\"", "O'Neill", "矿机", "a\nb"}
	titles = []string{"red ball", "blue ball", "red miner", "Miner 矿机", "", "x'; DROP TABLE products; --", "\x1b[31mred", "ＰＳＵ red"}
)

// in reports a chance of percent in a hundred.
func chance(t *rapid.T, percent int, what string) bool {
	return rapid.IntRange(0, 99).Draw(t, what) >= 100-percent
}

// pick draws one of the values.
func pick[V any](t *rapid.T, what string, from ...V) V {
	return rapid.SampledFrom(from).Draw(t, what)
}

// Worlds generates worlds of one shape.
func Worlds(s Shape) *rapid.Generator[*World] {
	return rapid.Custom(func(t *rapid.T) *World {
		w := &World{Shape: s}
		w.drawCategories(t)
		w.drawProducts(t)
		w.drawRows(t)
		w.drawDemands(t)
		return w
	})
}

func (w *World) drawCategories(t *rapid.T) {
	ids := rapid.Permutation(w.Shape.someKeys()).Draw(t, "category ids")
	n := rapid.IntRange(3, len(ids)).Draw(t, "categories")
	var visible []taxonomy.ID
	for i := range n {
		c := Category{ID: taxonomy.ID(ids[i]), Name: pick(t, "name", names...)}
		if len(visible) > 0 && chance(t, 80, "has parent") {
			c.Parent = pick(t, "parent", visible...)
		}
		c.Closed = chance(t, 8, "closed")
		c.Protected = chance(t, 4, "protected")
		c.Hidden = i > 0 && chance(t, 4, "hidden")
		if !c.Hidden {
			visible = append(visible, c.ID)
		}
		w.Categories = append(w.Categories, c)
	}
}

// someKeys are keys in whose order numbers, texts and bytes differ.
func (s Shape) someKeys() []string {
	if s.TextKeys {
		return []string{"9", "10", "a", "a-1", "é", "b c", "0012", "z", "矿"}
	}
	return []string{"9", "10", "1", "2", "100", "20", "-3", "99", "9007199254740993"}
}

// visible lists the categories that the mapping does not hide.
func (w *World) visible() []taxonomy.ID {
	var ids []taxonomy.ID
	for _, c := range w.Categories {
		if !c.Hidden {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

func (w *World) drawProducts(t *rapid.T) {
	ids := rapid.Permutation(w.Shape.someKeys()).Draw(t, "product ids")
	for _, id := range ids[:rapid.IntRange(0, len(ids)).Draw(t, "products")] {
		p := Product{ID: id, Status: pick(t, "status", Active, Active, Active, Ended, Delisted, Trash)}
		if chance(t, 90, "has title") {
			p.Title = new(pick(t, "title", titles...))
		}
		if chance(t, 70, "has seller") {
			p.Seller = new(pick(t, "seller", "ann", "bob", "=cmd"))
		}
		if chance(t, 70, "has price") {
			p.Price = new(int64(pick(t, "price", 0, 5, 10, 50)))
		}
		w.drawPlaces(t, &p)
		w.Products = append(w.Products, p)
	}
}

func (w *World) drawPlaces(t *rapid.T, p *Product) {
	homes := w.visible()
	if w.Shape.Memberships {
		homes = rapid.Permutation(homes).Draw(t, "filed in")[:rapid.IntRange(0, min(3, len(homes))).Draw(t, "memberships")]
		for _, id := range homes {
			f := Filing{Category: id}
			if chance(t, 70, "has position") {
				f.Position = new(int64(pick(t, "position", 0, 1, 2)))
			}
			p.Filed = append(p.Filed, f)
		}
		if w.Shape.Flags && len(p.Filed) > 0 && chance(t, 80, "flagged") {
			p.Filed[rapid.IntRange(0, len(p.Filed)-1).Draw(t, "main")].Main = true
		}
	}
	if w.Shape.Column && len(homes) > 0 && (w.Shape.Required || chance(t, 90, "has category")) {
		p.Category = pick(t, "category", homes...)
	}
}

func (w *World) drawRows(t *rapid.T) {
	for i := range rapid.IntRange(0, 6).Draw(t, "rows") {
		r := Row{Table: referenceTables[rapid.IntRange(0, len(referenceTables)-1).Draw(t, "table")].name,
			Key: strconv.Itoa(i + 8), Category: pick(t, "points at", w.visible()...)}
		if r.Table == Translations {
			r.Key = "l" + r.Key
		}
		w.Rows = append(w.Rows, r)
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "coupons") {
		ids := rapid.SliceOfN(rapid.SampledFrom(w.visible()), 1, 3).Draw(t, "in")
		w.Rows = append(w.Rows, Row{Table: Coupons, Key: strconv.Itoa(i + 8), Path: w.path(ids)})
	}
}

// path joins ids, beside text that has each of them in it and names none.
func (w *World) path(ids []taxonomy.ID) string {
	var parts []string
	for _, id := range ids {
		parts = append(parts, string(id), "x"+string(id)+"x")
	}
	return strings.Join(parts, PathSeparator)
}

// Edits generates an edit of the world, whatever has been done to it; it may
// meet nothing.
func (w *World) drawEdit(t *rapid.T, serial int) Edit {
	e := Edit{Do: pick(t, "edit", Arrive, Refile, Retitle, Reprice, Switch, Delete, Child, Rename, Point)}
	number := strconv.Itoa(500 + serial)
	switch e.Do {
	case Arrive:
		e.Product, e.To, e.Text = number, pick(t, "to", w.visible()...), pick(t, "title", titles...)
	case Child:
		e.To, e.From, e.Text = taxonomy.ID(number), pick(t, "under", w.visible()...), "New "+number
	case Rename:
		e.From, e.Text = pick(t, "from", w.visible()...), "New "+number
	case Point:
		e.To, e.Text = pick(t, "to", w.visible()...), number
	default:
		if len(w.Products) == 0 {
			return w.drawEdit(t, serial)
		}
		w.drawProductEdit(t, &e)
	}
	return e
}

func (w *World) drawProductEdit(t *rapid.T, e *Edit) {
	p := w.Products[rapid.IntRange(0, len(w.Products)-1).Draw(t, "product")]
	e.Product = p.ID
	switch e.Do {
	case Retitle:
		e.Text = pick(t, "title", titles...)
	case Switch:
		e.Text = pick(t, "status", Active, Ended, Delisted, Trash)
	case Refile:
		in := p.in()
		free := slices.DeleteFunc(w.visible(), func(id taxonomy.ID) bool { return slices.Contains(in, id) })
		if len(in) == 0 || len(free) == 0 {
			e.Do = Reprice
			return
		}
		e.From, e.To = pick(t, "from", in...), pick(t, "to", free...)
	}
}

// follow keeps up with an edit that files a product elsewhere, so that the
// next one moves it from where it is, and not to where it is already.
func (w *World) follow(e Edit) {
	for i := range w.Products {
		p := &w.Products[i]
		if e.Do != Refile || p.ID != e.Product {
			continue
		}
		if p.Category == e.From {
			p.Category = e.To
		}
		for j := range p.Filed {
			if p.Filed[j].Category == e.From {
				p.Filed[j].Category = e.To
			}
		}
	}
}
