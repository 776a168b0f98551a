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
	"io"
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
	serve := flag.Bool("serve", false, "make the archive, print where it is served, and serve it until standard input ends")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if *serve {
		err = serveArchive(ctx, *n)
	} else {
		err = run(ctx, *program, *n)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

// serveArchive makes and serves the archive.
func serveArchive(ctx context.Context, n int) error {
	big, err := testkit.BigArchive(ctx, n)
	if err != nil {
		return err
	}
	upstream := testkit.NewUpstream(big.Dir)
	defer upstream.Close()
	fmt.Println(upstream.URL())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// archive has another process make and serve the archive: the system counts what
// a parent had in memory when it forked as its children's.
func archive(ctx context.Context, n int) (big *testkit.Big, url string, stop func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, "", nil, err
	}
	c := exec.CommandContext(ctx, self, "-serve", "-n", strconv.Itoa(n))
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		return nil, "", nil, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, "", nil, err
	}
	if err := c.Start(); err != nil {
		return nil, "", nil, err
	}
	stop = func() {
		in.Close()
		_ = c.Wait() // it ends with its input
	}
	if _, err := fmt.Fscanln(out, &url); err != nil {
		stop()
		return nil, "", nil, fmt.Errorf("making the archive: %w", err)
	}
	big, err = testkit.BigArchive(ctx, n) // it is there now
	return big, url, stop, err
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
	big, url, stop, err := archive(ctx, n)
	if err != nil {
		return err
	}
	defer stop()
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
		{"mirror create", []string{"mirror", "create", "big", url, big.Codename, "--keyring", keyring}},
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
