package testkit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// nginxConfig serves one directory in the foreground, in one process, so that it
// needs no user of its own.
const nginxConfig = `daemon off;
master_process off;
pid %[1]s/pid;
error_log stderr warn;
events {}
http {
	access_log %[1]s/access.log;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	sendfile on;
	server {
		listen %[2]s;
		root %[3]s;
		autoindex on;
	}
}
`

// Nginx is the machine's nginx, serving one directory on the loopback address.
type Nginx struct {
	command *exec.Cmd
	said    *bytes.Buffer
	url     string
	dir     string
}

// StartNginx serves root, with what nginx itself writes in dir, until Close.
func StartNginx(ctx context.Context, dir, root string) (*Nginx, error) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, nginxConfig, dir, address, root), 0o600); err != nil {
		return nil, err
	}
	program, err := exec.LookPath("nginx")
	if err != nil {
		program = "/usr/sbin/nginx" // which is not in everybody's PATH
	}
	n := &Nginx{command: exec.Command(program, "-e", "stderr", "-p", dir, "-c", config), said: new(bytes.Buffer), url: "http://" + address, dir: dir}
	n.command.Stderr = n.said
	if err := n.command.Start(); err != nil {
		return nil, fmt.Errorf("%w: install the Debian package nginx-light", err)
	}
	for range 400 {
		if r, err := http.Get(n.url); err == nil {
			return n, r.Body.Close()
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), n.Close())
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil, errors.Join(fmt.Errorf("nginx does not answer at %s", n.url), n.Close())
}

// URL is the address of the directory, without a slash at its end.
func (n *Nginx) URL() string { return n.url }

// Log returns the lines of the access log: a line for each request, with its status.
func (n *Nginx) Log() ([]byte, error) { return os.ReadFile(filepath.Join(n.dir, "access.log")) }

// Close ends nginx. What it complained of is the error.
func (n *Nginx) Close() error {
	err := n.command.Process.Signal(os.Interrupt)
	_ = n.command.Wait() // ended by our signal
	if err == nil && n.said.Len() > 0 {
		err = fmt.Errorf("nginx says: %s", n.said)
	}
	return err
}
