// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Command tunnel stands in for cloudflared: it takes the same command line, variable and files, refuses what that one
// refuses, and like that one goes out to an edge to be given the requests of clients there.
//
// How it talks to the edge is its own way: a connection begins with a line of JSON that tells whose tunnel it is; the
// edge answers with a line, which is empty unless it refuses the tunnel; then it sends one request of a client.
package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
)

const (
	// Where a tunnel that is managed at Cloudflare leads.
	gateway  = "http://127.0.0.1:18789"
	notFound = "http_status:404"
)

// What the edge tells about the client, and the proxy below would leave out.
var aboutTheClient = []string{"X-Forwarded-For", "X-Forwarded-Proto"}

type rule struct {
	Hostname string `json:"hostname"`
	Service  string `json:"service"`
}

type tunnel struct {
	account, id, secret string
	rules               []rule
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) == 0 || arguments[0] != "tunnel" {
		return errors.New("the stand-in knows the command tunnel only")
	}
	global := flag.NewFlagSet("tunnel", flag.ContinueOnError)
	global.Bool("no-autoupdate", false, "")
	global.String("loglevel", "info", "")
	metrics := global.String("metrics", "", "")
	config := global.String("config", "", "")
	edge := global.String("edge", "", "")
	if err := global.Parse(arguments[1:]); err != nil {
		return err
	}
	switch global.Arg(0) {
	case "ready":
		return ready(*metrics)
	case "run":
		own := flag.NewFlagSet("run", flag.ContinueOnError)
		own.String("protocol", "auto", "")
		if err := own.Parse(global.Args()[1:]); err != nil {
			return err
		}
		found, err := find(*config)
		if err != nil {
			return err
		}
		if *edge == "" {
			return errors.New("the stand-in does not know Cloudflare's edge: --edge has to be provided")
		}
		return serve(found, *edge, *metrics)
	}
	return fmt.Errorf("the stand-in knows no command %q", global.Arg(0))
}

// find tells which tunnel to run: that of the token, or that of the file.
func find(config string) (tunnel, error) {
	if token := os.Getenv("TUNNEL_TOKEN"); token != "" {
		var parts struct{ A, T, S string }
		decoded, err := base64.StdEncoding.DecodeString(token)
		if err != nil || json.Unmarshal(decoded, &parts) != nil || parts.T == "" {
			return tunnel{}, errors.New("Provided Tunnel token is not valid.")
		}
		return tunnel{parts.A, parts.T, parts.S, []rule{{Service: gateway}}}, nil
	}
	var file struct {
		Tunnel          string `json:"tunnel"`
		CredentialsFile string `json:"credentials-file"`
		Ingress         []rule `json:"ingress"`
	}
	var credentials struct{ AccountTag, TunnelID, TunnelSecret string }
	if err := read(config, &file); err != nil {
		return tunnel{}, err
	}
	if err := read(file.CredentialsFile, &credentials); err != nil {
		return tunnel{}, err
	}
	if file.Tunnel == "" || credentials.TunnelID == "" {
		return tunnel{}, errors.New("neither the file nor its credentials name a tunnel")
	}
	if last := len(file.Ingress) - 1; last < 0 || file.Ingress[last].Hostname != "" {
		return tunnel{}, errors.New("the last ingress rule must match all URLs")
	}
	return tunnel{credentials.AccountTag, credentials.TunnelID, credentials.TunnelSecret, file.Ingress}, nil
}

// read reads a file of ours: cloudflared's are YAML, of which JSON is a part.
func read(path string, into any) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(content, into)
}

// ready asks the tunnel that runs at that address whether it is connected.
func ready(metrics string) error {
	if metrics == "" {
		return errors.New("--metrics has to be provided")
	}
	answer, err := http.Get("http://" + metrics + "/ready")
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("http://%s/ready endpoint returned status code %d", metrics, answer.StatusCode)
	}
	return nil
}

func serve(found tunnel, edge, metrics string) error {
	log.Printf("Starting tunnel tunnelID=%s", found.id)
	connections, err := newConnections(edge, found)
	if err != nil {
		return err
	}
	telling := http.NewServeMux()
	telling.HandleFunc("/ready", func(w http.ResponseWriter, _ *http.Request) {
		if connections.registered.Load() == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	failed := make(chan error)
	go func() { failed <- http.ListenAndServe(metrics, telling) }()
	bringing := &http.Server{Handler: found}
	// One connection, one request: the edge opens none by itself.
	bringing.SetKeepAlivesEnabled(false)
	go func() { failed <- bringing.Serve(connections) }()
	return <-failed
}

// ServeHTTP brings a request to the service of the first rule that fits.
func (t tunnel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host, _, _ := strings.Cut(r.Host, ":")
	for _, rule := range t.rules {
		if rule.Hostname != "" && rule.Hostname != host {
			continue
		}
		service, err := url.Parse(rule.Service)
		if rule.Service == notFound || err != nil {
			http.NotFound(w, r)
			return
		}
		bring := func(request *httputil.ProxyRequest) {
			request.SetURL(service)
			request.Out.Host = r.Host
			for _, name := range aboutTheClient {
				request.Out.Header[name] = request.In.Header[name]
			}
		}
		(&httputil.ReverseProxy{Rewrite: bring}).ServeHTTP(w, r)
		return
	}
}
