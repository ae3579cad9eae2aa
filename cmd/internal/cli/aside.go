package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"recat/cmd/internal/view"
)

// aside is the file of --json-into. It is emptied before a command does
// anything, so that it never holds the answer of an earlier one.
type aside struct {
	file *os.File
	told bool // whether an answer, or a stream of events, is in it
}

// jsonInto is the flag's name.
const jsonInto = "json-into"

// addJSONInto gives --json-into to a command that has JSON to print.
func addJSONInto(cmd *cobra.Command) {
	if f := cmd.Flags().Lookup("format"); f != nil {
		if c, ok := f.Value.(choice); ok && slices.Contains(c.allowed, asJSON) {
			cmd.Flags().String(jsonInto, "", "write what --format json prints to `FILE` as well, readable by you alone")
		}
	}
}

// openAside opens the file that --json-into names, once. A file that the
// command reads, or writes otherwise, is refused.
func (w *World) openAside(cmd *cobra.Command) error {
	path := given(cmd, w, jsonInto)
	if path == "" || w.sent.asked {
		return nil
	}
	w.sent.asked = true
	flag := usedBy(cmd, path)
	if flag == "" {
		flag = unreadUse(w.sent.unread, path)
	}
	if flag != "" {
		return &usageError{msg: fmt.Sprintf("--%s %s is the file of %s", jsonInto, path, flag)}
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("open the file of --%s: %w", jsonInto, err)
	}
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		if err := f.Chmod(0o600); err != nil {
			return errors.Join(fmt.Errorf("keep %s to yourself: %w", path, err), f.Close())
		}
	}
	w.sent.aside = &aside{file: f}
	return nil
}

// usedBy names the argument or flag of a command that stands for the same
// file, "" where there is none.
func usedBy(cmd *cobra.Command, path string) string {
	for _, arg := range cmd.Flags().Args() {
		if sameFile(path, arg) {
			return "the argument " + arg
		}
	}
	found := ""
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		if many, ok := f.Value.(pflag.SliceValue); ok {
			values = many.GetSlice()
		}
		if f.Name != jsonInto && slices.ContainsFunc(values, func(v string) bool { return sameFile(path, v) }) {
			found = "--" + f.Name
		}
	})
	return found
}

// unreadUse is what usedBy is, of arguments that the parser gave up on: any of
// them may stand for a file.
func unreadUse(args []string, path string) string {
	for i, arg := range args {
		name, value, joined := strings.Cut(arg, "=")
		if !joined || !strings.HasPrefix(arg, "-") {
			name, value = "", arg
		}
		if i > 0 && args[i-1] == "--"+jsonInto || name == "--"+jsonInto || !sameFile(path, value) {
			continue
		}
		return "the argument " + arg
	}
	return ""
}

// sameFile reports whether a path and a value, which may be a catalog's name,
// stand for one file.
func sameFile(path, value string) bool {
	if value == "" {
		return false
	}
	names := []string{value}
	if value[0] == '@' {
		names = append(names, value[1:])
	}
	if target, err := parseTarget(value); err == nil && target.Path != "" {
		names = append(names, target.Path)
	}
	return slices.ContainsFunc(names, func(name string) bool {
		a, errA := filepath.Abs(path)
		b, errB := filepath.Abs(name)
		if errA == nil && errB == nil && a == b {
			return true
		}
		infoA, errA := os.Stat(path)
		infoB, errB := os.Stat(name)
		return errA == nil && errB == nil && os.SameFile(infoA, infoB)
	})
}

// tell writes an answer, in the place of whatever of one is there. The nil
// aside has nobody to tell.
func (a *aside) tell(render func(io.Writer) error) error {
	if a == nil || render == nil {
		return nil
	}
	a.told = true
	if err := render(a.file); err != nil {
		a.told = false
		return errors.Join(fmt.Errorf("write %s: %w", a.file.Name(), err), a.empty())
	}
	return nil
}

// empty takes away what is written; from what is no regular file it cannot.
func (a *aside) empty() error {
	info, err := a.file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	if err := a.file.Truncate(0); err != nil {
		return err
	}
	_, err = a.file.Seek(0, io.SeekStart)
	return err
}

// fail tells of an error, unless an answer is there.
func (a *aside) fail(f view.Failure) error {
	if a == nil || a.told {
		return nil
	}
	return a.tell(func(out io.Writer) error { return view.ErrorJSON(out, f) })
}

// Close closes the file.
func (a *aside) Close() error {
	if a == nil {
		return nil
	}
	return a.file.Close()
}
