package migrate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// nameAnswers insists that what the policy answers is a reference of the
// mapping.
func (b *builder) nameAnswers() {
	for _, a := range b.policy.References {
		known := func(name string) bool {
			return name == a.Table+"."+a.Column || a.Column == "" && strings.HasPrefix(name, a.Table+".")
		}
		if names := slices.Sorted(maps.Keys(b.shape.NullableRefs)); !slices.ContainsFunc(names, known) {
			b.files = append(b.files, &FileError{Pos: a.Pos, Msg: fmt.Sprintf("the mapping has no reference %s; it has: %s",
				strings.TrimSuffix(a.Table+"."+a.Column, "."), cmp.Or(strings.Join(names, ", "), "none"))})
		}
	}
}
