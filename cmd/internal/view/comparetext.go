package view

import (
	"io"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// deltasShown bounds the samples of a class in a text, and the lines of the
// policy.
const deltasShown = 5

// ComparedText says what changed from one plan to another: a headline, what
// differs in their terms, then each class of differences with a few of them.
func ComparedText(w io.Writer, from, to migrate.Plan, o Options) error {
	c, err := newComparison(from, to)
	if err != nil {
		return err
	}
	samples := map[string][]migrate.Delta{}
	err = c.read(func(d migrate.Delta) error {
		if class := classOf(d).name; len(samples[class]) < deltasShown {
			samples[class] = append(samples[class], d)
		}
		return nil
	})
	if err != nil {
		return err
	}
	p := newPage(w, o)
	p.line(2, pieces(c.verdict(), " ·", gap, styleBold)...)
	for _, caution := range c.cautions() {
		p.line(4, styled(styleYellow, "!"), span{text: caution, style: styleYellow, glue: 1, runOn: true})
	}
	p.line(2, pieces(c.totals(), " ·", gap, "")...)
	p.comparedDates(from.Header().Dates, to.Header().Dates)
	for _, h := range headers(from.Header(), to.Header()) {
		p.line(4, text("!"), span{text: h, glue: 1, runOn: true})
	}
	p.policyLines(policyEdits(from.Header(), to.Header()))
	for _, class := range deltaWorstFirst {
		p.deltas(c, class, samples[class.name])
	}
	p.line(2, styled(styleDim, "from"), text(from.Trailer().Digest), text(madeBy(from)))
	p.line(2, styled(styleDim, "to  "), text(to.Trailer().Digest), text(madeBy(to)))
	return p.flush()
}

func madeBy(plan migrate.Plan) string {
	return plan.Provenance().At.UTC().Format("2006-01-02 15:04Z") + " by " + plan.Provenance().Who
}

// policyLines writes the lines in which the policies differ.
func (p *page) policyLines(edits []lineEdit) {
	if len(edits) == 0 {
		return
	}
	p.line(0, styled(styleBold, "the policy's text"))
	for _, e := range edits[:min(len(edits), 4*deltasShown)] {
		style := styleRed
		if e.sign == "+" {
			style = styleGreen
		}
		p.line(8, span{pad: 3}, span{text: e.sign, style: style, glue: 1}, span{text: e.text, glue: 1})
	}
	p.shown(4, min(len(edits), 4*deltasShown), len(edits))
}

// deltas writes a class: its count, and a few of it.
func (p *page) deltas(c *comparison, class deltaClass, rows []migrate.Delta) {
	if len(rows) == 0 {
		return
	}
	p.line(0, styled(styleBold, some(c.counts[class.name], class.one, class.many)))
	for _, d := range rows {
		p.delta(c, d, class)
	}
	p.shown(4, len(rows), c.counts[class.name])
}

func (p *page) delta(c *comparison, d migrate.Delta, class deltaClass) {
	spans := []span{{pad: 3}, {text: class.sign, style: class.style, glue: 1}}
	switch {
	case class == categoryClass:
		spans = append(spans, c.categoryDelta(d)...)
	case class == referenceClass:
		spans = append(spans, referenceDelta(d)...)
	default:
		spans = append(spans, c.productDelta(d)...)
	}
	spans[2].glue = 1
	p.line(8, spans...)
}

func (c *comparison) productDelta(d migrate.Delta) []span {
	one := d.To
	if one == nil {
		one = d.From
	}
	p := one.Product
	spans := []span{text(p.ID), text(Fit(nullable(p.Title), titleCells))}
	switch classOf(d) {
	case arrivedClass, leftClass:
		return append(spans, text(fateWords(p, c.paths.path)), text(p.Reason), styled(styleDim, "by rule "+p.Rule))
	case fateChanged:
		was, now := fateWords(d.From.Product, c.paths.path), fateWords(p, c.paths.path)
		spans = append(spans, text("was "+was+", now "+now))
	}
	return append(spans, styled(styleDim, strings.Join(productEdits(d.From.Product, p, c.paths.path), "; ")))
}

func (c *comparison) categoryDelta(d migrate.Delta) []span {
	switch {
	case d.From == nil:
		return []span{text(named(d.To.Category.Path, d.To.Category.ID)), text("is new: " + deed(d.To.Category))}
	case d.To == nil:
		return []span{text(named(d.From.Category.Path, d.From.Category.ID)), text("is no longer in the plan; was " + deed(d.From.Category))}
	}
	name := func(id taxonomy.ID) string {
		if id == "" {
			return "the root"
		}
		return c.paths.path(id)
	}
	edits := categoryEdits(d.From.Category, d.To.Category, name)
	return []span{text(named(d.To.Category.Path, d.To.Category.ID)), text(strings.TrimSpace(strings.Join(edits, "; ")))}
}

func referenceDelta(d migrate.Delta) []span {
	one, what := d.To, ""
	switch {
	case d.From == nil:
		what = "is new: " + string(d.To.Reference.Do)
	case d.To == nil:
		one, what = d.From, "is gone; was "+string(d.From.Reference.Do)
	case d.From.Reference.Do != d.To.Reference.Do:
		what = string(d.From.Reference.Do) + " → " + string(d.To.Reference.Do)
	default:
		what = "other before-values"
	}
	r := one.Reference
	return []span{text(r.Table + "." + r.Column), text(strings.Join(r.Row, ",")), text(r.Label), text(what)}
}
