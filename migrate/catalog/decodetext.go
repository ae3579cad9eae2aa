package catalog

import (
	"recat/migrate"
)

// inText reads what says that a reference stands inside a text. recat reads
// such a text and never rewrites it.
func (r *reader) inText(o *object, ref *Reference) {
	path, doc := o.take("path_of_ids"), o.take("json_contains")
	switch {
	case path == nil && doc == nil:
		return
	case path != nil && doc != nil:
		r.fault(o.at["json_contains"], "a text is a path_of_ids or json_contains a key, not both")
	case path != nil:
		if ref.PathOfIDs = r.scalar(path); ref.PathOfIDs == "" {
			r.fault(path, "path_of_ids needs the separator that stands between two keys")
		}
	default:
		ref.JSONContains = r.text(doc)
		if ref.RefersTo != "" && ref.RefersTo != ref.JSONContains {
			r.fault(doc, "json_contains: %s and refers_to: %s name different keys", ref.JSONContains, ref.RefersTo)
		}
		ref.RefersTo = ref.JSONContains
	}
	if ref.OnRemove == migrate.OnRemoveNull || ref.OnRemove == migrate.OnRemoveRepoint {
		r.fault(o.keys["on_remove"], "on_remove: %s would rewrite a text, which is another program's: restrict, delete, keep or set", ref.OnRemove)
	}
	for _, a := range ref.Set {
		if a.Column == ref.Column {
			r.fault(o.keys["set"], "set would rewrite %s itself, which is another program's text", ref.Column)
		}
	}
}
