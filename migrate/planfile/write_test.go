package planfile_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
	"recat/migrate/planfile"
	"recat/taxonomy"
)

// TestCreate holds Create to its promises about the folder.
func TestCreate(t *testing.T) {
	for _, name := range []string{"p.plan", "p.plan.zst"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte("before"), 0o644); err != nil {
				t.Fatal(err)
			}
			w, err := planfile.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Begin(small().header, small().provenance); err != nil {
				t.Fatal(err)
			}
			if got, _ := os.ReadFile(path); string(got) != "before" {
				t.Errorf("the file is touched before Finish: %q", got)
			}
			for _, e := range entries(t, dir) {
				if mode := e.Mode().Perm(); e.Name() != name && mode != 0o600 {
					t.Errorf("%s has mode %v", e.Name(), mode)
				}
			}
			if _, err := w.Finish(migrate.Totals{}, nil); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Error(err)
			}
			left := entries(t, dir)
			if len(left) != 1 || left[0].Name() != name || left[0].Mode().Perm() != 0o600 {
				t.Errorf("the folder holds %v", left)
			}
			if _, _, err := load(path); err != nil {
				t.Error(err)
			}
		})
	}
}

func entries(t *testing.T, dir string) (all []fs.FileInfo) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, info)
	}
	return all
}

// TestDiscard closes plans that were not finished.
func TestDiscard(t *testing.T) {
	for _, name := range []string{"p.plan", "p.plan.zst"} {
		dir := t.TempDir()
		w, err := planfile.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		p := small()
		if err := w.Begin(p.header, p.provenance); err != nil {
			t.Fatal(err)
		}
		if err := w.Add(p.changes[0]); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := w.Close(); err != nil {
				t.Error(err)
			}
		}
		if left := entries(t, dir); len(left) != 0 {
			t.Errorf("the folder holds %v", left)
		}
		if _, err := w.Finish(p.totals(), nil); err == nil {
			t.Error("a closed plan is finished")
		}
	}
}

func TestCreateNowhere(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, os.DevNull, filepath.Join(dir, "none", "p.plan")} {
		if _, err := planfile.Create(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := os.Stat(os.DevNull); err != nil {
		t.Fatal(err)
	}
}

// TestCreateLink writes where a symbolic link leads.
func TestCreateLink(t *testing.T) {
	target := put(t, "target.plan", "before")
	link := filepath.Join(t.TempDir(), "link.plan")
	if err := os.Symlink(target, link); err != nil {
		t.Skip(err)
	}
	w, err := planfile.Create(link)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := small().writeTo(w); err != nil {
		t.Fatal(err)
	}
	if _, _, err := load(target); err != nil {
		t.Error(err)
	}
}

// full takes so many bytes and no more.
type full struct{ room int }

var errFull = errors.New("no space left on device")

func (f *full) Write(b []byte) (int, error) {
	if len(b) > f.room {
		return 0, errFull
	}
	f.room -= len(b)
	return len(b), nil
}

// TestFull runs out of space at every buffer's end; some call must say so.
func TestFull(t *testing.T) {
	p := small()
	p.header.PolicyText = strings.Repeat("x", 100_000)
	text, _ := p.text(t)
	for room := 0; room < len(text); room += 1000 {
		w := planfile.NewWriter(&full{room})
		if _, err := p.writeTo(w); !errors.Is(err, errFull) {
			t.Fatalf("room for %d bytes: %v", room, err)
		}
		if _, err := w.Finish(p.totals(), nil); !errors.Is(err, errFull) {
			t.Fatalf("finished all the same, room for %d bytes: %v", room, err)
		}
	}
}

// TestRefuseToWrite gives a writer what no plan may hold.
func TestRefuseToWrite(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*plan)
		want   string
	}{
		"version":      {func(p *plan) { p.header.Version = 0 }, "write the header: version 0 of the plan format is not known"},
		"key kind":     {func(p *plan) { p.header.ProductKey = "" }, `write the header: unknown kind of key ""`},
		"policy bytes": {func(p *plan) { p.header.PolicyText = "\xff" }, "write the header: a text is not UTF-8"},
		"file name":    {func(p *plan) { p.header.Files["\xff"] = "" }, "write the header: a text is not UTF-8"},
		"mapping":      {func(p *plan) { p.header.Mapping = []byte("{\"a\":\"\xff\"}") }, "write the header: a text is not UTF-8"},
		"who":          {func(p *plan) { p.provenance.Who = "\xff" }, "write the provenance: a text is not UTF-8"},
		"title bytes":  {func(p *plan) { p.changes[4].Product.Title = new("\xe2\x80") }, `product "-7": a text is not UTF-8`},
		"name bytes":   {func(p *plan) { p.changes[0].Category.Name = "\xc2" }, `category "-1": a text is not UTF-8`},
		"long header":  {func(p *plan) { p.header.PolicyText = strings.Repeat("x", 64<<20) }, "write the header: the line is too long"},
		"long title":   {func(p *plan) { p.changes[4].Product.Title = new(strings.Repeat("x", 1<<20)) }, `product "-7": the line is too long`},
		"long label": {func(p *plan) { p.changes[8].Reference.Label = strings.Repeat("x", 1<<20) },
			`reference "menu", column "category_id", row ["1"]: the line is too long`},
		"order":   {func(p *plan) { p.changes[1], p.changes[0] = p.changes[0], p.changes[1] }, `category "-1" is out of order: it comes after "9"`},
		"kinds":   {func(p *plan) { p.changes[4], p.changes[0] = p.changes[0], p.changes[4] }, `a category comes after a product`},
		"late":    {func(p *plan) { p.changes[7], p.changes[8] = p.changes[8], p.changes[7] }, `a product comes after a reference`},
		"twice":   {func(p *plan) { p.changes[5] = p.changes[4] }, `product "-7" comes twice`},
		"fate":    {func(p *plan) { p.changes[4].Product.Fate = "" }, `product "-7": unknown fate ""`},
		"nothing": {func(p *plan) { p.changes[4] = migrate.Change{} }, `a change is of one category, product or reference`},
		"two": {func(p *plan) { p.changes[4].Category = p.changes[0].Category },
			`a change is of one category, product or reference`},
	} {
		t.Run(name, func(t *testing.T) {
			p := small()
			c.change(p)
			w := planfile.NewWriter(io.Discard)
			if _, err := p.writeTo(w); err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if _, err := w.Finish(p.totals(), nil); err == nil {
				t.Error("the plan is finished all the same")
			}
		})
	}
}

