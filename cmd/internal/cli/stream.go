package cli

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"recat/cmd/internal/view"
)

// streams marks the commands whose JSON is a stream of events.
const streams = "streams"

func isStream(cmd *cobra.Command) bool { return cmd != nil && cmd.Annotations[streams] != "" }

// stream tells programs what a command is at, an event a line, as it happens.
// Whoever reads slowly holds nothing up while a lock is held: events are
// written aside, and no more than unread of them are ever told under a lock.
// The nil stream tells nobody.
type stream struct {
	now     func() time.Time
	queue   chan view.Event
	unsaid  sync.WaitGroup // one for each event that is not written yet
	readers []*reader
	ended   bool
}

// unread is how many events may wait to be written.
const unread = 16

// reader is one who reads the stream, until writing to it fails.
type reader struct {
	out io.Writer
	err error
}

// openStream begins the stream that a command was asked for, or gives the one
// that was begun: to stdout where the format is JSON, to the file of
// --json-into, to both, or nil.
func (w *World) openStream(format string) *stream {
	if w.sent.stream != nil {
		return w.sent.stream
	}
	s := &stream{now: w.Now, queue: make(chan view.Event, unread)}
	if format == asJSON {
		w.sent.printed = true
		s.readers = append(s.readers, &reader{out: w.Stdout})
	}
	if aside := w.sent.aside; aside != nil {
		aside.told = true
		s.readers = append(s.readers, &reader{out: aside.file})
	}
	if s.readers == nil {
		return nil
	}
	w.sent.stream = s
	go s.write()
	s.tell(view.Begun{Recat: version()})
	return s
}

func (s *stream) write() {
	for e := range s.queue {
		for _, r := range s.readers {
			if r.err == nil {
				r.err = view.EventJSON(r.out, e)
			}
		}
		s.unsaid.Done()
	}
}

// tell hands an event on to be written.
func (s *stream) tell(h view.Happening) {
	if s == nil || s.ended {
		return
	}
	s.unsaid.Add(1)
	s.queue <- view.Event{At: s.now(), Happening: h}
}

// flush waits until all that was told is written, and says what went wrong
// with that since the stream began.
func (s *stream) flush() error {
	if s == nil {
		return nil
	}
	s.unsaid.Wait()
	var errs []error
	for _, r := range s.readers {
		errs = append(errs, r.err)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("tell what happens: %w", err)
	}
	return nil
}

// end tells the last event.
func (s *stream) end(last view.Happening) error {
	if s == nil || s.ended {
		return nil
	}
	s.tell(last)
	err := s.flush()
	s.ended = true
	close(s.queue)
	return err
}
