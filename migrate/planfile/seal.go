package planfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash"

	"recat/migrate"
)

// sumKey ends what the sum covers.
const sumKey = `,"sum":`

// seal computes a plan's digest and sum as its lines pass.
type seal struct {
	digest hash.Hash
	sum    hash.Hash
}

func newSeal() *seal { return &seal{digest: sha256.New(), sum: sha256.New()} }

// decisive takes a line, with its LF, that the digest covers.
func (s *seal) decisive(line []byte) {
	s.digest.Write(line)
	s.sum.Write(line)
}

// incidental takes a line, with its LF, that only the sum covers.
func (s *seal) incidental(line []byte) { s.sum.Write(line) }

// close makes the trailer, whose line it returns without an LF. It is the
// seal's last call.
func (s *seal) close(totals migrate.Totals) ([]byte, sealed, error) {
	counted, err := marshal(totals)
	if err != nil {
		return nil, sealed{}, err
	}
	line := append([]byte(`{"trailer":{"totals":`), counted...)
	t := sealed{Trailer: migrate.Trailer{Totals: totals}}
	s.digest.Write(line)
	t.Digest = rendered(s.digest)
	line = append(line, `,"digest":"`+t.Digest+`"`+sumKey...)
	s.sum.Write(line)
	t.Sum = rendered(s.sum)
	return append(line, `"`+t.Sum+`"}}`...), t, nil
}

// resum gives the sum of what passed and of a trailer's line up to its sum.
func (s *seal) resum(trailer []byte) string {
	upTo, _, _ := bytes.Cut(trailer, []byte(sumKey))
	s.sum.Write(upTo)
	s.sum.Write([]byte(sumKey))
	return rendered(s.sum)
}

func rendered(h hash.Hash) string {
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}
