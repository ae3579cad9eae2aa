package catalog

// TriggerEvent reads the event of a CREATE TRIGGER statement.
var TriggerEvent = triggerEvent

// DSN is the driver's name for a target that is only read.
func (t Target) DSN() string { return t.dsn("ro", 1000) }
