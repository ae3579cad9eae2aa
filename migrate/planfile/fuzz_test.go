package planfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/klauspost/compress/zstd"

	"recat/migrate"
)

// tester is what checkRead needs of a test, a fuzz target or rapid.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkRead holds reading to its law: a FileError, or a plan that is written
// again as the same text.
func checkRead(t tester, path, text string) {
	t.Helper()
	p, trailer, err := load(path)
	if err != nil {
		if at := new(migrate.FileError); !errors.As(err, &at) {
			t.Fatalf("%v is no FileError", err)
		}
		return
	}
	again, same, err := rewrite(p)
	if err != nil {
		t.Fatalf("written again: %v\n%s", err, text)
	}
	if again != text || !reflect.DeepEqual(trailer, same) {
		t.Fatalf("%q is read and written again as %q", text, again)
	}
}

func FuzzOpen(f *testing.F) {
	text, _ := small().text(f)
	f.Add([]byte(text))
	f.Add([]byte(compress(f, text)))
	for _, s := range []string{"", "{", `{"recat_plan":1`, `{"recat_plan":2}` + "\n", "\x28\xb5\x2f\xfd", "\ufeff" + text, text + text} {
		f.Add([]byte(s))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(dir, "p.plan")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		checkRead(t, path, plainText(data))
	})
}

// plainText uncompresses what is compressed.
func plainText(data []byte) string {
	zip, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(64<<20))
	if err != nil {
		panic(err)
	}
	defer zip.Close()
	if text, err := zip.DecodeAll(data, nil); err == nil && len(data) > 0 {
		return string(text)
	}
	return string(data)
}

// FuzzLines reads lines whose seal is made to fit, so that it is the lines
// themselves that must hold.
func FuzzLines(f *testing.F) {
	text, _ := small().text(f)
	f.Add([]byte(text))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		sealed := reseal(string(data))
		path := filepath.Join(dir, "p.plan")
		if err := os.WriteFile(path, []byte(sealed), 0o600); err != nil {
			t.Fatal(err)
		}
		checkRead(t, path, sealed)
	})
}
