package view_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"recat/cmd/internal/view"
	"recat/migrate"
)

// browser starts a Chromium. RECAT_TEST_CHROMIUM names one, or demands that
// one be there: any value makes a missing one a failure.
func browser(t testing.TB) context.Context {
	t.Helper()
	named, demanded := os.LookupEnv("RECAT_TEST_CHROMIUM")
	var path string
	for _, name := range []string{named, "chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	switch {
	case testing.Short():
		t.Skip("starts a Chromium")
	case path == "" && demanded:
		t.Fatalf("RECAT_TEST_CHROMIUM=%q: no Chromium there, nor on the PATH", named)
	case path == "":
		t.Skip("needs a Chromium: install Debian's chromium, or name one in RECAT_TEST_CHROMIUM")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true), chromedp.WSURLReadTimeout(time.Minute))
	if os.Geteuid() == 0 { // the sandbox refuses root
		options = append(options, chromedp.NoSandbox)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	return ctx
}

// tab is a page in a browser, and what the browser complained of.
type tab struct {
	testing.TB
	ctx context.Context
	url string

	mu         sync.Mutex
	complaints []string
}

// open opens a page, where script may run or not.
func open(t testing.TB, browser context.Context, page []byte, script bool) *tab {
	t.Helper()
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, page, 0o600); err != nil {
		t.Fatal(err)
	}
	p := &tab{TB: t, url: "file://" + path}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithListener(p.listen))
	t.Cleanup(cancel)
	p.ctx = ctx
	p.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !script})
		return err
	}), chromedp.Navigate(p.url))
	return p
}

// listen keeps errors, violations of the page's policy, dialogs and requests
// for anything but the page.
func (p *tab) listen(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	complain := func(format string, args ...any) { p.complaints = append(p.complaints, fmt.Sprintf(format, args...)) }
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		complain("exception: %v", e.ExceptionDetails)
	case *runtime.EventConsoleAPICalled:
		complain("console.%s", e.Type)
	case *log.EventEntryAdded:
		complain("%s: %s", e.Entry.Source, e.Entry.Text)
	case *network.EventRequestWillBeSent:
		if url, _, _ := strings.Cut(e.Request.URL, "#"); url != p.url {
			complain("request: %s", e.Request.URL)
		}
	}
}

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.Fatal(err)
	}
}

// says evaluates an expression, which must give a text.
func (p *tab) says(expression string) string {
	p.Helper()
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		p.Fatalf("%s: %v", expression, err)
	}
	return text
}

// run runs a statement in the page.
func (p *tab) run(statement string) {
	p.Helper()
	p.says("(() => { " + statement + "; return ''; })()")
}

// want holds an expression against a text.
func (p *tab) want(expression, text string) {
	p.Helper()
	if got := p.says(expression); got != text {
		p.Errorf("%s\ngot  %q\nwant %q", expression, got, text)
	}
}

// quiet fails where the browser complained.
func (p *tab) quiet() {
	p.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.complaints {
		p.Errorf("the browser complains: %s", c)
	}
}

