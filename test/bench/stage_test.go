package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestPatience(t *testing.T) {
	t.Parallel()
	const s = time.Second
	for _, c := range []struct {
		what     string
		times    []time.Duration
		patience time.Duration
		want     bool
	}{
		{"one run is always made", nil, 0, false},
		{"there is time for another one", []time.Duration{20 * s, 20 * s}, 60 * s, false},
		{"another one would take too long", []time.Duration{20 * s, 20 * s, 20 * s}, 60 * s, true},
		{"the last one tells how long", []time.Duration{1 * s, 40 * s}, 60 * s, true},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			p := &aptarium{}
			stage := newStage(nil, []contender{p}, "", settings{patience: c.patience}, t.Logf)
			stage.samples[p.name()][stepSync] = walls(c.times...)
			if got := stage.exhausted(p, stepSync); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestPlacesAreSpreadEvenly(t *testing.T) {
	t.Parallel()
	for i, want := range []int{10, 30, 50, 70, 90} {
		if got := place(i, 5, 100); got != want {
			t.Errorf("%d of 5 is %d, want %d", i, got, want)
		}
	}
	if got := place(99, 100, 60_000); got != 59_700 {
		t.Errorf("the last of 100 is %d", got)
	}
}

func TestListedBytes(t *testing.T) {
	t.Parallel()
	sum, md5 := strings.Repeat("a", 64), strings.Repeat("b", 32)
	release := "Suite: big\nMD5Sum:\n " + md5 + " 5000 main/binary-amd64/Packages\nSHA256:\n" +
		" " + sum + " 500 main/binary-amd64/Packages\n " + sum + " 70 main/binary-amd64/Packages.gz\n" +
		" " + sum + " 900 main/binary-amd64/Packages.diff/Index\n " + sum + " 900 main/binary-arm64/Packages\n " + sum + " 900 main/Contents-amd64.gz\n"
	if got, err := listedBytes(release, "main/binary-amd64"); err != nil || got != 570 {
		t.Errorf("got %d, %v", got, err)
	}
	for _, release := range []string{"", "SHA256:\n " + sum + " many main/binary-amd64/Packages\n"} {
		if _, err := listedBytes(release, "main/binary-amd64"); err == nil {
			t.Errorf("%q is taken", release)
		}
	}
}

// The memory of this process is not counted as that of the programs it starts.
func TestMeasureCountsTheProgramAlone(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(timeProgram); err != nil {
		t.Fatalf("%v: install the Debian package time", err)
	}
	ballast := make([]byte, 128<<20)
	for i := range len(ballast) / 4096 {
		ballast[i*4096] = 1
	}
	got, err := measure(t.Context(), t.TempDir(), environment(), []string{"sh", "-c", "head -c 1000000 /dev/zero | cksum >/dev/null"})
	runtime.KeepAlive(ballast)
	if err != nil {
		t.Fatal(err)
	}
	if got.Peak < 100_000 || got.Peak > 20*megabyte {
		t.Errorf("a small program took %s", megabytes(got.Peak))
	}
	if got.Wall <= 0 {
		t.Errorf("it took %s", got.Wall)
	}
}

func TestMeasureTellsWhatFailed(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath(timeProgram); err != nil {
		t.Fatalf("%v: install the Debian package time", err)
	}
	_, err := measure(t.Context(), t.TempDir(), environment(), []string{"sh", "-c", "echo no space left; exit 3"})
	if err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("got %v", err)
	}
}

func TestInvokeNamesTheRemedy(t *testing.T) {
	t.Parallel()
	_, err := invoke(t.Context(), environment(), []string{"a-program-that-is-not-there"})
	if err == nil || !strings.Contains(err.Error(), "test/setup bench") {
		t.Errorf("got %v", err)
	}
}

func TestKindOfDisk(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ device, rotational, want string }{
		{"vda", "1", "a virtual disk"},
		{"nvme0n1", "0", "an NVMe disk"},
		{"sda", "0", "a solid-state disk"},
		{"sda", "1", "a spinning disk"},
		{"sda/sda1", "1", "a spinning disk"},
		{"dm-0", "", "a disk"},
	} {
		t.Run(c.device+c.rotational, func(t *testing.T) {
			t.Parallel()
			device := filepath.Join(t.TempDir(), c.device)
			queue := filepath.Join(strings.TrimSuffix(device, "/sda1"), "queue")
			for _, dir := range []string{device, queue} {
				if err := os.MkdirAll(dir, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if c.rotational != "" {
				if err := os.WriteFile(filepath.Join(queue, "rotational"), []byte(c.rotational+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got := kindOfDisk(device); got != c.want {
				t.Errorf("got %q", got)
			}
		})
	}
}
