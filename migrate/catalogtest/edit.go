package catalogtest

import (
	"fmt"

	"recat/taxonomy"
)

// EditKind is what somebody else does to a catalog.
type EditKind string

// The kinds of Edit.
const (
	Arrive  EditKind = "arrive"  // Product, new, titled Text and on sale, in To
	Refile  EditKind = "refile"  // Product, from From to To, wherever From is filed
	Retitle EditKind = "retitle" // Product: its title becomes Text
	Reprice EditKind = "reprice" // Product: its price becomes 77777
	Switch  EditKind = "switch"  // Product: its status becomes Text
	Delete  EditKind = "delete"  // Product, with its memberships
	Child   EditKind = "child"   // a new category To, named Text, under From
	Rename  EditKind = "rename"  // From: its name becomes Text
	Point   EditKind = "point"   // a new row Text of menu_items points at To
)

// Edit is one change from outside.
type Edit struct {
	Do       EditKind
	Product  string
	From, To taxonomy.ID
	Text     string
}

// SQL gives the statements that make the edit in a database of the shape;
// Shape.Reencode those that must follow.
func (e Edit) SQL(s Shape) []string {
	product, from, to := s.key(e.Product), s.key(string(e.From)), s.key(string(e.To))
	where := " WHERE id = " + product
	switch e.Do {
	case Arrive:
		p := Product{ID: e.Product, Title: &e.Text, Status: Active}
		if s.Column {
			p.Category = e.To
		}
		if s.Memberships {
			p.Filed = []Filing{{Category: e.To, Main: s.Flags}}
		}
		return s.product(0, p)
	case Refile:
		var out []string
		if s.Column {
			out = append(out, fmt.Sprintf("UPDATE products SET category_id = %s%s AND category_id = %s", to, where, from))
		}
		if s.Memberships {
			out = append(out, fmt.Sprintf("UPDATE product_categories SET category_id = %s WHERE product_id = %s AND category_id = %s", to, product, from))
		}
		return out
	case Retitle:
		return []string{"UPDATE products SET title = " + quote(e.Text) + where}
	case Reprice:
		return []string{"UPDATE products SET price = 77777" + where}
	case Switch:
		return []string{"UPDATE products SET status = " + quote(e.Text) + where}
	case Delete:
		out := []string{"DELETE FROM product_notes WHERE product_id = " + product}
		if s.Memberships {
			out = append(out, "DELETE FROM product_categories WHERE product_id = "+product)
		}
		return append(out, "DELETE FROM products"+where)
	case Child:
		return []string{insert("categories", append([]string{to, from, quote(e.Text), "0", "0", "0", "0"}, s.cells(treeRow{})...)...)}
	case Rename:
		return []string{"UPDATE categories SET name = " + quote(e.Text) + " WHERE id = " + from}
	case Point:
		return []string{insert(MenuItems, e.Text, to)}
	}
	return nil
}
