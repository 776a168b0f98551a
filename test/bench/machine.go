package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// machine is where the figures are from.
type machine struct {
	Processors int       `json:"processors"`
	Memory     int64     `json:"memory_bytes"`
	Disk       string    `json:"disk"`
	System     string    `json:"system"`
	Load       float64   `json:"load"` // before anything was measured
	At         time.Time `json:"at"`
}

// thisMachine tells about the machine and the disk that dir is on.
func thisMachine(dir string) (machine, error) {
	m := machine{Processors: runtime.NumCPU(), Disk: diskOf(dir), System: "Linux", At: time.Now().UTC().Truncate(time.Second)}
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return m, err
	}
	if _, err := fmt.Sscanf(string(info), "MemTotal: %d kB", &m.Memory); err != nil {
		return m, fmt.Errorf("/proc/meminfo: %w", err)
	}
	m.Memory <<= 10
	load, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return m, err
	}
	first, _, _ := strings.Cut(string(load), " ")
	if m.Load, err = strconv.ParseFloat(first, 64); err != nil {
		return m, fmt.Errorf("/proc/loadavg: %w", err)
	}
	release, err := os.ReadFile("/etc/os-release")
	for line := range strings.Lines(string(release)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "PRETTY_NAME="); ok {
			m.System = strings.Trim(name, `"`)
		}
	}
	return m, err
}

// busy reports whether others used more than a little of the machine.
func (m machine) busy() bool { return m.Load > 0.25*float64(m.Processors) }

func (m machine) String() string {
	text := fmt.Sprintf("%s; %d processors, %d GB of memory, %s; %s", m.At.Format(time.DateOnly), m.Processors, (m.Memory+1<<29)>>30, m.Disk, m.System)
	if m.busy() {
		text += fmt.Sprintf("; others were at work on the machine (load %.1f at the start)", m.Load)
	}
	return text
}

// fileSystems are the names of those that statfs(2) gives numbers for.
var fileSystems = map[int64]string{0xef53: "ext4", 0x58465342: "xfs", 0x9123683e: "btrfs", 0x2fc12fc1: "zfs", 0x01021994: "tmpfs", 0x794c7630: "overlayfs"}

// diskOf tells the file system of a folder and the kind of disk below it.
func diskOf(dir string) string {
	var about syscall.Statfs_t
	if err := syscall.Statfs(dir, &about); err != nil {
		return "an unknown file system"
	}
	name, ok := fileSystems[int64(about.Type)]
	if !ok {
		name = "another file system"
	}
	var file syscall.Stat_t
	if err := syscall.Stat(dir, &file); err != nil {
		return name
	}
	major, minor := file.Dev>>8&0xfff, file.Dev&0xff|file.Dev>>12&0xfff00
	device, err := filepath.EvalSymlinks(fmt.Sprintf("/sys/dev/block/%d:%d", major, minor))
	if err != nil {
		return name // in memory, or of several disks
	}
	return name + " on " + kindOfDisk(device)
}

// kindOfDisk tells what a block device is by its folder in /sys, of a disk or of
// a part of one.
func kindOfDisk(device string) string {
	rotational, err := os.ReadFile(filepath.Join(device, "queue", "rotational"))
	if err != nil {
		rotational, err = os.ReadFile(filepath.Join(filepath.Dir(device), "queue", "rotational"))
	}
	switch name := filepath.Base(device); {
	case strings.HasPrefix(name, "vd"):
		return "a virtual disk"
	case strings.HasPrefix(name, "nvme"):
		return "an NVMe disk"
	case err == nil && strings.TrimSpace(string(rotational)) == "0":
		return "a solid-state disk"
	case err == nil:
		return "a spinning disk"
	}
	return "a disk"
}
