package planfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// tempFile is a file that takes its place only once it is whole.
type tempFile struct {
	*os.File
	path string // its place
	done bool   // committed or discarded
}

// createTemp makes a file, readable by its owner alone, in the folder of path.
func createTemp(path string) (*tempFile, error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("write %s: it is there and is not a regular file", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", path, err)
	}
	return &tempFile{File: f, path: path}, nil
}

// commit makes the file durable and puts it in its place.
func (t *tempFile) commit() error {
	if err := t.Sync(); err != nil {
		return err
	}
	if err := t.File.Close(); err != nil {
		return err
	}
	if err := os.Rename(t.Name(), t.path); err != nil {
		return err
	}
	t.done = true
	// Not every file system can sync a folder. Where it fails, a crash may
	// bring back what was there before: whole too.
	if dir, err := os.Open(filepath.Dir(t.path)); err == nil {
		_ = dir.Sync()
		_ = dir.Close()
	}
	return nil
}

// discard removes the file unless it was committed.
func (t *tempFile) discard() error {
	if t.done {
		return nil
	}
	t.done = true
	err := t.File.Close()
	if errors.Is(err, os.ErrClosed) {
		err = nil
	}
	return errors.Join(err, os.Remove(t.Name()))
}
