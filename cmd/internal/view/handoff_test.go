package view_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/taxonomy"
	"recat/taxonomy/format"
)

func handoff(p plan) view.Handoff {
	return view.Handoff{Header: p.Header(), Digest: p.Trailer().Digest, Paths: p.Trailer().Paths, Changes: p.Changes(),
		Appeal: "https://market.example/appeals?id=1"}
}

// kindOf is the kind of a hand-off's run, "" of a plan.
func kindOf(h view.Handoff) string {
	if h.Run == nil {
		return ""
	}
	return string(h.Run.Kind)
}

func crosswalk(t *testing.T, h view.Handoff) *view.Crosswalk {
	t.Helper()
	c, err := view.NewCrosswalk(h)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func redirects(t *testing.T, h view.Handoff) *view.Redirects {
	t.Helper()
	r, err := view.NewRedirects(h)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// pagesPlan is the main plan with pages: products of one page, one that shares
// its page with a product that stays, hostile ones, some with a query.
func pagesPlan() plan {
	p := mainPlan()
	for i, c := range p.changes {
		switch {
		case c.Category != nil:
			line := *c.Category
			line.URL = ptr("/c/" + strings.ReplaceAll(strings.ToLower(line.Name), " ", "-"))
			p.changes[i].Category = &line
		case c.Product != nil:
			one := *c.Product
			one.URL = ptr("/p/" + one.ID)
			p.changes[i].Product = &one
		}
	}
	page := func(id int, url string) {
		for _, c := range p.changes {
			if c.Product != nil && c.Product.ID == fmt.Sprint(id) {
				c.Product.URL = &url
			}
		}
	}
	page(800101, "/p/800100")
	page(800102, "/p/800200") // a reassigned one's
	page(800103, "/index.php?route=product&id=3")
	page(800104, "//evil.example/p")
	page(800105, "javascript:alert(1)")
	page(800106, "/p/a\nb; return 200")
	page(800107, `/p/"; } location / { return 200 $uri; #`)
	page(800108, "https://shop.example/p/caf%C3%A9%20x")
	page(800109, "")
	page(800110, "/p/$host ~*x")
	return p
}

func ranPages() view.Handoff {
	h, first := handoff(pagesPlan()), runs()[0]
	first.UndoneBy, h.Run = 0, &first
	return h
}

func undidPages() view.Handoff {
	h, first, undo := handoff(pagesPlan()), runs()[0], runs()[1]
	h.Run, h.Undone = &undo, &first
	return h
}

func TestHandoffs(t *testing.T) {
	plan, ran, undid := handoff(pagesPlan()), ranPages(), undidPages()
	bind := func(h view.Handoff, render func(io.Writer, view.Handoff) error) func(io.Writer) error {
		return func(w io.Writer) error { return render(w, h) }
	}
	for name, render := range map[string]func(io.Writer) error{
		"products-run.csv":     bind(ran, view.HandedProductsCSV),
		"products-undo.csv":    bind(undid, view.HandedProductsCSV),
		"sellers.csv":          bind(plan, view.SellersCSV),
		"sellers-run.csv":      bind(ran, view.SellersCSV),
		"notices.csv":          bind(plan, view.NoticesCSV),
		"notices-undo.csv":     bind(undid, view.NoticesCSV),
		"notices.txt":          bind(ran, view.NoticesText),
		"redirects.csv":        redirects(t, plan).CSV,
		"redirects-undo.csv":   redirects(t, undid).CSV,
		"redirects.nginx":      redirects(t, plan).Nginx,
		"redirects-undo.nginx": redirects(t, undid).Nginx,
		"changes.ndjson":       bind(ran, view.EventsNDJSON),
		"crosswalk-undo.csv":   crosswalk(t, undid).CSV,
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, render) })
	}
}

// TestNginx has nginx itself read the maps, and ask them for a few pages.
func TestNginx(t *testing.T) {
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		t.Skip("there is no nginx")
	}
	dir := t.TempDir()
	var b bytes.Buffer
	if err := redirects(t, handoff(pagesPlan())).Nginx(&b); err != nil {
		t.Fatal(err)
	}
	server := "events {}\nhttp { access_log off; map_hash_bucket_size 512; include map.conf; server { listen unix:" + dir + "/s; " +
		"if ($recat_page = 410) { return 410; } if ($recat_page) { return 301 $recat_page; } return 200; } }\n"
	for name, text := range map[string]string{"map.conf": b.String(), "nginx.conf": server} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command(nginx, "-t", "-p", dir, "-c", filepath.Join(dir, "nginx.conf"), "-e", "stderr", "-g", "pid "+dir+"/pid;").CombinedOutput()
	if err != nil {
		t.Errorf("nginx refuses the map: %v\n%s\n%s", err, out, b.String())
	}
}

