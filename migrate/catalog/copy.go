package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/mattn/go-sqlite3"
)

// ErrNoSpace says that a copy would not fit beside its catalog.
var ErrNoSpace = errors.New("not enough free space")

// copyPages is how many pages one step of a backup copies, so that an
// interrupt is heard between two.
const copyPages = 4096

// Copy copies a catalog page by page with SQLite's backup interface, which
// keeps its layout: a rehearsal on a defragmented copy would flatter the time
// the catalog is locked. Free space is checked first.
func Copy(ctx context.Context, from Target, toPath string) error {
	if err := checkSpace(from.Path, toPath); err != nil {
		return err
	}
	src, srcConn, err := openSQLite(ctx, from, Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer src.Close()
	defer srcConn.Close()
	file, err := os.OpenFile(toPath, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("make the copy: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("make the copy: %w", err)
	}
	dst, dstConn, err := connect(ctx, Target{Path: toPath}.dsn("rw", 0))
	if err != nil {
		return fmt.Errorf("open the copy: %w", err)
	}
	defer dst.Close()
	defer dstConn.Close()
	return withDriver(dstConn, func(d *sqlite3.SQLiteConn) error {
		return withDriver(srcConn, func(s *sqlite3.SQLiteConn) error { return backup(ctx, d, s) })
	})
}

func withDriver(conn *sql.Conn, fn func(*sqlite3.SQLiteConn) error) error {
	return conn.Raw(func(driver any) error {
		c, ok := driver.(*sqlite3.SQLiteConn)
		if !ok {
			return fmt.Errorf("the driver is a %T, not SQLite's", driver)
		}
		return fn(c)
	})
}

func backup(ctx context.Context, dst, src *sqlite3.SQLiteConn) error {
	b, err := dst.Backup("main", src, "main")
	if err != nil {
		return fmt.Errorf("begin the copy: %w", err)
	}
	for done := false; !done && err == nil; {
		if err = ctx.Err(); err == nil {
			done, err = b.Step(copyPages)
		}
	}
	return errors.Join(err, b.Finish())
}

// checkSpace insists on room for the copy and a journal of the same size.
func checkSpace(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return nil // opening it says what is wrong
	}
	var fs syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(to), &fs); err != nil {
		return fmt.Errorf("ask for free space: %w", err)
	}
	free := int64(fs.Bavail) * int64(fs.Bsize)
	if need := 2 * info.Size(); free < need {
		return fmt.Errorf("copy %s to %s: %w: %d MiB free, %d MiB needed", from, to, ErrNoSpace, free>>20, need>>20)
	}
	return nil
}
