package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"os/user"
	"syscall"
	"time"

	"golang.org/x/term"
)

// World is all that a command reaches of what is around it, files and
// databases apart.
type World struct {
	Args      []string // without the program's own name
	Stdin     io.Reader
	Stdout    io.Writer
	Stderr    io.Writer
	LookupEnv func(string) (string, bool)
	Now       func() time.Time
	// Sleep waits, or returns the context's error.
	Sleep func(context.Context, time.Duration) error
	// Terminal gives the width in cells of the terminal that a stream is; 0
	// where it is none.
	Terminal func(stream any) int
	// User names who is at work; "" where that is unknown.
	User func() string
	// Observe is told the points that a write passes; nil for nobody.
	Observe func(point string)

	sent sent
}

// sent is what has gone out of a command, and where.
type sent struct {
	unread  []string // all arguments, where the parser gave up on them; else nil
	printed bool     // a result went to Stdout, in part or whole
	asked   bool     // --json-into was seen to
	aside   *aside   // what it names; nil for nothing
	stream  *stream  // of events; nil for none
}

// OS is the world of the running process.
func OS() World {
	return World{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		LookupEnv: os.LookupEnv, Now: time.Now, Sleep: sleep, Terminal: terminal, User: userName,
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func terminal(stream any) int {
	f, ok := stream.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		return width
	}
	return 80
}

func userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}

// env is a variable's value, "" where it is not set.
func (w *World) env(name string) string {
	v, _ := w.LookupEnv(name)
	return v
}

// Main runs the command that the world's arguments name and returns the exit
// code. The first interrupt cancels the command; a second one kills it.
func Main(w World) int {
	w.tuneMemory()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return int(execute(ctx, &w))
}
