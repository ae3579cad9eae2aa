package main_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// recipes are the blocks of the README's scripted cutover, by their names.
func recipes(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, f := range fences(t) {
		switch {
		case f.is == "recipe" && f.lang == "cron":
			out["cron"] = f.text
		case f.is == "recipe":
			out[f.name] = f.text
		case f.lang == "yaml" && f.name != "" && f.is != "recipe":
			out[f.name] = f.text
		}
	}
	return out
}

// market is a folder in which the recipes are tried: the demo's catalog, the
// tutorial's policy and mapping, the script, and stubs of what belongs to a
// forge or takes time. Calls of stubs are kept in the file calls.
type market struct {
	t       *testing.T
	dir     string
	at      string // what the clock says
	env     []string
	recipes map[string]string
}

func newMarket(t *testing.T) *market {
	t.Helper()
	for _, tool := range []string{"bash", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("there is no %s here", tool)
		}
	}
	m := &market{t: t, dir: t.TempDir(), at: "2021-10-05T20:00:00+08:00", recipes: recipes(t)}
	t.Chdir(m.dir)
	layOutDemo(t, "market.db")
	for _, name := range []string{"market.yaml", "crypto.yaml", "cutover"} {
		if m.recipes[name] == "" {
			t.Fatalf("the README has no %s", name)
		}
		m.write(name, m.recipes[name])
	}
	m.write("dsn", filepath.Join(m.dir, "market.db")+"\n")
	for _, stub := range []string{"gh", "glab", "sleep"} {
		m.write("bin/"+stub, `#!/bin/sh
{ printf %s "${0##*/}"; printf ' <%s>' "$@"; echo; case "$*" in *"--body-file -") cat;; esac; } >>`+m.dir+`/calls
if [ -f lock.pid ] && [ "${0##*/}" = sleep ]; then kill -9 "$(cat lock.pid)"; rm lock.pid; fi
`)
	}
	return m
}

func (m *market) write(name, text string) {
	m.t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o755)); err != nil {
		m.t.Fatal(err)
	}
}

func (m *market) read(name string) string {
	m.t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		m.t.Fatal(err)
	}
	return string(text)
}

