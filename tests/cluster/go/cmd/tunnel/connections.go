// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// How many connections wait at the edge, as cloudflared has it.
	waiting = 4
	pause   = time.Second
	limit   = 5 * time.Second
)

// connections is a listener for what the edge sends: it accepts connections that it has opened to the edge itself.
type connections struct {
	edge     string
	greeting []byte
	places   chan struct{}
	// How many wait at the edge.
	registered atomic.Int32
}

func newConnections(edge string, of tunnel) (*connections, error) {
	told := map[string]string{"account": of.account, "tunnel": of.id, "secret": of.secret}
	greeting, err := json.Marshal(told)
	if err != nil {
		return nil, err
	}
	return &connections{edge: edge, greeting: append(greeting, '\n'), places: make(chan struct{}, waiting)}, nil
}

// Accept returns another connection that waits at the edge. Like cloudflared it tries until the edge takes it.
func (c *connections) Accept() (net.Conn, error) {
	c.places <- struct{}{}
	for {
		opened, err := c.open()
		if err == nil {
			c.registered.Add(1)
			return &connection{Conn: opened, of: c}, nil
		}
		log.Printf("Unable to establish connection with Cloudflare edge error=%q", err)
		time.Sleep(pause)
	}
}

func (c *connections) open() (net.Conn, error) {
	opened, err := net.DialTimeout("tcp", c.edge, limit)
	if err != nil {
		return nil, err
	}
	if err := c.register(opened); err != nil {
		opened.Close()
		return nil, err
	}
	return opened, nil
}

func (c *connections) register(opened net.Conn) error {
	if err := opened.SetDeadline(time.Now().Add(limit)); err != nil {
		return err
	}
	if _, err := opened.Write(c.greeting); err != nil {
		return err
	}
	answer, err := line(opened)
	if err != nil {
		return err
	}
	if answer != "" {
		return fmt.Errorf("Register tunnel error from server side: %s", answer)
	}
	return opened.SetDeadline(time.Time{})
}

// line reads a line and nothing of what follows, which is for the server.
func line(from net.Conn) (string, error) {
	var read strings.Builder
	for letter := make([]byte, 1); ; {
		if _, err := from.Read(letter); err != nil {
			return "", err
		}
		if letter[0] == '\n' {
			return read.String(), nil
		}
		read.Write(letter)
	}
}

func (c *connections) Addr() net.Addr { return &net.TCPAddr{} }

// Close is nothing that a tunnel does before it ends.
func (c *connections) Close() error { return nil }

// connection makes place for another one as soon as it is in use or lost.
type connection struct {
	net.Conn
	of   *connections
	used sync.Once
}

func (c *connection) Read(into []byte) (int, error) {
	count, err := c.Conn.Read(into)
	if count > 0 {
		c.leave()
	}
	return count, err
}

func (c *connection) Close() error {
	c.leave()
	return c.Conn.Close()
}

func (c *connection) leave() {
	c.used.Do(func() {
		c.of.registered.Add(-1)
		<-c.of.places
	})
}