// page writes a page.
func page(t testing.TB, write func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The product table of a page, as its tests look at it.
const (
	inTable  = `document.querySelector('#product-rows `
	count    = inTable + `.shown').textContent`
	firstID  = inTable + `tbody th').textContent`
	controls = `#product-rows .controls `
)

// choose sets a filter to the value whose option begins with a text.
func choose(name, option string) string {
	return fmt.Sprintf(`(() => { const label = [...document.querySelectorAll('%slabel')].find(l => l.firstChild.data === %q), s = label.querySelector('select');
		s.value = [...s.options].find(o => o.text.startsWith(%q)).value; s.dispatchEvent(new Event('change')); return s.value; })()`, controls, name, option)
}

const clear = `document.querySelector('` + controls + `button').click()`

// TestPageInChromium searches, filters, sorts and turns the pages of the
// product table, and follows a link that filters it.
func TestPageInChromium(t *testing.T) {
	p := open(t, browser(t), page(t, (largePlan{25_000}).page), true)
	const holds = "; this page holds 20,000 of them"
	p.want(count, "100 of 25,000 products shown"+holds)
	p.want(inTable+`.pager span').textContent`, "page 1 of 200")

	p.do(chromedp.SendKeys(chromedp.CSS(controls+`input[type=search]`), "LOT 7000"))
	p.want(inTable+`tbody td[data-label=Title]').textContent.includes('lot 7000') ? 'found' : 'not'`, "found")
	p.run(clear)
	for _, f := range [][3]string{
		{"Fate", "reassign", "reassign"}, {"On sale", "no", "no"}, {"State", "ended", "ended"}, {"Rule", "tutorials", "tutorials"},
		{"Category", "Consumer Electronics > Blockchain Miners > Blockchain Miners", "Consumer Electronics > Blockchain Miners > Blockchain Miners"},
		{"Goes to", "Consumer Electronics > Power Supplies", "Consumer Electronics > Power Supplies"}} {
		p.run(choose(f[0], f[1]))
		p.want(`[...new Set([...document.querySelectorAll('#product-rows tbody td[data-label="`+f[0]+`"]')].map(td => td.textContent))].join('|')`, f[2])
		if got := p.says(count); !strings.Contains(got, " found; ") {
			t.Errorf("filtered by %s: %q", f[0], got)
		}
		p.run(clear)
	}
	p.run(`[...document.querySelectorAll('` + controls + `label')].find(l => l.firstChild.data === 'Seller').querySelector('input').id = 'seller'`)
	p.do(chromedp.SendKeys(chromedp.CSS("#seller"), "seller 12 co"))
	p.want(`[...new Set([...document.querySelectorAll('#product-rows td[data-label=Seller]')].map(td => td.textContent))].join('|')`, "Seller 12 Co., Ltd.")
	p.run(clear)
	p.want(count, "100 of 25,000 products shown"+holds)

	p.run(inTable + `.pager button:last-child').click()`)
	p.want(inTable+`.pager span').textContent`, "page 2 of 200")
	p.run(`document.querySelector('a[data-filters*=tutorials]').click()`)
	p.want(count, "25 found; 25 of 25,000 products shown"+holds)
	p.want(`location.hash`, "#products")
	p.quiet()
}

// TestPageRemarks follows a remark to the products that it speaks of.
func TestPageRemarks(t *testing.T) {
	plan := mainPlan()
	p := open(t, browser(t), page(t, func(w io.Writer) error {
		return view.PlanHTML(w, plan.summary(t), plan.Changes(), view.PageOptions{})
	}), true)
	p.run(`document.querySelector('.remarks a[data-filters*="hidden row"]').click()`)
	p.want(`[...document.querySelectorAll('#product-rows tbody tr')].map(tr => tr.querySelector('td[data-label=Besides]').textContent).join('|')`, "hidden row")
	p.run(`document.querySelector('.remarks a[data-filters*="decided by"]').click()`)
	p.want(`[...document.querySelectorAll('#product-rows tbody td[data-label=Why]')].every(td => td.textContent.includes('decided by')) ? 'decided' : 'not'`, "decided")
	p.quiet()
}

// TestPrintedPage tells that a printed table is cut, and says so.
func TestPrintedPage(t *testing.T) {
	p := open(t, browser(t), page(t, (largePlan{300}).page), true)
	p.run(`dispatchEvent(new Event('beforeprint'))`)
	p.want(`String(document.querySelectorAll('#product-rows tbody tr').length)`, "40")
	p.want(count, "40 of 300 products shown on paper; the page on a screen shows the others")
	p.run(`dispatchEvent(new Event('afterprint'))`)
	p.want(count, "100 of 300 products shown")
	p.quiet()
}

// TestPageByKeyboard sorts with the keyboard, and tells it to screen readers.
func TestPageByKeyboard(t *testing.T) {
	p := open(t, browser(t), page(t, (largePlan{300}).page), true)
	p.do(chromedp.KeyEvent(kb.Tab))
	p.want(`document.activeElement.textContent`, "Skip to the content")
	p.do(chromedp.KeyEvent(kb.Enter))
	p.want(`location.hash`, "#main")
	p.do(chromedp.Focus(chromedp.CSS(`#product-rows th:nth-child(2) button`)))
	for _, want := range [][2]string{{"ascending", "1000000"}, {"descending", "1000299"}, {"null", "1000000"}} {
		p.do(chromedp.KeyEvent(kb.Enter))
		p.want(`String(`+inTable+`th:nth-child(2)').getAttribute('aria-sort'))`, want[0])
		p.want(firstID, want[1])
	}
	p.want(`[...document.querySelectorAll('input, select')].every(e => e.labels.length === 1 && e.labels[0].textContent.trim() !== '') ? 'labelled' : 'not'`, "labelled")
	p.want(inTable+`.shown').getAttribute('role')`, "status")
	p.want(`[...document.querySelectorAll('table')].every(t => t.caption && [...t.tHead.querySelectorAll('th')].every(h => h.scope === 'col')) ? 'told' : 'not'`, "told")
	p.quiet()
}

// TestHostileInChromium tells that hostile text stays text in a real browser:
// nothing runs, nothing is fetched, nothing is added to the page.
func TestHostileInChromium(t *testing.T) {
	b := browser(t)
	all := strings.Join(append(append([]string{}, hostileMarkup...), "\x00\u202e\u2066x\x1b[31m", `<svg onload=alert(1)>`, `{"__proto__":1}`), " ")
	for name, write := range pages(t, all) {
		p := open(t, b, page(t, write), true)
		p.want(`String(document.querySelectorAll('img, iframe, object, form, b, svg[onload], [onerror], [onfocus], [style]').length)`, "0")
		p.want(`String(document.scripts.length - document.querySelectorAll('script[type="application/json"]').length)`, "1")
		p.want(`document.body.textContent.includes(`+fmt.Sprintf("%q", view.Safe(all))+`) ? 'text' : 'not'`, "text")
		if t.Failed() {
			t.Errorf("that was the page of the %s", name)
		}
		p.quiet()
	}
	large := everywhere(all)
	for i := range 150 {
		large.changes = append(large.changes, migrate.Change{Product: product(i, all, migrate.Delist, all, all, "100011")})
	}
	p := open(t, b, page(t, func(w io.Writer) error {
		return view.PlanHTML(w, large.summary(t), large.Changes(), view.PageOptions{})
	}), true)
	p.run(inTable + `.pager button:last-child').click()`)
	p.want(`String(document.querySelectorAll('img, b, form').length)`, "0")
	p.want(inTable+`tbody td[data-label=Title]').textContent.includes('<img src=x onerror') ? 'text' : 'not'`, "text")
	p.quiet()
}

// TestPageWithoutScript tells that a page reads where nothing runs.
func TestPageWithoutScript(t *testing.T) {
	p := open(t, browser(t), page(t, (largePlan{300}).page), false)
	text, err := chromedp.Run(p.ctx, chromedp.Text(chromedp.CSS("body")))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"crypto-mining-ban", "Look first", "100 of 300 products shown", "Antminer S19 Pro 91 TH/s, lot 1", digestA} {
		if !strings.Contains(text, want) {
			t.Errorf("without script the page does not say %q", want)
		}
	}
	p.quiet()
}

// BenchmarkOpen tells how long a page of 20,000 products takes to be read,
// and until its first rows show.
func BenchmarkOpen(b *testing.B) {
	chromium := browser(b)
	written := page(b, (largePlan{view.ProductsEmbedded}).page)
	var loaded float64
	for b.Loop() {
		p := open(b, chromium, written, true)
		ms, err := chromedp.Run(p.ctx, chromedp.Evaluate[float64](`performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd`))
		if err != nil {
			b.Fatal(err)
		}
		p.want(count, "100 of 20,000 products shown")
		loaded += ms
	}
	b.ReportMetric(loaded/float64(b.N), "ms-to-DOMContentLoaded")
}
