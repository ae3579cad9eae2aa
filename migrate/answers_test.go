package migrate_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
	"recat/migrate/catalogtest"
)

// TestAnswersMangled answers a product by an id that a spreadsheet mangled:
// it is refused by its row, with what was probably meant.
func TestAnswersMangled(t *testing.T) {
	const none = "no product of this plan has the id "
	number := func(id, more string) string {
		return "d.csv:2:1: product ids are whole numbers here, and " + id + " is none" + more
	}
	const text = ": a spreadsheet has made a date of it; write it as text"
	tests := []struct {
		name    string
		shape   catalogtest.Shape
		product string // of the catalog
		id      string // as the file has it
		want    string // "" is planned
	}{
		{"a number", catalogtest.Plain, "800123", "800123", ""},
		{"another product's", catalogtest.Plain, "800123", "800124", ""},
		{"decimals", catalogtest.Plain, "800123", "800123.0", number(`"800123.0"`, "; 800123 was probably meant")},
		{"a comma's decimals", catalogtest.Plain, "800123", `"800123,0"`, number(`"800123,0"`, "; 800123 was probably meant")},
		{"thousands", catalogtest.Plain, "800123", `"800,123"`, number(`"800,123"`, "; 800123 was probably meant")},
		{"thousands by points", catalogtest.Plain, "1800123", "1.800.123", number(`"1.800.123"`, "; 1800123 was probably meant")},
		{"thousands by narrow spaces", catalogtest.Plain, "800123", "800\u202f123", number(`"800\u202f123"`, "; 800123 was probably meant")},
		{"a space behind", catalogtest.Plain, "800123", "800123 ", number(`"800123 "`, "; 800123 was probably meant")},
		{"zeros before", catalogtest.Plain, "12", "0012", number(`"0012"`, "; 12 was probably meant")},
		{"a formula", catalogtest.Plain, "12", `"=""12"""`, number(`"=\"12\""`, "; 12 was probably meant")},
		{"wide digits", catalogtest.Plain, "12", "１２", number(`"１２"`, "; 12 was probably meant")},
		{"a date", catalogtest.Plain, "12", "3-Apr", number(`"3-Apr"`, text)},
		{"a date by numbers", catalogtest.Plain, "12", "03/04/2021", number(`"03/04/2021"`, text)},
		{"too narrow a column", catalogtest.Plain, "12", "####", number(`"####"`, ": a spreadsheet could not show it; write it as text")},
		{"plain bad", catalogtest.Plain, "12", "twelve", number(`"twelve"`, "")},

		{"text", catalogtest.FiledOnly, "0012", "0012", ""},
		{"text, another product's", catalogtest.FiledOnly, "0012", "0013", ""},
		{"text, no zeros before", catalogtest.FiledOnly, "0012", "12", `d.csv:2:1: ` + none + `"12"; "0012" was probably meant`},
		{"text, decimals", catalogtest.FiledOnly, "0012", "12.0", `d.csv:2:1: ` + none + `"12.0"; "0012" was probably meant`},
		{"text, space of its own", catalogtest.FiledOnly, "A 1 ", "A 1 ", ""},
		{"text, space lost", catalogtest.FiledOnly, "A 1 ", "A 1", `d.csv:2:1: ` + none + `"A 1"; "A 1 " was probably meant`},
		{"text, a date of numbers", catalogtest.FiledOnly, "4-3", "3-Apr", `d.csv:2:1: ` + none + `"3-Apr"; "4-3" was probably meant`},
		{"text, a date of letters", catalogtest.FiledOnly, "MARCH1", "1-Mar", `d.csv:2:1: ` + none + `"1-Mar"; "MARCH1" was probably meant`},
		{"text, a date of who knows", catalogtest.FiledOnly, "A", "3-Apr", `d.csv:2:1: ` + none + `"3-Apr": a spreadsheet may have made a date of it; write it as text`},
		{"text that looks like a date", catalogtest.FiledOnly, "3-Apr", "3-Apr", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := shop(t, tt.shape, toys)
			title := "a"
			w.Products = []catalogtest.Product{{ID: tt.product, Status: "active", Title: &title, Filed: []catalogtest.Filing{{Category: "5"}}, Category: "5"}}
			if !tt.shape.Memberships {
				w.Products[0].Filed = nil
			}
			if !tt.shape.Column {
				w.Products[0].Category = ""
			}
			_, err := catalogtest.MakePlan(ctx, catalogtest.NewMemory(w), request(t, "remove: [Books]\nproducts: delist\ndecisions: d.csv",
				map[string]string{"d.csv": "product,fate\n" + tt.id + ",delist\n"}))
			got := ""
			if err != nil {
				got = err.Error()
			}
			var file migrate.FileErrors
			if err != nil && !errors.As(err, &file) {
				t.Errorf("not a file's error: %T", err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestAnswersIdle tells which answers meet no product.
func TestAnswersIdle(t *testing.T) {
	for _, shape := range []catalogtest.Shape{catalogtest.Plain, catalogtest.FiledOnly} {
		w := shop(t, shape, toys, "10 active a in 5", "11 active b in 5")
		req := request(t, "remove: [Books]\nproducts: delist\ndecisions: d.csv",
			map[string]string{"d.csv": "product,fate\n99,delist\n11,delist\n98,delist\n"})
		var got []string
		req.Idle = func(d migrate.Unused) { got = append(got, d.Pos.String()+" "+d.Product) }
		if _, err := catalogtest.MakePlan(ctx, catalogtest.NewMemory(w), req); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"d.csv:2:1 99", "d.csv:4:1 98"}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
