// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

//go:build tailnet

// Command tailnet is a tailnet for the tests: a control server, a relay and a STUN server in one. It is built inside
// Tailscale's module, whose control server for tests it runs.
//
//	ADDRESS  where machines find the relay: the pod's address
//	DOMAIN   domain of the machines' names
//	KEY      auth key that a machine has to show
//
// Machines join on port 8080. GET /machines tells which have; after POST /open none needs the key any more, so that one
// that has joined can come back without it: the control server for tests asks for it every time.
package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"

	"tailscale.com/derp/derpserver"
	"tailscale.com/net/stunserver"
	"tailscale.com/tailcfg"
	"tailscale.com/tstest/integration/testcontrol"
	"tailscale.com/types/key"
)

const (
	controlPort = "8080"
	relayPort   = 8443
	stunPort    = 3478
)

// What machines ask the control server. Anything else, such as a probe, would end it.
var machinePaths = []string{"/key", "/ts2021", "/machine/", "/c2n/", "/generate_204"}

type machine struct {
	Name      string         `json:"name"`
	Key       string         `json:"key"`
	Addresses []netip.Prefix `json:"addresses"`
}

func main() {
	address := os.Getenv("ADDRESS")
	control := &testcontrol.Server{
		DERPMap:          relays(address),
		DNSConfig:        &tailcfg.DNSConfig{},
		MagicDNSDomain:   os.Getenv("DOMAIN"),
		RequireAuthKey:   os.Getenv("KEY"),
		AllNodesSameUser: true,
		AllOnline:        true,
		ExplicitBaseURL:  "http://" + net.JoinHostPort(address, controlPort),
	}
	relay()
	stun()
	http.HandleFunc("GET /machines", func(w http.ResponseWriter, _ *http.Request) {
		if err := json.NewEncoder(w).Encode(machines(control)); err != nil {
			log.Printf("cannot tell the machines: %v", err)
		}
	})
	http.HandleFunc("POST /open", func(http.ResponseWriter, *http.Request) { control.RequireAuthKey = "" })
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		for _, path := range machinePaths {
			if strings.HasPrefix(r.URL.Path, path) {
				control.ServeHTTP(w, r)
				return
			}
		}
		http.NotFound(w, r)
	})
	log.Fatal(http.ListenAndServe(":"+controlPort, nil))
}

func machines(control *testcontrol.Server) []machine {
	found := []machine{}
	for _, node := range control.AllNodes() {
		found = append(found, machine{strings.TrimSuffix(node.Name, "."), node.Key.String(), node.Addresses})
	}
	return found
}

// relays tells machines the one way around what keeps them from each other.
func relays(address string) *tailcfg.DERPMap {
	node := &tailcfg.DERPNode{
		Name:             "1a",
		RegionID:         1,
		HostName:         address,
		IPv4:             address,
		IPv6:             "none",
		DERPPort:         relayPort,
		STUNPort:         stunPort,
		STUNTestIP:       address,
		InsecureForTests: true,
	}
	region := &tailcfg.DERPRegion{RegionID: 1, RegionCode: "test", Nodes: []*tailcfg.DERPNode{node}}
	return &tailcfg.DERPMap{Regions: map[tailcfg.DERPRegionID]*tailcfg.DERPRegion{1: region}}
}

func relay() {
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{Port: relayPort})
	if err != nil {
		log.Fatal(err)
	}
	// With a certificate of its own, which machines take from a relay that is for tests.
	server := httptest.NewUnstartedServer(derpserver.Handler(derpserver.New(key.NewNode(), log.Printf)))
	if err := server.Listener.Close(); err != nil {
		log.Fatal(err)
	}
	server.Listener = listener
	// The relay takes the connection over, which HTTP/2 does not let it.
	server.Config.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){}
	server.StartTLS()
}

func stun() {
	server := stunserver.New(context.Background())
	go func() { log.Fatal(server.ListenAndServe(":3478")) }()
}
