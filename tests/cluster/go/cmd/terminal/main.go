// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Command terminal stands in for ttyd, which no package registry has: a web terminal on a real pty that takes the
// arguments of ttyd which the collection uses, and speaks its protocol.
//
//	GET /       a page, GET /token the token that the page sends; both ask for the credentials
//	GET /ws     WebSocket of the protocol "tty". The client begins with {"AuthToken": ..., "columns": ..., "rows": ...},
//	            then sends "0" and input or "1" and a new size; the server sends "0" and output
package main

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"github.com/gorilla/websocket"
	"golang.org/x/sys/unix"
)

const page = "<!doctype html><title>terminal</title>stand-in for ttyd\n"

type server struct {
	token       string
	writable    bool
	checkOrigin bool
	folder      string
	command     []string
}

type size struct {
	AuthToken string
	Columns   uint16 `json:"columns"`
	Rows      uint16 `json:"rows"`
}

func main() {
	port := flag.Int("port", 7681, "port to listen on")
	credential := flag.String("credential", "", "username:password")
	folder := flag.String("cwd", "", "folder of the command")
	writable := flag.Bool("writable", false, "take input")
	checkOrigin := flag.Bool("check-origin", false, "refuse pages of other hosts")
	flag.Int("debug", 7, "log level (ignored)")
	flag.Parse()
	if flag.NArg() == 0 {
		log.Fatal("no command")
	}
	one := server{writable: *writable, checkOrigin: *checkOrigin, folder: *folder, command: flag.Args()}
	if *credential != "" {
		if !strings.Contains(*credential, ":") {
			log.Fatal("invalid credential, format: username:password")
		}
		one.token = base64.StdEncoding.EncodeToString([]byte(*credential))
	}
	http.HandleFunc("/", one.guarded(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, page) }))
	http.HandleFunc("/token", one.guarded(func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(map[string]string{"token": one.token})
	}))
	http.HandleFunc("/ws", one.session)
	log.Fatal(http.ListenAndServe(fmt.Sprintf(":%d", *port), nil))
}

func (s server) guarded(answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.token != "" && !same(r.Header.Get("Authorization"), "Basic "+s.token) {
			w.Header().Set("WWW-Authenticate", `Basic realm="ttyd"`)
			http.Error(w, "unauthorized", http.StatusUnauthorized)
			return
		}
		answer(w, r)
	}
}

func same(given, wanted string) bool {
	return subtle.ConstantTimeCompare([]byte(given), []byte(wanted)) == 1
}

func (s server) originAllowed(r *http.Request) bool {
	if !s.checkOrigin {
		return true
	}
	origin, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && origin.Host == r.Host
}

func (s server) session(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{Subprotocols: []string{"tty"}, CheckOrigin: s.originAllowed}
	client, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer client.Close()
	var begin size
	if client.ReadJSON(&begin) != nil || (s.token != "" && !same(begin.AuthToken, s.token)) {
		refusal := websocket.FormatCloseMessage(websocket.ClosePolicyViolation, "not authenticated")
		client.WriteMessage(websocket.CloseMessage, refusal)
		return
	}
	terminal, process, err := s.start(begin)
	if err != nil {
		log.Print(err)
		return
	}
	go func() {
		forward(terminal, client)
		client.Close()
	}()
	s.receive(client, terminal)
	process.Process.Signal(syscall.SIGHUP)
	terminal.Close()
	process.Wait()
}

// start runs the command on a pty of its own and returns our end.
func (s server) start(begin size) (*os.File, *exec.Cmd, error) {
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	if err = unix.IoctlSetPointerInt(int(ours.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		return nil, nil, err
	}
	number, err := unix.IoctlGetInt(int(ours.Fd()), unix.TIOCGPTN)
	if err != nil {
		return nil, nil, err
	}
	theirs, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	defer theirs.Close()
	resize(ours, begin)
	process := exec.Command(s.command[0], s.command[1:]...)
	process.Dir = s.folder
	process.Stdin, process.Stdout, process.Stderr = theirs, theirs, theirs
	process.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	return ours, process, process.Start()
}

func resize(terminal *os.File, to size) {
	unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: to.Rows, Col: to.Columns})
}

func forward(terminal *os.File, client *websocket.Conn) {
	buffer := make([]byte, 4096)
	for {
		count, err := terminal.Read(buffer)
		if err != nil || client.WriteMessage(websocket.BinaryMessage, append([]byte("0"), buffer[:count]...)) != nil {
			return
		}
	}
}

func (s server) receive(client *websocket.Conn, terminal *os.File) {
	for {
		_, message, err := client.ReadMessage()
		if err != nil {
			return
		}
		switch {
		case len(message) > 0 && message[0] == '0' && s.writable:
			terminal.Write(message[1:])
		case len(message) > 0 && message[0] == '1':
			var to size
			if json.Unmarshal(message[1:], &to) == nil {
				resize(terminal, to)
			}
		}
	}
}
