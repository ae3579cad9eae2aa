package migrate

import (
	"fmt"

	"recat/taxonomy"
)

// builder makes a Scheme and collects what is wrong on the way.
type builder struct {
	*Scheme
	find     *finder
	named    map[taxonomy.ID]int // category to the entry that names it
	files    FileErrors
	refusals []Refusal
}

func newBuilder(policy *Policy, shape Shape, cats *Categories, tombs []Tombstone) *builder {
	b := &builder{
		Scheme: &Scheme{
			policy: policy, shape: shape, cats: cats,
			removed:  map[taxonomy.ID]*removal{},
			promoted: map[taxonomy.ID]taxonomy.ID{},
			closing:  map[taxonomy.ID]bool{},
			targets:  map[taxonomy.ID]bool{},
		},
		find:  newFinder(cats, tombs),
		named: map[taxonomy.ID]int{},
	}
	b.gone = b.find.marked()
	return b
}

func (b *builder) refuse(pos Pos, answer string, format string, args ...any) {
	b.refusals = append(b.refusals, Refusal{Pos: pos, What: fmt.Sprintf(format, args...), Answer: answer})
}

func (b *builder) fault(err *FileError) {
	if err != nil {
		b.files = append(b.files, err)
	}
}
