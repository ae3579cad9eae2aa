package cli

import (
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
)

// patience is how long something may take before its progress is shown.
const patience = time.Second

// meter shows on a terminal how far something is, once it takes its time. The
// nil meter shows nothing.
type meter struct {
	mu    sync.Mutex
	out   *gate
	timer *time.Timer
	total int64 // of the stage that counts; 0 where it is not known
	bar   *progressbar.ProgressBar
	stage string
}

// newMeter makes a meter for so many changes; nil where nobody watches.
func newMeter(w *World, total int64) *meter {
	if w.Terminal(w.Stderr) == 0 {
		return nil
	}
	m := &meter{out: &gate{out: w.Stderr}, total: total}
	m.timer = time.AfterFunc(patience, func() { m.out.open.Store(true) })
	return m
}

// spin shows that something goes on until the meter is closed.
func spin(w *World, what string) *meter {
	m := newMeter(w, 0)
	m.Report(what, 0)
	return m
}

// Report takes a stage and how far it is; it fits the domain's Progress.
func (m *meter) Report(stage string, done int64) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.bar == nil || stage != m.stage {
		m.end()
		m.begin(stage, done > 0)
	}
	_ = m.bar.Set64(done)
}

// begin draws a bar: with rate and time left where the stage counts and the
// total is known, else a spinner that shows that something goes on.
func (m *meter) begin(stage string, counts bool) {
	m.stage = stage
	total := int64(-1)
	if counts && m.total > 0 {
		total = m.total
	}
	opts := []progressbar.Option{
		progressbar.OptionSetWriter(m.out),
		progressbar.OptionSetDescription(stage),
		progressbar.OptionThrottle(60 * time.Millisecond),
		progressbar.OptionSetElapsedTime(true),
		progressbar.OptionClearOnFinish(),
	}
	if counts {
		opts = append(opts, progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("rows"))
	}
	m.bar = progressbar.NewOptions64(total, opts...)
	m.bar.StartWithoutRender()
}

// end takes the bar away.
func (m *meter) end() {
	if m.bar != nil {
		_ = m.bar.Finish() // which clears it and ends its ticking
		m.bar = nil
	}
}

// Close takes the bar away for good. Closing again is harmless.
func (m *meter) Close() {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.timer.Stop()
	m.end()
	m.out.open.Store(false)
}

// gate drops what is written until it is open.
type gate struct {
	out  io.Writer
	open atomic.Bool
}

func (g *gate) Write(p []byte) (int, error) {
	if !g.open.Load() {
		return len(p), nil
	}
	return g.out.Write(p)
}
