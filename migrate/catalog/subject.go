package catalog

import (
	"fmt"
	"slices"
	"strings"
)

// subjects are the expressions, over a row x of an image, for the ids of the
// product that the row is or belongs to and of the category that it is; NULL
// for none.
func (h *history) subjects(im image) (product, category string) {
	product, category = "NULL", "NULL"
	switch im.Role {
	case roleCategory:
		category = h.keptValue(im, h.mapping.Categories.ID)
	case roleProduct:
		product = h.idOf(im)
	case roleMembership:
		if ms := h.mapping.Memberships; ms != nil {
			product = h.keptValue(im, ms.Product)
		}
	case "delist", "primary":
		if owner := h.through().ownerColumn(im); owner != "" && im.tab != nil {
			product = fmt.Sprintf("(SELECT p.%s FROM %s p WHERE %s)", ident(owner), im.tab.sql(), im.on(false))
		}
	}
	return product, category
}

// keptValue is what an image, x, keeps of a column before the run; NULL where
// it does not have it.
func (h *history) keptValue(im image, name string) string {
	same := func(c string) bool { return strings.EqualFold(c, name) }
	if i := slices.IndexFunc(im.Columns, same); i >= 0 {
		return im.given(im.Columns[i], fmt.Sprintf("x.b%d", i+1))
	}
	if i := slices.IndexFunc(im.Key, same); i >= 0 {
		return im.given(im.Key[i], fmt.Sprintf("x.l%d", i+1))
	}
	return "NULL"
}

// idColumn is where the image of the products keeps their ids.
func (h *history) idColumn(im image) string {
	if keyIsID(im.Key, h.mapping.Products) {
		return "l1"
	}
	return "k"
}

// idOf is a product's id, as the catalog has it, of the products' image.
func (h *history) idOf(im image) string {
	if id := h.idColumn(im); id != "l1" {
		return h.c.d.give("x."+id, im.column(h.mapping.Products.ID))
	}
	return im.given(im.Key[0], "x.l1")
}

// ownerColumn is the column of another table that names the product.
func (c *Catalog) ownerColumn(im image) string {
	for _, d := range c.mapping.Delist {
		if tab, ok := c.schema.table(d.Table); ok && tab.name == im.Table && slices.Equal(columnsOf(d.Set), im.Columns) {
			return d.Product
		}
	}
	for _, o := range c.others() {
		if tab, ok := c.schema.table(o.Table); ok && tab.name == im.Table && slices.Equal(im.Columns, []string{o.Column}) {
			return o.Product
		}
	}
	return ""
}
