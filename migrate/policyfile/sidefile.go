package policyfile

import "recat/migrate"

// sideFile reads a file the policy names, once; nil where that went wrong,
// which is told at the name, or in the file.
func (r *reader) sideFile(n *node, limit int) *text {
	name, ok := r.line(n)
	if !ok {
		return nil
	}
	if t, ok := r.open[name]; ok {
		return t
	}
	r.order = append(r.order, name)
	r.open[name] = nil
	if r.src.Open == nil {
		r.fail(n, "read %s: there is no way to open files", show(name))
		return nil
	}
	content, err := r.src.Open(name)
	if err != nil {
		r.fail(n, "read %s: %v", show(name), err)
		return nil
	}
	t := r.newText(name, content, limit)
	if t != nil {
		r.open[name] = t
		r.files[name] = string(content)
	}
	return t
}

// in gives a place in a side file.
func (t *text) in(line, column int) migrate.Pos {
	return migrate.Pos{File: t.file, Line: line, Column: column}
}
