package server

import (
	"context"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"
)

// manager is the service manager that started the program, if it wants notices of its
// state (sd_notify(3)).
type manager struct{ socket string }

// notify sends one line. A manager that misses a line ends the program after a time, so
// a failure is only logged.
func (m manager) notify(log *slog.Logger, line string) {
	if m.socket == "" {
		return
	}
	name := m.socket
	if abstract, ok := strings.CutPrefix(name, "@"); ok {
		name = "\x00" + abstract
	}
	conn, err := net.Dial("unixgram", name)
	if err == nil {
		defer conn.Close()
		_, err = conn.Write([]byte(line))
	}
	if err != nil {
		log.Warn("telling the service manager", "line", line, "error", err)
	}
}

// watch says that all is well twice as often as the manager wants to hear it
// (microseconds, as in WATCHDOG_USEC), as long as it is.
func (m manager) watch(ctx context.Context, log *slog.Logger, interval string, well func() bool) {
	micros, err := strconv.ParseInt(interval, 10, 64)
	if m.socket == "" || err != nil || micros < 1000 {
		return
	}
	tick := time.NewTicker(time.Duration(micros) * time.Microsecond / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if well() {
				m.notify(log, "WATCHDOG=1")
			}
		}
	}
}
