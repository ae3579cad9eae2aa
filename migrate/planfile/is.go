package planfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"recat/migrate"
)

// opening is how every plan begins that is not compressed.
var opening = []byte(`{"recat_plan":`)

// Is reports whether a file looks like a plan by how it begins; whether it is
// one, Open finds out. No file is an error that wraps migrate.ErrNoInput.
func Is(path string) (bool, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, fmt.Errorf("%s: %w", path, migrate.ErrNoInput)
	case err != nil:
		return false, err
	case !info.Mode().IsRegular(): // what was read of a pipe is gone
		return false, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	head := make([]byte, len(opening))
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return false, fmt.Errorf("read %s: %w", path, err)
	}
	head = head[:n]
	return bytes.Equal(head, opening) || bytes.HasPrefix(head, zstdMagic), nil
}
