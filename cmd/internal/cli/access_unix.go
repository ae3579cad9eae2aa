//go:build unix

package cli

import "golang.org/x/sys/unix"

// mayWrite reports whether this process may write a file or to a folder. It
// asks without opening: closing a database's file drops the locks held on it.
func mayWrite(path string) bool { return unix.Access(path, unix.W_OK) == nil }
