package migrate

import (
	"iter"
	"sort"
)

// idList keeps many ids in little memory.
type idList struct {
	text []byte
	ends []uint64 // of each id in text
}

func (l *idList) add(id string) {
	l.text = append(l.text, id...)
	l.ends = append(l.ends, uint64(len(l.text)))
}

func (l *idList) len() int { return len(l.ends) }

func (l *idList) at(i int) []byte {
	from := uint64(0)
	if i > 0 {
		from = l.ends[i-1]
	}
	return l.text[from:l.ends[i]]
}

// all streams the ids, nil where there are none.
func (l *idList) all() iter.Seq2[string, error] {
	if l.len() == 0 {
		return nil
	}
	return func(yield func(string, error) bool) {
		for i := range l.ends {
			if !yield(string(l.at(i)), nil) {
				return
			}
		}
	}
}

// find is the index of an id in a list that is in key order, and whether it is
// there.
func (l *idList) find(key KeyKind, id string) (int, bool) {
	return sort.Find(l.len(), func(i int) int { return key.Compare(id, string(l.at(i))) })
}