// TestTurns calls a writer out of turn.
func TestTurns(t *testing.T) {
	p := small()
	w := planfile.NewWriter(io.Discard)
	if err := w.Add(p.changes[0]); err == nil || err.Error() != "the plan is not begun" {
		t.Errorf("Add first: %v", err)
	}
	if _, err := planfile.NewWriter(io.Discard).Finish(migrate.Totals{}, nil); err == nil || err.Error() != "the plan is not begun" {
		t.Errorf("Finish first: %v", err)
	}
	w = planfile.NewWriter(io.Discard)
	if err := w.Begin(p.header, p.provenance); err != nil {
		t.Fatal(err)
	}
	if err := w.Begin(p.header, p.provenance); err == nil || err.Error() != "the plan is begun already" {
		t.Errorf("Begin again: %v", err)
	}
	w = planfile.NewWriter(io.Discard)
	if _, err := p.writeTo(w); err != nil {
		t.Fatal(err)
	}
	if err := w.Add(p.changes[0]); err == nil || err.Error() != "the plan is finished" {
		t.Errorf("Add at the end: %v", err)
	}
	w = planfile.NewWriter(io.Discard)
	if err := w.Begin(p.header, p.provenance); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Finish(p.totals(), nil); err == nil || !strings.HasPrefix(err.Error(), "finish the plan: the totals are") {
		t.Errorf("other totals: %v", err)
	}
}

// TestMemory writes and reads a plan far larger than the heap it may take.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes and reads 250 MB")
	}
	const lines, most = 300_000, 24 << 20
	for _, name := range []string{"p.plan", "p.plan.zst"} {
		path := filepath.Join(t.TempDir(), name)
		for range 2 { // what other tests left, in pools too
			runtime.GC()
		}
		var peak uint64
		sample := func(i int) {
			if i%10_000 == 0 {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse)
			}
		}
		writeLarge(t, path, lines, sample)
		f, err := planfile.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, err := range f.Changes() {
			if err != nil {
				t.Fatal(err)
			}
			sample(n)
			n++
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if n != lines || peak > most {
			t.Errorf("%s: %d lines, at most %d bytes in use", name, n, peak)
		}
		t.Logf("%s: %d KiB in use", name, peak>>10)
	}
}

// TestPaths keeps paths outside the digest and inside the sum, even where a
// category is called sum.
func TestPaths(t *testing.T) {
	p := small()
	bare, want := p.text(t)
	p.paths = map[taxonomy.ID]string{"7": "Software > Utilities", "sum": `Odd > "sum":`}
	text, got := p.text(t)
	if got.Digest != want.Digest {
		t.Errorf("paths changed the digest from %s to %s", want.Digest, got.Digest)
	}
	if text == bare {
		t.Error("paths are not in the file")
	}
	read, trailer, err := load(put(t, "a.plan", text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p.paths, trailer.Paths); diff != "" || len(read.changes) == 0 {
		t.Errorf("paths (-written +read):\n%s", diff)
	}
	forged := strings.Replace(text, "Software > Utilities", "Software > Games", 1)
	if _, _, err := load(put(t, "b.plan", forged)); err == nil {
		t.Error("a forged path was read")
	}
}
