package taxonomy

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
)

// Fingerprint is "sha256:" and the hex digest of the categories' ids, parents
// and names. It does not depend on their order, nor on lines.
func (t *Tree) Fingerprint() string {
	sorted := slices.Clone(t.order)
	slices.SortFunc(sorted, func(a, b int32) int {
		return cmp.Compare(t.nodes[a].ID, t.nodes[b].ID)
	})
	sum := sha256.New()
	buf := []byte("recat taxonomy 1\n")
	for _, i := range sorted {
		n := &t.nodes[i]
		for _, field := range []string{string(n.ID), string(n.Parent), n.Name} {
			buf = binary.AppendUvarint(buf, uint64(len(field)))
			buf = append(buf, field...)
		}
		sum.Write(buf)
		buf = buf[:0]
	}
	return "sha256:" + hex.EncodeToString(sum.Sum(buf))
}