// shell runs commands as a forge does, and gives what they print and their
// exit code.
func (m *market) shell(commands string, env ...string) (string, int) {
	m.t.Helper()
	commands = strings.ReplaceAll(strings.ReplaceAll(commands, "/srv/market", m.dir), "/etc/recat/market", filepath.Join(m.dir, "dsn"))
	cmd := exec.Command("bash", "-e", "-o", "pipefail", "-c", commands)
	cmd.Env = slices.Concat(os.Environ(), []string{"NOW=" + m.at, "CI=true", "PATH=" + filepath.Join(m.dir, "bin") + ":" + os.Getenv("PATH"),
		"RECAT_LOCK_TIMEOUT=50ms"}, m.env, env)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		m.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// must runs commands that must exit with a code, and say something.
func (m *market) must(code int, says, commands string, env ...string) {
	m.t.Helper()
	out, got := m.shell(commands, env...)
	if got != code || !strings.Contains(out, says) {
		m.t.Fatalf("%s\nexits with %d and says\n%swhere %d and %q were expected", commands, got, out, code, says)
	}
}

// approve plans and approves as a person does, and gives the digest's first
// digits.
func (m *market) approve() string {
	m.t.Helper()
	m.must(0, "approved crypto.plan", m.recipes["approve"])
	digest := regexp.MustCompile(`"digest":"sha256:([0-9a-f]{8})`).FindStringSubmatch(m.read("crypto.plan"))
	if digest == nil {
		m.t.Fatal("the plan has no digest")
	}
	return digest[1]
}

// cutOver runs what applies the plan on its date, twice: the second run
// changes nothing.
func (m *market) cutOver(commands string, env ...string) {
	m.t.Helper()
	m.at = "2021-10-07T22:00:00+08:00"
	m.must(0, "run 1 recorded", commands, env...)
	if last := lastLine(m.read("crypto.events")); !strings.Contains(last, `"type":"result"`) || !strings.Contains(last, `"outcome":"applied"`) {
		m.t.Errorf("the last event is %s", last)
	}
	after := m.read("market.db")
	m.must(0, "already applied: run 1", commands, env...)
	if m.read("market.db") != after {
		m.t.Error("the second run changed the catalog")
	}
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// planned makes the plan that cron and systemd apply.
func (m *market) planned() string {
	m.t.Helper()
	m.must(0, "written to crypto.plan", "recat plan crypto.yaml --out crypto.plan")
	return m.approve()
}

var atCatalog = []string{"RECAT_CATALOG=market.db", "RECAT_MAPPING=market.yaml"}

func TestRecipeCron(t *testing.T) {
	m := newMarket(t)
	m.env = atCatalog
	digest := m.planned()
	m.env = nil
	var env []string
	command := ""
	for line := range strings.Lines(m.recipes["cron"]) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.Contains(name, " ") {
			env = append(env, name+"="+strings.ReplaceAll(value, "/etc/recat/market", filepath.Join(m.dir, "dsn")))
			continue
		}
		fields := regexp.MustCompile(`\s+`).Split(strings.TrimSpace(line), 6)
		if strings.Join(fields[:5], " ") != "0 22 7 10 *" {
			t.Fatalf("it begins at %v", fields[:5])
		}
		command = fields[5]
	}
	m.cutOver(strings.Replace(command, "7f3a91c2", digest, 1), env...)
}

func TestRecipeSystemd(t *testing.T) {
	m := newMarket(t)
	m.env = atCatalog
	digest := m.planned()
	m.env = nil
	units := map[string]map[string][]string{}
	for _, name := range []string{"recat-crypto.timer", "recat-crypto.service"} {
		units[name] = unit(t, m.recipes[name])
		m.write(name, strings.ReplaceAll(m.recipes[name], "/srv/market", m.dir))
		if err := os.Chmod(name, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := exec.LookPath("systemd-analyze"); err == nil {
		out, _ := m.shell("systemd-analyze verify ./recat-crypto.timer ./recat-crypto.service; systemd-analyze calendar --iterations=1 '" +
			units["recat-crypto.timer"]["Timer.OnCalendar"][0] + "'")
		if strings.Contains(out, "recat-crypto") || !strings.Contains(out, "2021-10-07 22:00:00 Asia/Shanghai") {
			t.Errorf("systemd says\n%s", out)
		}
	}
	service := units["recat-crypto.service"]
	if service["Service.WorkingDirectory"][0] != "/srv/market" || service["Service.LoadCredential"][0] != "catalog:/etc/recat/market" {
		t.Errorf("the service is %v", service)
	}
	m.write("credentials/catalog", m.read("dsn"))
	var env []string
	for _, e := range service["Service.Environment"] {
		env = append(env, strings.ReplaceAll(e, "%d", filepath.Join(m.dir, "credentials")))
	}
	m.cutOver(strings.Replace(service["Service.ExecStart"][0], "7f3a91c2", digest, 1), env...)
}

// unit reads a unit's file: Section.Key.
func unit(t *testing.T, text string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	section := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		key, value, ok := strings.Cut(line, "=")
		switch {
		case line == "":
		case strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]"):
			section = strings.Trim(line, "[]")
		case !ok || section == "":
			t.Fatalf("%q is no line of a unit", line)
		default:
			out[section+"."+key] = append(out[section+"."+key], value)
		}
	}
	return out
}

// workflow is what the test reads of GitHub's file.
type workflow struct {
	On          map[string]any    `yaml:"on"`
	Permissions map[string]string `yaml:"permissions"`
	Env         map[string]string `yaml:"env"`
	Jobs        map[string]struct {
		If          string            `yaml:"if"`
		RunsOn      []string          `yaml:"runs-on"`
		Permissions map[string]string `yaml:"permissions"`
		Steps       []step            `yaml:"steps"`
	} `yaml:"jobs"`
}

type step struct {
	Uses string            `yaml:"uses"`
	Run  string            `yaml:"run"`
	If   string            `yaml:"if"`
	Env  map[string]string `yaml:"env"`
	With map[string]string `yaml:"with"`
}

// steps runs the steps of a job in their order, until one fails; then those
// that are for failures.
func (m *market) steps(steps []step, filled map[string]string, global map[string]string) (said string, failed bool) {
	m.t.Helper()
	for _, s := range steps {
		if strings.Contains(s.Run, "${{") {
			m.t.Errorf("%q has an expression: what it holds would be run", s.Run)
		}
		if s.Run == "" || failed != (s.If == "failure()") {
			continue
		}
		out, code := m.shell(s.Run, append(fill(m.t, global, filled), fill(m.t, s.Env, filled)...)...)
		said += out
		failed = failed || code != 0
		if code != 0 && s.If == "failure()" {
			m.t.Fatalf("%s\nfails: %s", s.Run, out)
		}
	}
	return said, failed
}

// fill fills in the expressions of an environment.
func fill(t *testing.T, env, filled map[string]string) []string {
	t.Helper()
	var out []string
	for name, value := range env {
		value = regexp.MustCompile(`\$\{\{ *(.*?) *\}\}`).ReplaceAllStringFunc(value, func(e string) string {
			known, ok := filled[strings.TrimSpace(strings.Trim(e, "${}"))]
			if !ok {
				t.Errorf("the test does not know %s", e)
			}
			return known
		})
		out = append(out, name+"="+value)
	}
	return out
}

func TestRecipeGitHub(t *testing.T) {
	m := newMarket(t)
	var w workflow
	if err := yaml.Unmarshal([]byte(m.recipes[".github/workflows/recat.yaml"]), &w); err != nil {
		t.Fatal(err)
	}
	if w.On["pull_request"] == nil || w.On["schedule"] == nil || len(w.Permissions) > 0 || len(w.Jobs) != 2 {
		t.Errorf("the workflow is %+v", w)
	}
	for name, job := range w.Jobs {
		if job.If == "" || job.RunsOn == nil || job.Permissions["contents"] != "read" || job.Steps[0].Uses != "actions/checkout@v6" {
			t.Errorf("the job %s is %+v", name, job)
		}
	}
	filled := map[string]string{"secrets.RECAT_CATALOG": "market.db", "github.token": "secret", "github.event.number": "12"}
	if said, failed := m.steps(w.Jobs["plan"].Steps, filled, w.Env); failed || !strings.Contains(said, "written to crypto.plan") {
		t.Fatalf("the plan fails:\n%s", said)
	}
	if calls := m.read("calls"); calls != "gh <pr> <comment> <12> <--edit-last> <--create-if-none> <--body-file> <comment.md>\n" {
		t.Errorf("the forge is told %s", calls)
	}
	if comment := m.read("comment.md"); !strings.Contains(comment, "crypto-mining-ban") {
		t.Errorf("the comment is %s", comment)
	}
	filled["vars.CRYPTO_DIGEST"] = m.approve()
	apply := w.Jobs["apply"].Steps
	m.at = "2021-10-07T21:50:00+08:00"
	if said, failed := m.steps(apply, filled, w.Env); failed || !strings.Contains(said, "run 1 recorded") {
		t.Fatalf("the cutover fails:\n%s", said)
	}
	if said, failed := m.steps(apply, filled, w.Env); failed || !strings.Contains(said, "already applied: run 1") {
		t.Fatalf("the second cutover fails:\n%s", said)
	}
	m.must(0, "", "recat undo last --yes; rm crypto.approval", atCatalog...)
	if said, failed := m.steps(apply, filled, w.Env); !failed || !strings.Contains(said, "noinput") {
		t.Fatalf("without its approval the cutover does not fail:\n%s", said)
	}
	if calls := m.read("calls"); !strings.HasSuffix(calls, "gh <issue> <create> <--title> <crypto.plan is not applied> <--body-file> <->\napproval crypto.approval: not found\n") {
		t.Errorf("the forge is told\n%s", calls)
	}
}

func TestRecipeGitLab(t *testing.T) {
	m := newMarket(t)
	var ci struct {
		Variables   map[string]string
		Plan, Apply struct {
			Script []string
			Rules  []struct{ If string }
		}
	}
	if err := yaml.Unmarshal([]byte(m.recipes[".gitlab-ci.yml"]), &ci); err != nil {
		t.Fatal(err)
	}
	for name, value := range ci.Variables {
		m.env = append(m.env, name+"="+strings.ReplaceAll(value, "$CATALOG_FILE", filepath.Join(m.dir, "dsn")))
	}
	m.must(0, "written to crypto.plan", strings.Join(ci.Plan.Script, "\n"), "CI_MERGE_REQUEST_IID=12")
	if calls := m.read("calls"); !strings.HasPrefix(calls, "glab <mr> <note> <12> <--unique> <--message> <") || !strings.Contains(calls, "crypto-mining-ban") {
		t.Errorf("the forge is told %s", calls)
	}
	m.cutOver(strings.Join(ci.Apply.Script, "\n"), "CRYPTO_DIGEST="+m.approve())
}

// TestRecipeCodes has the script act on the exit codes of apply.
func TestRecipeCodes(t *testing.T) {
	m := newMarket(t)
	m.env = atCatalog
	digest := m.planned()
	m.at = "2021-10-07T22:00:00+08:00"
	cutover := "./cutover crypto.plan " + digest

	m.must(4, "refused (4)", "./cutover crypto.plan 00000000")

	// Busy: it tries again once the lock is gone, and gives up after three.
	const lock = "lock market.db locked & echo $! >lock.pid; until [ -f locked ]; do :; done; rm locked; "
	m.must(6, "busy (6)", "( "+lock+"mv lock.pid held; "+cutover+` ) || { code=$?; kill -9 "$(cat held)"; exit $code; }`)
	if n := strings.Count(m.read("calls"), "sleep <60>"); n != 3 {
		t.Errorf("it waited %d times", n)
	}
	m.must(0, "run 1 recorded", lock+cutover)
	m.must(0, "", "recat undo last --yes")

	// Stale: it plans again and shows what changed.
	m.write("stale.sql", "UPDATE categories SET name = 'Miners' WHERE id = 100012;")
	m.must(0, "", "sql market.db stale.sql")
	m.must(3, "", cutover)
	if out, _ := m.shell(cutover); !strings.Contains(out, "stale (3)") {
		t.Errorf("stale says\n%s", out)
	}

	// Window: with --wait that is the end.
	m.write("late.yaml", strings.Replace(m.recipes["crypto.yaml"], "effective: 2021-10-08", "effective: 2021-10-08, expires: 2021-10-09", 1))
	m.write("back.sql", "UPDATE categories SET name = 'Blockchain Miners' WHERE id = 100012;")
	m.must(0, "", "sql market.db back.sql; recat plan late.yaml --out late.plan; recat approve late.plan --by Lin --out late.approval")
	m.at = "2021-10-10T00:00:00+08:00"
	late := regexp.MustCompile(`"digest":"sha256:([0-9a-f]{8})`).FindStringSubmatch(m.read("late.plan"))[1]
	m.must(5, "late.plan has expired", fmt.Sprintf("./cutover late.plan %s", late))
}
