package cli

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"recat/cmd/internal/view"
)

// The values of --format beside text.
const (
	asJSON     = "json"
	asCSV      = "csv"
	asHTML     = "html"
	asMarkdown = "markdown"
)

// looks says how text is laid out on a stream.
func (w *World) looks(stream any) view.Options {
	width := w.Terminal(stream)
	opts := view.Options{Width: width, Now: w.Now()}
	if width > 0 && w.env("NO_COLOR") == "" && w.env("TERM") != "dumb" {
		opts.Theme = view.Coloured
	}
	return opts
}

// print renders a result to stdout.
func (w *World) print(render func(io.Writer) error) error {
	w.sent.printed = true
	out := bufio.NewWriter(w.Stdout)
	return errors.Join(render(out), out.Flush())
}

// show renders a result in one of two formats.
func (w *World) show(format string, text func(io.Writer, view.Options) error, json func(io.Writer) error) error {
	return w.render(format, "", text, renderings{asJSON: json})
}

// renderings are the formats other than text that a result can be had in.
type renderings map[string]func(io.Writer) error

// render renders a result in one of several formats, to a file or, where path
// is "", to stdout, and as JSON to where --json-into says. Text in a file is
// laid out as for no terminal.
func (w *World) render(format, path string, text func(io.Writer, view.Options) error, others renderings) error {
	render, ok := others[format]
	if !ok {
		looks := view.Options{Now: w.Now()}
		if path == "" {
			looks = w.looks(w.Stdout)
		}
		render = func(out io.Writer) error { return text(out, looks) }
	}
	if err := w.writeTo(path, 0o600, render); err != nil {
		return err
	}
	return w.sent.aside.tell(others[asJSON])
}

// wantsJSON reports whether a program reads the result.
func (w *World) wantsJSON(format string) bool { return format == asJSON || w.sent.aside != nil }

// note writes one line for the person at work to stderr.
func (w *World) note(format string, args ...any) {
	fmt.Fprintln(w.Stderr, view.Safe(fmt.Sprintf(format, args...)))
}

// next names the commands that lead on, where that is wanted.
func (w *World) next(format string, commands ...string) {
	if (format == "" || format == "text") && w.env("CI") == "" {
		// What cannot be hinted at is not worth failing for.
		_ = view.Next(w.Stderr, w.looks(w.Stderr), commands...)
	}
}

// writeTo renders to a file, or to stdout where path is "".
func (w *World) writeTo(path string, mode os.FileMode, render func(io.Writer) error) error {
	if path == "" {
		return w.print(render)
	}
	return replaceFile(path, mode, render)
}

// replaceFile writes a file whole or not at all: beside its place, then
// renamed. What is there and is no regular file is written to directly.
func replaceFile(path string, mode os.FileMode, render func(io.Writer) error) (err error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	name, flag := path+"."+rand.Text()[:8]+".tmp", os.O_WRONLY|os.O_CREATE|os.O_EXCL
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		name, flag = path, os.O_WRONLY
	}
	f, err := os.OpenFile(name, flag, mode)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if name != path {
		defer func() {
			if err != nil {
				err = errors.Join(err, os.Remove(name))
			}
		}()
	}
	if err := fill(f, name != path, render); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if name == path {
		return nil
	}
	return os.Rename(name, path)
}

// fill renders into a file and closes it.
func fill(f *os.File, sync bool, render func(io.Writer) error) error {
	out := bufio.NewWriter(f)
	err := errors.Join(render(out), out.Flush())
	if err == nil && sync {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
