package cli

import (
	"fmt"
	"io"

	"recat/cmd/internal/view"
)

func exportProducts(h view.Handoff) (rendered, error) {
	return rendered{as: renderings{asCSV: of(h, view.HandedProductsCSV), asJSON: of(h, view.ProductsJSON)}}, nil
}

func exportSellers(h view.Handoff) (rendered, error) {
	return rendered{as: renderings{asCSV: of(h, view.SellersCSV), asJSON: of(h, view.SellersJSON)}}, nil
}

func exportNotices(h view.Handoff) (rendered, error) {
	return rendered{renderings{asCSV: of(h, view.NoticesCSV), asJSON: of(h, view.NoticesJSON), asText: of(h, view.NoticesText)}, func() []string {
		if h.Appeal == "" {
			return []string{"the notices do not say how to appeal; --appeal does"}
		}
		return nil
	}}, nil
}

func exportEvents(h view.Handoff) (rendered, error) {
	return rendered{as: renderings{asNDJSON: of(h, view.EventsNDJSON), asJSON: of(h, view.EventsJSON)}}, nil
}

func exportRedirects(h view.Handoff) (rendered, error) {
	r, err := view.NewRedirects(h)
	if err != nil {
		return rendered{}, err
	}
	nginx := func(out io.Writer) error {
		if run := h.Told(); run != nil && run.Pruned {
			return unknownProducts(*run)
		}
		return r.Nginx(out)
	}
	return rendered{renderings{asCSV: r.CSV, asJSON: r.JSON, asNginx: nginx}, func() []string { return leftOut(r) }}, nil
}

// leftOut names the pages that no redirect was written for.
func leftOut(r *view.Redirects) []string {
	var out []string
	for _, l := range r.LeftOut {
		out = append(out, fmt.Sprintf("left out the page of %s %s: %s", l.What, l.ID, l.Why))
	}
	if more := r.Skipped() - len(out); more > 0 {
		out = append(out, fmt.Sprintf("left out %d more pages", more))
	}
	return out
}

func exportCrosswalk(h view.Handoff) (rendered, error) {
	c, err := view.NewCrosswalk(h)
	if err != nil {
		return rendered{}, err
	}
	lost := 0 // in the one layout that has no place for it
	return rendered{as: renderings{asCSV: c.CSV, asJSON: c.JSON, asShopify: c.Shopify, asEBay: func(out io.Writer) error {
		lost = c.Unmapped()
		return c.EBay(out)
	}}, note: func() []string {
		if lost == 0 {
			return nil
		}
		return []string{fmt.Sprintf("%d categories lead nowhere, which this layout cannot say: they are left out; --format csv has them", lost)}
	}}, nil
}

// of binds a rendering to what it renders.
func of(h view.Handoff, render func(io.Writer, view.Handoff) error) func(io.Writer) error {
	return func(out io.Writer) error { return render(out, h) }
}
