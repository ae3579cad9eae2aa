package view

import (
	"io"

	"recat/taxonomy"
	"recat/taxonomy/format"
)

// TreeText writes an indented list, each category with its id.
func TreeText(w io.Writer, t *taxonomy.Tree) error { return format.WriteText(w, t, Safe) }

// TreeJSON writes the taxonomy file format in JSON, which recat reads back.
func TreeJSON(w io.Writer, t *taxonomy.Tree) error {
	out := &escaper{w: w}
	if err := format.WriteJSON(out, t); err != nil {
		return err
	}
	return out.flush()
}

// TreeCSV writes id, parent, name, which recat reads back. It is for
// machines: nothing is escaped for spreadsheets.
func TreeCSV(w io.Writer, t *taxonomy.Tree) error { return format.WriteCSV(w, t) }

// TreeGoogle writes Google's layout.
func TreeGoogle(w io.Writer, t *taxonomy.Tree) error { return format.WriteGoogle(w, t, "") }

// changeSigns are how a tree's changes are marked.
var changeSigns = map[taxonomy.ChangeKind]struct{ sign, style string }{
	taxonomy.Removed: {"-", styleRed},
	taxonomy.Added:   {"+", styleGreen},
	taxonomy.Renamed: {"~", styleYellow},
	taxonomy.Moved:   {">", styleCyan},
}

// TreeDiffText writes what changed between two trees: how much, then each
// category.
func TreeDiffText(w io.Writer, changes []taxonomy.Change, o Options) error {
	p := newPage(w, o)
	counts := map[taxonomy.ChangeKind]int{}
	for _, c := range changes {
		counts[c.Kind]++
	}
	var sum tally
	for _, kind := range []taxonomy.ChangeKind{taxonomy.Removed, taxonomy.Added, taxonomy.Renamed, taxonomy.Moved} {
		sum.add(counts[kind], string(kind))
	}
	if len(changes) == 0 {
		sum = tally{"the trees are the same"}
	}
	p.line(0, styled(styleBold, sum.String()))
	for _, c := range changes {
		p.treeChange(c)
	}
	return p.flush()
}

func (p *page) treeChange(c taxonomy.Change) {
	mark := changeSigns[c.Kind]
	spans := []span{{text: mark.sign + " " + string(c.Kind), style: mark.style, pad: len("- removed")}}
	switch c.Kind {
	case taxonomy.Removed:
		spans = append(spans, text(named(c.FromPath.String(), c.ID)))
	case taxonomy.Added:
		spans = append(spans, text(named(c.ToPath.String(), c.ID)))
	case taxonomy.Renamed:
		spans = append(spans, text(named(c.ToPath.String(), c.ID)), text(`was "`+c.From.Name+`"`))
	case taxonomy.Moved:
		spans = append(spans, text(named(c.ToPath.String(), c.ID)), text("was "+c.FromPath.String()))
	}
	p.line(len("- removed")+gap, spans...)
}

type treeChangeJSON struct {
	Change taxonomy.ChangeKind `json:"change"`
	ID     taxonomy.ID         `json:"id"`
	From   *treeNodeJSON       `json:"from,omitempty"`
	To     *treeNodeJSON       `json:"to,omitempty"`
}

type treeNodeJSON struct {
	Name   string      `json:"name"`
	Parent taxonomy.ID `json:"parent"` // "" for a root
	Path   string      `json:"path"`
}

// TreeDiffJSON writes {format_version, changes: [{change, id, from, to}]}.
func TreeDiffJSON(w io.Writer, changes []taxonomy.Change) error {
	o := newObject(w)
	out := make([]treeChangeJSON, len(changes))
	for i, c := range changes {
		out[i] = treeChangeJSON{c.Kind, c.ID, treeNode(c.From, c.FromPath), treeNode(c.To, c.ToPath)}
	}
	slice(o, "changes", out)
	return o.close()
}

func treeNode(n taxonomy.Node, path taxonomy.Path) *treeNodeJSON {
	if path == nil {
		return nil
	}
	return &treeNodeJSON{n.Name, n.Parent, path.String()}
}
