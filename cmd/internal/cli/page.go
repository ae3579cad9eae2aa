package cli

import (
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/taxonomy"
)

// planPage writes a plan's page for its reviewers.
func (o showOptions) planPage(w *World, out io.Writer, s *migrate.Summary, plan migrate.Plan) error {
	page, err := o.beside(w, s.Trailer.Totals, plan.Trailer().Paths, plan.Changes())
	if err != nil {
		return err
	}
	page.ApproveCommand = "recat approve " + word(o.What) + " --by NAME --out FILE"
	if s.Header.Signers != "" {
		page.ApproveCommand += " --sign KEY"
	}
	page.Policy, _ = carriedPolicy(s.Header)
	return view.PlanHTML(out, s, plan.Changes(), page)
}

// runPage writes a run's receipt as a page.
func (o showOptions) runPage(w *World, out io.Writer, receipt view.RunReceipt, changes iter.Seq2[migrate.Change, error]) error {
	page, err := o.beside(w, receipt.Run.Totals, receipt.Run.Paths, changes)
	if err != nil {
		return err
	}
	page.Policy, _ = carriedPolicy(receipt.Summary.Header)
	return view.RunHTML(out, receipt, changes, page)
}

// beside says where all products are. Where the page is a file that cannot
// hold them, they are written beside it.
func (o showOptions) beside(w *World, t migrate.Totals, paths map[taxonomy.ID]string, changes iter.Seq2[migrate.Change, error]) (view.PageOptions, error) {
	page := view.PageOptions{ProductsCommand: "recat export " + word(o.What) + " --kind products --out products.csv"}
	if isRun(o.What) {
		page.ProductsCommand += " --catalog CATALOG"
	}
	path := besidePage(o.Out)
	if path == "" || t.Found+t.Swept+t.Followed+t.Reported+t.Kept <= view.ProductsEmbedded {
		return page, nil
	}
	if err := w.writeTo(path, 0o600, func(out io.Writer) error { return view.ProductsCSV(out, changes, paths) }); err != nil {
		return page, fmt.Errorf("write the products beside the page: %w", err)
	}
	w.note("wrote the products of %s to %s, beside the page", o.What, path)
	page.ProductsFile = filepath.Base(path)
	return page, nil
}

// besidePage names the file for what a page cannot hold: review.products.csv
// for review.html. It is "" where the page goes to stdout or a device.
func besidePage(page string) string {
	if info, err := os.Stat(page); page == "" || err == nil && !info.Mode().IsRegular() {
		return ""
	}
	return strings.TrimSuffix(page, filepath.Ext(page)) + ".products.csv"
}
