package catalog

import "context"

// TriggerEvent reads the event of a CREATE TRIGGER statement.
var TriggerEvent = triggerEvent

// DSN is the driver's name for a target that is only read.
func (t Target) DSN() string { return t.dsn("ro", 1000) }

// Exec runs a statement on the catalog's own connection.
func (c *Catalog) Exec(ctx context.Context, query string) error { return exec(ctx, c.conn, query) }
