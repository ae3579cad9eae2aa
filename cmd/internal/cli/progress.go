package cli

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// patience is how long something may take before its progress is shown.
const patience = time.Second

// meter shows on a terminal how far something is, once it takes its time. The
// nil meter shows nothing.
type meter struct {
	mu     sync.Mutex
	out    io.Writer
	total  int64 // 0 where it is not known
	timer  *time.Timer
	bar    *progressbar.ProgressBar // nil until patience has run out
	stage  string
	done   int64
	closed bool
}

// newMeter makes a meter for so many changes; nil where nobody watches.
func newMeter(w *World, total int64) *meter {
	if w.Terminal(w.Stderr) == 0 {
		return nil
	}
	m := &meter{out: w.Stderr, total: total}
	m.timer = time.AfterFunc(patience, m.begin)
	return m
}

// Report takes a stage and how far it is; it fits the domain's Progress.
func (m *meter) Report(stage string, done int64) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	changed := stage != m.stage
	m.stage, m.done = stage, done
	switch {
	case m.bar == nil || m.closed:
	case changed:
		m.restart()
	default:
		_ = m.bar.Set64(done)
	}
}

func (m *meter) begin() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed {
		m.restart()
	}
}

// restart draws a bar for the stage: with rate and time left where the total
// is known and the stage counts, else with what is known.
func (m *meter) restart() {
	if m.bar != nil {
		_ = m.bar.Clear()
		_ = m.bar.Exit()
	}
	total := int64(-1)
	if m.total > 0 && m.done > 0 {
		total = m.total
	}
	m.bar = progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(m.out),
		progressbar.OptionSetDescription(m.stage),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("rows"),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish())
	_ = m.bar.Set64(m.done)
}

// Close takes the bar away. Closing again is harmless.
func (m *meter) Close() {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return
	}
	m.closed = true
	m.timer.Stop()
	if m.bar != nil {
		_ = m.bar.Clear()
		_ = m.bar.Exit()
		fmt.Fprint(m.out, "\r")
	}
}
