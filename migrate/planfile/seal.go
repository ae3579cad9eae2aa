package planfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash"

	"recat/migrate"
	"recat/taxonomy"
)

// sumKey ends what the sum covers.
const sumKey = `,"sum":`

// seal computes a plan's digest and sum as its lines pass.
type seal struct {
	digest hash.Hash
	sum    *aside
}

func newSeal() *seal { return &seal{digest: sha256.New(), sum: newAside()} }

// decisive takes a line, with its LF, that the digest covers.
func (s *seal) decisive(line []byte) {
	s.digest.Write(line)
	s.sum.Write(line)
}

// incidental takes a line, with its LF, that only the sum covers.
func (s *seal) incidental(line []byte) { s.sum.Write(line) }

// close makes the trailer and its line, without an LF.
func (s *seal) close(totals migrate.Totals, paths map[taxonomy.ID]string) ([]byte, sealed, error) {
	line, err := s.decided(totals)
	if err != nil {
		return nil, sealed{}, err
	}
	t := sealed{Trailer: migrate.Trailer{Totals: totals, Digest: rendered(s.digest), Paths: paths}}
	line = append(line, `,"digest":"`+t.Digest+`"`...)
	if len(paths) > 0 {
		named, err := marshal(paths)
		if err != nil {
			return nil, sealed{}, err
		}
		line = append(append(line, `,"paths":`...), named...)
	}
	line = append(line, sumKey...)
	t.Sum = s.summed(line)
	return append(line, `"`+t.Sum+`"}}`...), t, nil
}

// decided ends what the digest covers, and returns the part of the trailer's
// line that belongs to it.
func (s *seal) decided(totals migrate.Totals) ([]byte, error) {
	counted, err := marshal(totals)
	if err != nil {
		return nil, err
	}
	line := append([]byte(`{"trailer":{"totals":`), counted...)
	s.digest.Write(line)
	return line, nil
}

// summed gives the sum of what passed and of a trailer's line up to its sum.
func (s *seal) summed(trailer []byte) string {
	if at := bytes.LastIndex(trailer, []byte(sumKey)); at >= 0 {
		trailer = trailer[:at+len(sumKey)]
	}
	s.sum.Write(trailer)
	return rendered(s.sum.end())
}

func rendered(h hash.Hash) string {
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}
