package catalogtest_test

import (
	"flag"
	"os"
	"testing"

	"recat/migrate/catalogtest"
)

// TestMain has Memory tried more often than the slower catalogs are.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "400"); err != nil {
		panic(err)
	}
	flag.Parse() // what the command line says holds
	os.Exit(m.Run())
}

func TestMemoryLaws(t *testing.T) { catalogtest.Laws(t, catalogtest.OpenMemory) }