// TestCrosswalkLeadsBack reads every format of a crosswalk again.
func TestCrosswalkLeadsBack(t *testing.T) {
	c := crosswalk(t, handoff(mainPlan()))
	type rule struct {
		to             []taxonomy.ID
		action, reason string
	}
	all := map[taxonomy.ID]rule{}
	for name, f := range map[string]struct {
		write            func(io.Writer) error
		format           format.CrosswalkFormat
		unmapped, worded bool
	}{
		"csv":     {c.CSV, format.CrosswalkCSV, true, true},
		"json":    {c.JSON, format.RulesJSON, true, true},
		"shopify": {c.Shopify, format.ShopifyJSON, true, false},
		"ebay":    {c.EBay, format.EBayExpired, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := f.write(&b); err != nil {
				t.Fatal(err)
			}
			got, err := format.ReadCrosswalk(&b, name, format.CrosswalkOptions{})
			if err != nil || got.Format != f.format {
				t.Fatalf("read as %s: %v", got.Format, err)
			}
			notice := "Alibaba.com notice of 27 September 2021"
			want := map[taxonomy.ID]rule{"100010": {reason: notice}, "100011": {action: "delist", reason: "prohibited-goods"}, "100012": {action: "delist", reason: "prohibited-goods"},
				"100014": {[]taxonomy.ID{"100020"}, "reassign", "folded into its neighbour"}, "100015": {[]taxonomy.ID{"100020"}, "reassign", notice}}
			for id, r := range want {
				if !f.worded {
					r.action, r.reason = "", ""
				}
				if want[id] = r; !f.unmapped && r.to == nil {
					delete(want, id)
				}
			}
			have := map[taxonomy.ID]rule{}
			for r := range got.Rules.Rules() {
				have[r.From] = rule{r.To, r.Action, r.Reason}
			}
			if diff := cmp.Diff(want, have, cmp.AllowUnexported(rule{})); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			for id, r := range have {
				all[id] = r
			}
		})
	}
}

// TestEventIDs tells that ids are the same each time, differ between plan, run
// and subject, and that an undo's name what they take back.
func TestEventIDs(t *testing.T) {
	type event struct{ ID, Type, Subject, Compensates string }
	read := func(h view.Handoff) (out []event) {
		var b bytes.Buffer
		if err := view.EventsNDJSON(&b, h); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			var e event
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatal(err)
			}
			out = append(out, e)
		}
		return out
	}
	planned, ran, undid := read(handoff(pagesPlan())), read(ranPages()), read(undidPages())
	if diff := cmp.Diff(ran, read(ranPages())); diff != "" {
		t.Errorf("another time, other events:\n%s", diff)
	}
	if len(planned) != len(ran) || len(ran) != len(undid) || ran[0].Type != "recat.version" || ran[len(ran)-1].Type != "recat.end" {
		t.Fatalf("%d, %d and %d events, from %s", len(planned), len(ran), len(undid), ran[0].Type)
	}
	seen := map[string]bool{}
	for i, e := range ran {
		for _, id := range []string{e.ID, planned[i].ID, undid[i].ID} {
			if seen[id] {
				t.Errorf("the id %s is there twice", id)
			}
			seen[id] = true
		}
		if i > 0 && i < len(ran)-1 && (undid[i].Compensates != e.ID || !strings.HasSuffix(undid[i].Type, ".restored")) {
			t.Errorf("%+v does not take back %+v", undid[i], e)
		}
	}
}

// TestNoticeOfAppeal tells a seller where an appeal took the listing.
func TestNoticeOfAppeal(t *testing.T) {
	h, first, undo := handoff(mainPlan()), runs()[0], runs()[1]
	p := product(800100, "Fan", migrate.Delist, "rest", "prohibited-goods", "100011")
	p.Before, p.After = migrate.Placement{}, migrate.Placement{Category: "100020"}
	undo.Appeal, undo.Reason, undo.At = &migrate.Appeal{Products: 1}, "it is a fan", ranAt.Add(time.Hour)
	h.Run, h.Undone, h.Paths, h.Changes = &undo, &first, map[taxonomy.ID]string{"100020": "Fans"}, stream([]migrate.Change{{Product: p}})
	var b bytes.Buffer
	if err := view.NoticesText(&b, h); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"to          Fans\n", "because     it is a fan\n", "decided     by cron@db1\n", "ground      the earlier decision was taken back"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

// A crosswalk says why a category goes, and not why a person let one product.
func TestCrosswalkReason(t *testing.T) {
	p := mainPlan()
	for i, c := range p.changes {
		if c.Product != nil && len(c.Product.From) > 0 && c.Product.From[0] == "100011" && c.Product.Fate == migrate.Delist {
			one := *c.Product
			one.Rule, one.Reason, one.By = "decisions", "seller under review", "Zhao Min"
			p.changes[i].Product = &one
			break // the first
		}
	}
	var b bytes.Buffer
	if err := crosswalk(t, handoff(p)).CSV(&b); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "100011,,delist,prohibited-goods") || strings.Contains(b.String(), "under review") {
		t.Errorf("the reason of a decision is a category's:\n%s", b.String())
	}
}
