//go:build !unix

package cli

import "os"

// mayWrite reports whether a file or a folder is not marked read-only.
func mayWrite(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().Perm()&0o200 != 0
}
