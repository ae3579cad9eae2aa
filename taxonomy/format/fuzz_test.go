package format_test

import (
	"bytes"
	"errors"
	"testing"

	"recat/taxonomy/format"
)

// fuzzRead gives any text to one reader, or to all by detection: it must not
// panic, must place its errors, and what makes a tree must survive every
// writer.
func fuzzRead(f *testing.F, as format.Format) {
	for _, s := range samples {
		if as == "" || s.format == as {
			f.Add([]byte(s.text))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := format.Read(bytes.NewReader(text), "f", format.Options{Format: as, MaxBytes: 1 << 20})
		if err != nil {
			placed(t, err)
			return
		}
		tree, err := file.Tree()
		if (err == nil) != (len(file.Check().Fatal()) == 0) {
			t.Fatalf("tree: %v, but Check finds %v", err, file.Check())
		}
		if err != nil {
			return
		}
		for _, w := range writers {
			if err := roundTrip(tree, w); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// placed wants an error with a line and column.
func placed(t *testing.T, err error) {
	var parse *format.ParseError
	if !errors.As(err, &parse) || parse.Line < 1 || parse.Column < 1 || parse.Msg == "" {
		t.Fatalf("error without a place: %#v", err)
	}
}

func FuzzRead(f *testing.F)        { fuzzRead(f, "") }
func FuzzGoogle(f *testing.F)      { fuzzRead(f, format.Google) }
func FuzzGooglePaths(f *testing.F) { fuzzRead(f, format.GooglePaths) }
func FuzzShopify(f *testing.F)     { fuzzRead(f, format.Shopify) }
func FuzzEBayCSV(f *testing.F)     { fuzzRead(f, format.EBayCSV) }
func FuzzEBayFlat(f *testing.F)    { fuzzRead(f, format.EBayFlat) }
func FuzzEBayTree(f *testing.F)    { fuzzRead(f, format.EBayTree) }
func FuzzBestBuy(f *testing.F)     { fuzzRead(f, format.BestBuy) }
func FuzzCSV(f *testing.F)         { fuzzRead(f, format.CSV) }
func FuzzJSON(f *testing.F)        { fuzzRead(f, format.JSON) }

// fuzzCrosswalk is fuzzRead for crosswalks.
func fuzzCrosswalk(f *testing.F, as format.CrosswalkFormat) {
	for _, s := range walks {
		if as == "" || s.format == as {
			f.Add([]byte(s.text))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := format.ReadCrosswalk(bytes.NewReader(text), "f", format.CrosswalkOptions{Format: as, MaxBytes: 1 << 20})
		var defects *format.DefectError
		if errors.As(err, &defects) {
			return
		}
		if err != nil {
			placed(t, err)
			return
		}
		for as := range walkWriters {
			if err := walkRoundTrip(c.Rules, as); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func FuzzCrosswalk(f *testing.F)    { fuzzCrosswalk(f, "") }
func FuzzCrosswalkCSV(f *testing.F) { fuzzCrosswalk(f, format.CrosswalkCSV) }
func FuzzShopifyJSON(f *testing.F)  { fuzzCrosswalk(f, format.ShopifyJSON) }
func FuzzShopifyYAML(f *testing.F)  { fuzzCrosswalk(f, format.ShopifyYAML) }
func FuzzEBayExpired(f *testing.F)  { fuzzCrosswalk(f, format.EBayExpired) }
