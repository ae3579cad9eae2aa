package cli

import (
	"context"
	"io"
	"time"

	"recat/migrate/catalog"
)

// printGrants prints the run tables and the rights that a role needs.
func printGrants(ctx context.Context, w *World, t catalog.Target, opts mapOptions) error {
	m, err := opts.mapping(ctx, w, t)
	if err != nil {
		return err
	}
	options := w.reading()
	options.Effective = time.Unix(0, 0) // expressions with :effective need one, and which does not matter here
	cat, err := catalog.Open(ctx, t, m, options)
	if err != nil {
		return err
	}
	defer cat.Close()
	script, err := cat.GrantScript(ctx, catalog.GrantOptions{Role: opts.Role, Reader: opts.Reader})
	if err != nil {
		return err
	}
	return w.writeTo(opts.Out, 0o644, func(out io.Writer) error {
		_, err := io.WriteString(out, script)
		return err
	})
}
