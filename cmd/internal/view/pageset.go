package view

// pageSet holds pages by their hashes, in a table of a few bytes each: a
// million of them must fit in little memory. Two pages of one hash are taken
// for one, which happens to one in many millions of such sets.
type pageSet struct {
	slots []uint64 // a power of two of them; 0 is empty
	n     int
}

// least stands for the hash 0.
const least = 1

// add reports whether the page was not there yet.
func (s *pageSet) add(hash uint64) bool {
	if s.has(hash) {
		return false
	}
	if 4*(s.n+1) > 3*len(s.slots) {
		s.grow()
	}
	s.slots[s.at(max(hash, least))] = max(hash, least)
	s.n++
	return true
}

func (s *pageSet) has(hash uint64) bool {
	return len(s.slots) > 0 && s.slots[s.at(max(hash, least))] != 0
}

// at is where a hash is, or belongs.
func (s *pageSet) at(hash uint64) uint64 {
	mask := uint64(len(s.slots) - 1)
	i := hash & mask
	for s.slots[i] != 0 && s.slots[i] != hash {
		i = (i + 1) & mask
	}
	return i
}

// grow doubles the table.
func (s *pageSet) grow() {
	old := s.slots
	s.slots = make([]uint64, max(1024, 2*len(old)))
	for _, hash := range old {
		if hash != 0 {
			s.slots[s.at(hash)] = hash
		}
	}
}
