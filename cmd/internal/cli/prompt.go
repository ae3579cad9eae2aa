package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"recat/cmd/internal/view"
	"recat/migrate"
)

// attended reports whether there is somebody to ask.
func (w *World) attended() bool { return w.Terminal(w.Stdin) > 0 && w.Terminal(w.Stderr) > 0 }

// mustAsk reports whether to ask before writing. Where nobody can be asked,
// it refuses: a pipe is never prompted.
func (w *World) mustAsk(yes bool) (bool, error) {
	if !yes && !w.attended() {
		return false, hint(migrate.Refuse("nobody is at a terminal to say yes; nothing was written"), "the same command with --yes")
	}
	return !yes, nil
}

// confirm asks on stderr and reads one line. Any other answer than those
// wanted refuses.
func (w *World) confirm(ctx context.Context, question string, wanted ...string) error {
	fmt.Fprintf(w.Stderr, "%s ", view.Safe(question))
	line, err := readLine(ctx, w.Stdin)
	if err != nil {
		fmt.Fprintln(w.Stderr)
		return err
	}
	for _, want := range wanted {
		if strings.EqualFold(line, want) {
			return nil
		}
	}
	return migrate.Refuse("the answer was %q; nothing was written", line)
}

// readLine reads a line, or gives up when the context ends; the reading itself
// cannot be called off and ends with the process.
func readLine(ctx context.Context, in io.Reader) (string, error) {
	type answer struct {
		line string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		line, err := bufio.NewReader(in).ReadString('\n')
		if err == io.EOF {
			err = nil
		}
		answers <- answer{strings.TrimSpace(line), err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case a := <-answers:
		return a.line, a.err
	}
}
