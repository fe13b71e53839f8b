// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Command tunnel stands in for cloudflared: it takes the same command line, variable and files, and refuses what that
// one refuses. Where cloudflared asks Cloudflare for requests, this one takes those that it gets on port 7844 of loopback
// for such, and brings them on with the headers that Cloudflare adds.
package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
)

const (
	brought = "127.0.0.1:7844"
	// Somebody on the Internet, as Cloudflare sees him.
	client = "203.0.113.7"
	// Where a tunnel that is managed at Cloudflare leads.
	gateway  = "http://127.0.0.1:18789"
	notFound = "http_status:404"
)

type rule struct {
	Hostname string `json:"hostname"`
	Service  string `json:"service"`
}

type tunnel struct {
	id    string
	rules []rule
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
		return serve(found, *metrics)
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
		return tunnel{parts.T, []rule{{Service: gateway}}}, nil
	}
	var file struct {
		Tunnel          string `json:"tunnel"`
		CredentialsFile string `json:"credentials-file"`
		Ingress         []rule `json:"ingress"`
	}
	var credentials struct{ TunnelID string }
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
	return tunnel{credentials.TunnelID, file.Ingress}, nil
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
		return fmt.Errorf("%s/ready endpoint returned status code %d", metrics, answer.StatusCode)
	}
	return nil
}

func serve(found tunnel, metrics string) error {
	log.Printf("Starting tunnel tunnelID=%s", found.id)
	failed := make(chan error)
	listen := func(address string, handler http.Handler) { failed <- http.ListenAndServe(address, handler) }
	telling := http.NewServeMux()
	telling.HandleFunc("/ready", func(w http.ResponseWriter, _ *http.Request) {
		if _, err := io.WriteString(w, `{"status":200,"readyConnections":1}`); err != nil {
			log.Print(err)
		}
	})
	go listen(metrics, telling)
	go listen(brought, found)
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
			request.Out.Header.Set("Cf-Connecting-Ip", client)
			request.Out.Header.Set("X-Forwarded-For", client)
			request.Out.Header.Set("X-Forwarded-Proto", "https")
		}
		(&httputil.ReverseProxy{Rewrite: bring}).ServeHTTP(w, r)
		return
	}
}
