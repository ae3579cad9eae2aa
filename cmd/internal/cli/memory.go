package cli

import "runtime/debug"

// Plans are streamed: what lives on the heap at one time is a few megabytes,
// and collecting it whenever it doubles would cost a fifth of a large plan's
// time. So it may grow to heapGrowth per cent above what lives, but not
// beyond heapLimit bytes, which keeps the whole process inside the 64 MiB that
// a plan of any size is promised to take.
const (
	heapGrowth = 400
	heapLimit  = 28 << 20
)

// tuneMemory sets the collector, unless the environment does.
func (w *World) tuneMemory() {
	if _, set := w.LookupEnv("GOGC"); !set {
		debug.SetGCPercent(heapGrowth)
	}
	if _, set := w.LookupEnv("GOMEMLIMIT"); !set {
		debug.SetMemoryLimit(heapLimit)
	}
}
