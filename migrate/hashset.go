package migrate

// HashSet holds things by their hashes, in a table of a few bytes each: a
// million of them must fit in little memory. Two of one hash are taken for one,
// which happens to one in many millions of such sets. The zero value is empty.
type HashSet struct {
	slots []uint64 // a power of two of them; 0 is empty
	n     int
}

// least stands for the hash 0.
const least = 1

// Add reports whether the hash was not there yet.
func (s *HashSet) Add(hash uint64) bool {
	if s.Has(hash) {
		return false
	}
	if 4*(s.n+1) > 3*len(s.slots) {
		s.grow()
	}
	s.slots[s.at(max(hash, least))] = max(hash, least)
	s.n++
	return true
}

// Has reports whether the hash is there.
func (s *HashSet) Has(hash uint64) bool {
	return len(s.slots) > 0 && s.slots[s.at(max(hash, least))] != 0
}

// Len is how many there are.
func (s *HashSet) Len() int { return s.n }

// at is where a hash is, or belongs.
func (s *HashSet) at(hash uint64) uint64 {
	mask := uint64(len(s.slots) - 1)
	i := hash & mask
	for s.slots[i] != 0 && s.slots[i] != hash {
		i = (i + 1) & mask
	}
	return i
}

// grow doubles the table.
func (s *HashSet) grow() {
	old := s.slots
	s.slots = make([]uint64, max(1024, 2*len(old)))
	for _, hash := range old {
		if hash != 0 {
			s.slots[s.at(hash)] = hash
		}
	}
}
