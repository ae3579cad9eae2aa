package migrate

import "iter"

// aheadBatch is how many values a stream is read ahead by.
const aheadBatch = 512

// ahead reads a stream in a goroutine of its own, so that whoever makes the
// values and whoever takes them work at the same time. next gives value,
// error and whether there was one; stop must be called once, and waits until
// the stream has ended.
func ahead[T any](seq iter.Seq2[T, error]) (next func() (T, error, bool), stop func()) {
	a := &reader[T]{full: make(chan []entry[T], 2), quit: make(chan struct{}), done: make(chan struct{})}
	go a.read(seq)
	return a.next, func() {
		close(a.quit)
		<-a.done
	}
}

type entry[T any] struct {
	value T
	err   error
}

type reader[T any] struct {
	full chan []entry[T]
	quit chan struct{}
	done chan struct{}
	have []entry[T]
}

func (a *reader[T]) read(seq iter.Seq2[T, error]) {
	defer close(a.done)
	defer close(a.full)
	batch := make([]entry[T], 0, aheadBatch)
	for v, err := range seq {
		batch = append(batch, entry[T]{v, err})
		if len(batch) < aheadBatch {
			continue
		}
		if !a.send(batch) {
			return
		}
		batch = make([]entry[T], 0, aheadBatch)
	}
	a.send(batch)
}

func (a *reader[T]) send(batch []entry[T]) bool {
	select {
	case a.full <- batch:
		return true
	case <-a.quit:
		return false
	}
}

func (a *reader[T]) next() (value T, err error, ok bool) {
	for len(a.have) == 0 {
		batch, more := <-a.full
		if !more {
			return value, nil, false
		}
		a.have = batch
	}
	e := a.have[0]
	a.have = a.have[1:]
	return e.value, e.err, true
}
