// Command measure mirrors, publishes and reads back an archive of many small
// packages, with the built program and the machine's own apt, and prints what
// each step took of time and memory, whole processes.
//
//	go run ./test/measure -n 60000
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/aptarium/aptarium/internal/testkit"
)

func main() {
	n := flag.Int("n", 60000, "how many packages")
	program := flag.String("program", "bin/aptarium", "the program to measure")
	makeOnly := flag.Bool("make", false, "only make the archive")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if *makeOnly {
		_, err = testkit.BigArchive(ctx, *n)
	} else {
		err = run(ctx, *program, *n)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

// measured runs the program and prints its time and peak memory.
func measured(ctx context.Context, what, program string, args ...string) error {
	c := exec.CommandContext(ctx, program, args...)
	began := time.Now()
	out, err := c.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", what, err, out)
	}
	usage, ok := c.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return fmt.Errorf("the system does not tell what a process used")
	}
	fmt.Printf("%-34s %8.2f s %8.2f s CPU %6d MB\n", what, time.Since(began).Seconds(),
		(c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds(), usage.Maxrss/1024)
	return nil
}

func run(ctx context.Context, program string, n int) error {
	// The archive is made by another process: the system counts what a parent
	// had in memory when it forked as its children's.
	maker, err := os.Executable()
	if err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, maker, "-make", "-n", strconv.Itoa(n)).CombinedOutput(); err != nil {
		return fmt.Errorf("making the archive: %w\n%s", err, out)
	}
	big, err := testkit.BigArchive(ctx, n)
	if err != nil {
		return err
	}
	upstream := testkit.NewUpstream(big.Dir)
	defer upstream.Close()
	dir, err := os.MkdirTemp("", "aptarium-measure-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	keyring := filepath.Join(dir, "keyring.asc")
	keys, err := big.Key.Public().Armored()
	if err != nil {
		return err
	}
	own, err := testkit.Package{Name: "measured-one", Version: "1", Architecture: "all"}.Deb()
	if err != nil {
		return err
	}
	deb := filepath.Join(dir, "measured-one_1_all.deb")
	for name, data := range map[string][]byte{keyring: keys, deb: own} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			return err
		}
	}
	data := []string{"--data", filepath.Join(dir, "data")}
	for _, step := range []struct {
		what string
		args []string
	}{
		{"mirror create", []string{"mirror", "create", "big", upstream.URL(), big.Codename, "--keyring", keyring}},
		{"first sync", []string{"mirror", "sync", "big"}},
		{"sync, nothing new", []string{"mirror", "sync", "big"}},
		{"repo create", []string{"repo", "create", "own"}},
		{"first publish", []string{"publish", "create", "debian", big.Codename, "--source", "mirror:big", "--source", "repo:own"}},
		{"snapshot", []string{"snapshot", "create", "then", "--from", "mirror:big"}},
		{"repo add", []string{"repo", "add", "own", deb}},
		{"publish after one added package", []string{"publish", "update", "debian", big.Codename}},
	} {
		if err := measured(ctx, step.what, program, append(step.args, data...)...); err != nil {
			return err
		}
	}
	return readBack(ctx, program, dir, data, big)
}

// answers waits until a server does.
func answers(ctx context.Context, url string) error {
	for range 200 {
		if r, err := http.Get(url); err == nil {
			r.Body.Close()
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(25 * time.Millisecond):
		}
	}
	return fmt.Errorf("nobody answers at %s", url)
}

// readBack serves what was published and counts what apt sees.
func readBack(ctx context.Context, program, dir string, data []string, big *testkit.Big) error {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	listen := free.Addr().String()
	if err := free.Close(); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	server := exec.CommandContext(ctx, program, append([]string{"serve", "--listen", listen}, data...)...)
	if err := server.Start(); err != nil {
		return err
	}
	if err := answers(ctx, "http://"+listen+"/readyz"); err != nil {
		return err
	}
	source, err := testkit.AptSource("http://"+listen+"/archive/debian", big.Codename, "main", nil)
	if err != nil {
		return err
	}
	apt, err := testkit.NewApt(filepath.Join(dir, "apt"), testkit.AptOptions{Architecture: big.Architecture, Sources: strings.TrimSpace(source) + "\nTrusted: yes\n"})
	if err != nil {
		return err
	}
	began := time.Now()
	if _, err := apt.Update(ctx); err != nil {
		return err
	}
	took := time.Since(began)
	count, err := apt.CountPackages(ctx)
	if err != nil {
		return err
	}
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	_ = server.Wait() // ended by our signal
	usage, _ := server.ProcessState.SysUsage().(*syscall.Rusage)
	fmt.Printf("%-34s %8.2f s            the server: %6d MB\n", "apt-get update", took.Seconds(), usage.Maxrss/1024)
	fmt.Printf("apt sees %d packages of %d and one of our own\n", count, big.Packages)
	if count != big.Packages+1 {
		return fmt.Errorf("that is not all of them")
	}
	return nil
}
