package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"recat/migrate"
)

// signatureNamespace keeps a signature of anything else from standing for an
// approval.
const signatureNamespace = "recat-approval"

// errNoKeygen says that OpenSSH's ssh-keygen is not installed.
var errNoKeygen = errors.New("ssh-keygen is not installed, and signatures are its work: install OpenSSH 8.2 or later")

// signer signs approvals and verifies them by OpenSSH's ssh-keygen.
type signer struct {
	program string
	dir     string // of files that it is handed; removed by Close
}

func newSigner() (*signer, error) {
	program, err := exec.LookPath("ssh-keygen")
	if err != nil {
		return nil, errNoKeygen
	}
	dir, err := os.MkdirTemp("", "recat-approval-*")
	if err != nil {
		return nil, fmt.Errorf("make a folder for signatures: %w", err)
	}
	return &signer{program: program, dir: dir}, nil
}

// Close removes what was written.
func (s *signer) Close() { _ = os.RemoveAll(s.dir) }

// run runs ssh-keygen on a text. Times without a zone are UTC on every machine.
func (s *signer) run(ctx context.Context, text []byte, args ...string) (out, said string, err error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, s.program, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(text), &stdout, &stderr
	cmd.Env = append(os.Environ(), "TZ=UTC", "LC_ALL=C")
	err = cmd.Run()
	return stdout.String(), strings.TrimSpace(stderr.String()), err
}

// file writes what ssh-keygen reads from a file.
func (s *signer) file(name string, text []byte) (string, error) {
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return "", fmt.Errorf("hand ssh-keygen %s: %w", name, err)
	}
	return path, nil
}

// sign gives the signature of a text by a private key, or by the agent's for a
// public one.
func (s *signer) sign(ctx context.Context, key string, text []byte) ([]byte, error) {
	if _, err := os.Stat(key); err != nil {
		return nil, missing("key", key, err)
	}
	out, said, err := s.run(ctx, text, "-Y", "sign", "-n", signatureNamespace, "-f", key)
	if err != nil {
		return nil, migrate.Refuse("sign with %s: %s", key, lastLine(said, err))
	}
	return []byte(out), nil
}

// goodSignature is what ssh-keygen says of a signature that holds.
var goodSignature = regexp.MustCompile(`^Good "` + signatureNamespace + `" signature for .* (SHA256:[A-Za-z0-9+/]+)\s*$`)

// verify holds an approval's text against its signature, as of when it says it
// was given, and gives the key's fingerprint. Whoever approves must be among
// the signers under that name.
func (s *signer) verify(ctx context.Context, signers string, a handed) (key string, err error) {
	allowed, err := s.file("signers", []byte(signers))
	if err != nil {
		return "", err
	}
	signature, err := s.file("signature", a.signature)
	if err != nil {
		return "", err
	}
	out, said, err := s.run(ctx, a.text, "-Y", "verify", "-f", allowed, "-I", oneSpaced(a.By), "-n", signatureNamespace, "-s", signature,
		"-Overify-time="+a.At.UTC().Format("20060102150405"))
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		if said == "" {
			said = strings.TrimSpace(out)
		}
		return "", migrate.Refuse("%s: the signature does not hold for %q at %s: %s", a.path, a.By, a.At.UTC().Format(time.RFC3339), lastLine(strings.ReplaceAll(said, s.dir+string(filepath.Separator), ""), err))
	}
	found := goodSignature.FindStringSubmatch(strings.TrimSpace(out))
	if found == nil {
		return "", migrate.Refuse("%s: ssh-keygen does not say by which key it was signed", a.path)
	}
	return found[1], nil
}

// lastLine is what a program said last, or else how it ended.
func lastLine(said string, err error) string {
	if i := strings.LastIndexByte(said, '\n'); i >= 0 {
		said = said[i+1:]
	}
	if said = strings.TrimSpace(said); said == "" {
		return err.Error()
	}
	return said
}

// readSignature reads the detached signature beside an approval; none is nil.
func readSignature(path string) ([]byte, error) {
	text, err := readSmall(path + ".sig")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the signature: %w", err)
	}
	return text, nil
}

// maxApproval bounds the bytes of an approval, and of a signature.
const maxApproval = 1 << 20

// readSmall reads a file that is small, or says so.
func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxApproval+1))
	if err == nil && len(text) > maxApproval {
		err = fmt.Errorf("%s is over %d bytes", path, maxApproval)
	}
	return text, err
}
