package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"recat/migrate"
	"recat/migrate/catalog"
	"recat/migrate/planfile"
	"recat/migrate/policyfile"
	"recat/migrate/rule"
)

// job is a plan with all that it takes to run it.
type job struct {
	plan    *planfile.File
	path    string
	target  catalog.Target
	mapping *catalog.Mapping
	policy  *migrate.Policy
}

// openJob opens a plan, the mapping it carries and the policy it was made of.
func openJob(path string, s source) (*job, error) {
	target, err := s.target()
	if err != nil {
		return nil, err
	}
	plan, err := planfile.Open(path)
	if err != nil {
		return nil, err
	}
	j := &job{plan: plan, path: path, target: target}
	if err := j.load(s); err != nil {
		j.Close()
		return nil, err
	}
	return j, nil
}

func (j *job) load(s source) (err error) {
	h := j.plan.Header()
	if j.mapping, err = s.carried(h.Mapping); err != nil {
		return err
	}
	own := policyfile.Source{Name: h.PolicyFile, Text: []byte(h.PolicyText), Open: among(h.Files)}
	file, err := readPolicy(own, j.mapping)
	if err != nil {
		return fmt.Errorf("%s: the policy it carries:\n%w", j.path, err)
	}
	j.policy = file.Policy
	return nil
}

// among opens the files that a plan carries.
func among(files map[string]string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		if text, ok := files[name]; ok {
			return []byte(text), nil
		}
		return nil, fmt.Errorf("the plan carries no %s: %w", name, migrate.ErrNoInput)
	}
}

// readPolicy reads a policy, its conditions over the mapping's fields.
func readPolicy(src policyfile.Source, m *catalog.Mapping) (*policyfile.File, error) {
	conditions, err := rule.NewEnv(m.RuleFields())
	if err != nil {
		return nil, fmt.Errorf("declare the mapping's fields to conditions: %w", err)
	}
	return policyfile.Parse(src, conditions)
}

// Close closes the plan; it was only read.
func (j *job) Close() { _ = j.plan.Close() }

// open opens the catalog through the plan's mapping.
func (j *job) open(ctx context.Context, o catalog.Options) (*catalog.Catalog, error) {
	o.Effective = j.plan.Header().Dates.Effective
	return catalog.Open(ctx, j.target, j.mapping, o)
}

// isRun tells a run's number, or `last`, from a plan's file name.
func isRun(arg string) bool {
	_, err := strconv.ParseUint(arg, 10, 63)
	return arg == "last" || err == nil
}

// record is a recorded run with what else is recorded beside it.
type record struct {
	run    migrate.Run
	header migrate.Header // of the plan that it, or the run it undid, applied
	runs   []migrate.Run
}

// findRun looks a run up; last chooses among all where no number is given.
func findRun(ctx context.Context, w *World, t catalog.Target, arg string, last func([]migrate.Run) int64) (record, error) {
	return findRecord(ctx, w, t, func(runs []migrate.Run) (int64, error) {
		if arg != "last" {
			return strconv.ParseInt(arg, 10, 64)
		}
		if id := last(runs); id > 0 {
			return id, nil
		}
		return 0, fmt.Errorf("look for the last run in %s: %w", t, migrate.ErrNoRun)
	})
}

// findRecord looks the run up that pick chooses.
func findRecord(ctx context.Context, w *World, t catalog.Target, pick func([]migrate.Run) (int64, error)) (record, error) {
	c, err := catalog.OpenRuns(ctx, t, w.reading())
	if err != nil {
		return record{}, err
	}
	defer c.Close()
	runs, err := c.Runs(ctx)
	if err != nil {
		return record{}, fmt.Errorf("read the recorded runs: %w", err)
	}
	id, err := pick(runs)
	if err != nil {
		return record{}, err
	}
	i := slices.IndexFunc(runs, func(r migrate.Run) bool { return r.ID == id })
	if i < 0 {
		return record{}, fmt.Errorf("run %d of %s: %w%s", id, t, migrate.ErrNoRun, lastOf(runs))
	}
	r := record{run: runs[i], runs: runs}
	return r, r.readHeader()
}

// lastOf ends a sentence with the last run there is.
func lastOf(runs []migrate.Run) string {
	if len(runs) == 0 {
		return "; none is recorded"
	}
	return fmt.Sprintf("; the last is %d", newest(runs))
}

func (r *record) readHeader() error {
	text := r.run.Header
	for of := r.run; len(text) == 0 && of.Of != 0; { // of an undo, or of an appeal that it took back
		i := slices.IndexFunc(r.runs, func(other migrate.Run) bool { return other.ID == of.Of })
		if i < 0 {
			break
		}
		of = r.runs[i]
		text = of.Header
	}
	if err := json.Unmarshal(text, &r.header); err != nil {
		return fmt.Errorf("read the plan's header that run %d recorded: %w", r.run.ID, err)
	}
	return nil
}

// undos are the runs that took this one back.
func (r record) undos() []migrate.Run {
	return slices.DeleteFunc(slices.Clone(r.runs), func(u migrate.Run) bool {
		return u.Kind != migrate.RunUndo || u.Of != r.run.ID
	})
}

// newest is the number of the last run, 0 where there is none.
func newest(runs []migrate.Run) int64 {
	if len(runs) == 0 {
		return 0
	}
	return runs[len(runs)-1].ID
}

// open opens the catalog through the mapping that the run carries.
func (r record) open(ctx context.Context, t catalog.Target, s source, o catalog.Options) (*catalog.Catalog, error) {
	m, err := s.carried(r.header.Mapping)
	if err != nil {
		return nil, err
	}
	o.Effective = r.header.Dates.Effective
	return catalog.Open(ctx, t, m, o)
}
