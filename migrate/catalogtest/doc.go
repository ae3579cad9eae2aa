// Package catalogtest holds the laws that every migrate.Catalog must keep, as
// a suite that an implementation's own tests call, and what the suite needs:
//
//   - World, a small catalog in neutral terms, which any database can be
//     filled with by its portable SQL, and Edit, a change from outside;
//   - Memory, a Catalog over plain maps, simple enough to be believed, that
//     others are held against;
//   - Faulty, a Catalog that fails, is interrupted or is edited at any one
//     call;
//   - Draft, a plan kept in memory.
//
// An implementation plugs in with one function that fills a fresh database
// with a World:
//
//	func TestLaws(t *testing.T) {
//		catalogtest.Laws(t, func(w *catalogtest.World) (catalogtest.Subject, error) {
//			db := …                      // empty; then w.SQL(), one statement at a time
//			cat := …                     // over db, through the mapping w.Mapping()
//			return catalogtest.Subject{Catalog: cat, Dump: …, Edit: …, Close: …}, nil
//		})
//	}
//
// and, for the shapes that real shops have, with Cases. OneAnswer asks several
// implementations the same. Databases on servers come from servertest. How often each law is
// tried is rapid's own flag, -rapid.checks.
package catalogtest
