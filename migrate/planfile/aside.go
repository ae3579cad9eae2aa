package planfile

import (
	"crypto/sha256"
	"hash"
)

// asideBlock is how many bytes are hashed aside at a time.
const asideBlock = 128 << 10

// aside is SHA-256 computed beside whoever writes to it, block by block: a
// plan is hashed twice as it passes, and one of the two need not be waited
// for. A goroutine lives for one block, so that nothing has to be closed.
type aside struct {
	sum   hash.Hash
	block []byte      // not yet handed over
	spare chan []byte // comes back when a block is hashed
}

func newAside() *aside {
	a := &aside{sum: sha256.New(), spare: make(chan []byte, 1)}
	a.spare <- nil
	return a
}

// Write takes bytes to hash; it cannot fail.
func (a *aside) Write(p []byte) {
	a.block = append(a.block, p...)
	if len(a.block) >= asideBlock {
		spare, block := <-a.spare, a.block
		go func() {
			a.sum.Write(block)
			a.spare <- block[:0]
		}()
		a.block = spare
	}
}

// end gives the hash of all that was written.
func (a *aside) end() hash.Hash {
	spare := <-a.spare
	a.sum.Write(a.block)
	a.block = a.block[:0]
	a.spare <- spare
	return a.sum
}
