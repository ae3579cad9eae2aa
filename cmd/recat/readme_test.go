package main_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/cmd/internal/cli"
	"recat/fixtures"
	"recat/migrate/advice"
	"recat/migrate/catalog"
	"recat/migrate/policyfile"
	"recat/migrate/rule"
)

// TestREADME holds the transcript in the README against what recat demo
// prints, times apart.
func TestREADME(t *testing.T) {
	const file, begin, end = "../../README.md", "<!-- demo -->\n", "<!-- /demo -->\n"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	old, after, found := strings.Cut(rest, end)
	if !ok || !found {
		t.Fatalf("%s has no block between %q and %q", file, begin, end)
	}
	var out, errs bytes.Buffer
	w := cli.OS()
	w.Args, w.Stdin, w.Stdout, w.Stderr = []string{"demo"}, strings.NewReader(""), &out, &errs
	w.LookupEnv = func(string) (string, bool) { return "", false }
	if code := cli.Main(w); code != 0 {
		t.Fatalf("recat demo exits with %d: %s", code, errs.String())
	}
	now := "```console\n" + telling(out.String()) + "```\n"
	if timeless(now) == timeless(old) {
		return
	}
	if !*update {
		t.Fatal("the transcript is not what recat demo prints; go test ./cmd/recat -update rewrites it")
	}
	if err := os.WriteFile(file, []byte(before+begin+now+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// telling picks from the demo's output the scenes that a reader of the README
// wants to see: those that show again what was shown are left out.
func telling(output string) string {
	scenes := strings.Split(output, "\n\n")
	var kept []string
	skip := false
	for _, s := range scenes {
		if begins := strings.HasPrefix(s, "# ") || strings.HasPrefix(s, "$ "); begins {
			skip = slices.ContainsFunc([]string{"$ recat verify last", "$ recat show last", "$ recat history"}, func(command string) bool {
				return strings.Contains(s, command+"\n")
			})
		}
		if !skip {
			kept = append(kept, strings.TrimSuffix(s, "\n"))
		}
	}
	return strings.Join(kept, "\n\n") + "\n"
}

// fence is a block of code in the README: its language, what else stands
// behind that, and its text.
type fence struct {
	lang, is, name, text string
}

func fences(t *testing.T) []fence {
	t.Helper()
	var out []fence
	for _, m := range regexp.MustCompile("(?ms)^```(\\w+) ?(\\S*) ?(\\S*)\n(.*?)^```$").FindAllStringSubmatch(readme(t), -1) {
		out = append(out, fence{m[1], m[2], m[3], m[4]})
	}
	return out
}

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestREADMEFiles reads every policy and mapping of the README as recat does.
func TestREADMEFiles(t *testing.T) {
	sides := map[string]string{}
	for _, f := range fences(t) {
		if f.lang == "csv" {
			sides[f.is] = f.text
		}
	}
	conditions, err := rule.NewEnv(nil)
	if err != nil {
		t.Fatal(err)
	}
	read := map[string]int{}
	for i, f := range fences(t) {
		if f.lang != "yaml" || f.is == "recipe" {
			continue
		}
		read[f.is]++
		name := fmt.Sprintf("block %d", i+1)
		switch f.is {
		case "mapping":
			_, err = catalog.ParseMapping(name, []byte(f.text))
		case "policy":
			_, err = policyfile.Parse(policyfile.Source{Name: name, Text: []byte(f.text), Open: func(side string) ([]byte, error) {
				text, ok := sides[side]
				if !ok {
					return nil, fs.ErrNotExist
				}
				return []byte(text), nil
			}}, conditions)
		default:
			err = fmt.Errorf("it is neither policy nor mapping, but %q", f.is)
		}
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, f.text)
		}
	}
	if read["policy"] < 3 || read["mapping"] < 2 {
		t.Errorf("only %v were read", read)
	}
}

// TestREADMETutorial does what the README tells a newcomer to do. The demo's
// catalog stands for the newcomer's own.
func TestREADMETutorial(t *testing.T) {
	dir := t.TempDir()
	db, err := sql.Open("sqlite3", filepath.Join(dir, "market.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := fixtures.Demo(context.Background(), db); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	at := "2021-10-05T20:00:00+08:00"
	shell := func(command string) string {
		t.Helper()
		for _, tool := range []string{"sh", "sha256sum", "jq"} {
			if _, err := exec.LookPath(tool); err != nil && strings.Contains("sh "+command, tool+" ") {
				t.Skipf("there is no %s here", tool)
			}
		}
		cmd := exec.Command("sh", "-e", "-c", command)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "NOW="+at, "CI=", "RECAT_CATALOG=market.db")
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v\n%s%s", command, err, out, errs.String())
		}
		return string(out)
	}
	planned := regexp.MustCompile(`digest sha256:([0-9a-f]{64})`)
	digest := ""
	for _, f := range fences(t) {
		switch {
		case f.lang == "sh" && f.is == "tutorial" && f.name == "digest":
			if out := shell(f.text); strings.Count(out, digest) != 2 || len(sums(out)) != 2 {
				t.Errorf("the shell's digest and sum are not the plan's %s:\n%s", digest, out)
			}
		case f.lang == "sh" && f.is == "tutorial":
			out := shell(f.text)
			if found := planned.FindStringSubmatch(out); found != nil && digest == "" {
				digest = found[1]
			}
		case f.lang == "yaml" && f.is != "recipe" && f.name != "":
			if err := os.WriteFile(filepath.Join(dir, f.name), []byte(f.text), 0o644); err != nil {
				t.Fatal(err)
			}
		case f.lang == "crontab":
			at = "2021-10-07T22:00:00+08:00"
			_, command, ok := strings.Cut(f.text, "cd /srv/market && ")
			if !ok || !strings.Contains(command, "--expect 7f3a91c2") {
				t.Fatalf("the crontab's line is another: %s", f.text)
			}
			if out := shell(strings.Replace(command, "7f3a91c2", digest[:8], 1)); !strings.Contains(out, "run 1 recorded") {
				t.Errorf("no run: %s", out)
			}
			at = "2021-10-08T09:00:00+08:00"
		}
	}
}

// sums are the different SHA-256 sums in a text.
func sums(text string) []string {
	found := regexp.MustCompile(`[0-9a-f]{64}`).FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// TestREADMETables holds the tables of commands and exit codes against what
// the commands say themselves.
func TestREADMETables(t *testing.T) {
	text := readme(t)
	var commands, wantCommands []string
	for _, m := range regexp.MustCompile("(?m)^\\| `recat ([a-z ]+)` \\| (.*) \\|$").FindAllStringSubmatch(text, -1) {
		commands = append(commands, m[1]+": "+m[2])
	}
	codes := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\| (\d+) \| (\w+) \| (.*) \|$`).FindAllStringSubmatch(text, -1) {
		codes[m[1]] = m[2] + ": " + m[3]
	}
	wantCodes := map[string]string{}
	listed := regexp.MustCompile(`(?m)^  ([a-z]+) {2,}(\S.*)$`)
	status := regexp.MustCompile(`(?m)^ +(\d+)  (\w+) +(.*)$`)
	var walk func(path []string)
	walk = func(path []string) {
		if len(path) > 3 { // and on without an end: a help has a line that looks like a command
			t.Fatalf("recat %s is no command", strings.Join(path, " "))
		}
		page := help(t, path)
		for _, m := range status.FindAllStringSubmatch(page, -1) {
			wantCodes[m[1]] = m[2] + ": " + m[3]
		}
		for _, m := range listed.FindAllStringSubmatch(page, -1) {
			if m[1] == "help" || m[1] == "completion" || m[1] == "recat" {
				continue
			}
			sub := append(slices.Clone(path), m[1])
			wantCommands = append(wantCommands, strings.Join(sub, " ")+": "+m[2])
			walk(sub)
		}
	}
	walk(nil)
	if diff := cmp.Diff(wantCommands, commands); diff != "" {
		t.Errorf("commands (-help +README):\n%s", diff)
	}
	if diff := cmp.Diff(wantCodes, codes); diff != "" {
		t.Errorf("exit codes (-help +README):\n%s", diff)
	}
}

// TestREADMEPresets holds the table of presets against the presets.
func TestREADMEPresets(t *testing.T) {
	var told, want []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9-]+)` \\| ([^|]*) \\| [^|]* \\| [^|]* \\|$").FindAllStringSubmatch(readme(t), -1) {
		told = append(told, m[1]+": "+m[2])
	}
	for _, name := range catalog.Presets() {
		m, err := catalog.Preset(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, name+": "+m.Platform())
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("presets (-recat +README):\n%s", diff)
	}
}

// TestREADMERules holds the table of what a check of policies finds.
func TestREADMERules(t *testing.T) {
	var told, want []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| ((?:error|warning)[^|]*) \\| ([^|]*) \\|$").FindAllStringSubmatch(readme(t), -1) {
		told = append(told, strings.Join(m[1:], ": "))
	}
	for _, r := range advice.Rules() {
		level := string(r.Level)
		if r.Catalog {
			level += ", with a catalog"
		}
		want = append(want, strings.Join([]string{r.ID, level, r.Title}, ": "))
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("rules (-recat +README):\n%s", diff)
	}
}

func help(t *testing.T, command []string) string {
	t.Helper()
	var out bytes.Buffer
	w := cli.OS()
	w.Args, w.Stdout = append(slices.Clone(command), "--help"), &out
	if code := cli.Main(w); code != 0 {
		t.Fatalf("%v --help exits with %d", command, code)
	}
	return out.String()
}
