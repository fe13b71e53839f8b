// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"reflect"
	"strings"

	"sigs.k8s.io/knftables"
)

const (
	tableName = "openclaw-policy"
	// An nftables comment holds 128 bytes.
	longestComment = 120
	// Like ARP for IPv4, which this table does not see.
	discovery = "icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert }"
)

// table is the nftables table and what this process last wrote into it.
type table struct {
	nft     knftables.Interface
	written map[target]isolation // nil: unknown, write everything
}

// apply makes the table equal to `wanted` in one transaction and returns how many directions changed.
func (t *table) apply(ctx context.Context, wanted map[target]isolation) (int, error) {
	tx := t.nft.NewTransaction()
	changed := 0
	if t.written == nil {
		addFrame(tx)
		changed++
	}
	for key, rules := range wanted {
		if before, known := t.written[key]; known && reflect.DeepEqual(before, rules) {
			continue
		}
		addChain(tx, key, rules)
		tx.Add(&knftables.Element{Map: verdicts(key.direction, key.family), Key: []string{key.address}, Value: []string{"jump " + chain(key)}})
		changed++
	}
	for key := range t.written {
		if _, still := wanted[key]; !still {
			tx.Delete(&knftables.Element{Map: verdicts(key.direction, key.family), Key: []string{key.address}})
			tx.Delete(&knftables.Chain{Name: chain(key)})
			changed++
		}
	}
	if changed == 0 {
		return 0, nil
	}
	if err := t.nft.Run(ctx, tx); err != nil {
		t.written = nil
		return 0, err
	}
	t.written = wanted
	return changed, nil
}

// addFrame (re)makes everything but the pods' chains.
func addFrame(tx *knftables.Transaction) {
	// Adding first makes the deletion work whether the table exists or not.
	tx.Add(&knftables.Table{})
	tx.Delete(&knftables.Table{})
	tx.Add(&knftables.Table{})
	for _, way := range []direction{ingress, egress} {
		tx.Add(&knftables.Map{Name: verdicts(way, ipv4), Type: "ipv4_addr : verdict"})
		tx.Add(&knftables.Map{Name: verdicts(way, ipv6), Type: "ipv6_addr : verdict"})
	}
	out := []string{"ip saddr vmap @egress-ip", "ip6 saddr vmap @egress-ip6"}
	in := []string{"ip daddr vmap @ingress-ip", "ip6 daddr vmap @ingress-ip6"}
	for hook, rules := range map[knftables.BaseChainHook][]string{
		knftables.ForwardHook: append(out, in...),
		// Towards the node itself only egress counts: the node is no pod. A pod finds the node by neighbour discovery, and
		// speaks to it from no address but its own: that of the link is in no policy.
		knftables.InputHook: append([]string{discovery + " accept", "ip6 saddr fe80::/10 drop"}, out...),
	} {
		tx.Add(&knftables.Chain{
			Name:     string(hook),
			Type:     knftables.PtrTo(knftables.FilterType),
			Hook:     knftables.PtrTo(hook),
			Priority: knftables.PtrTo(knftables.FilterPriority),
		})
		for _, rule := range append([]string{"ct state established,related accept"}, rules...) {
			tx.Add(&knftables.Rule{Chain: string(hook), Rule: rule})
		}
	}
}

// addChain (re)fills a pod's chain. An allowed packet returns: the other side's chain still has to see it.
func addChain(tx *knftables.Transaction, key target, rules isolation) {
	name := chain(key)
	tx.Add(&knftables.Chain{Name: name})
	tx.Flush(&knftables.Chain{Name: name})
	// A pod may always talk to itself, also through a Service.
	tx.Add(&knftables.Rule{Chain: name, Rule: key.family.remote(key.direction) + " " + key.address + " return"})
	for _, allow := range rules.allows {
		tx.Add(&knftables.Rule{Chain: name, Rule: strings.TrimSpace(allow + " return")})
	}
	comment := rules.pod[:min(len(rules.pod), longestComment)]
	tx.Add(&knftables.Rule{Chain: name, Rule: "counter drop", Comment: &comment})
}

// verdicts names the map from addresses to chains.
func verdicts(way direction, family family) string {
	return string(way) + "-" + string(family)
}

func chain(key target) string {
	return string(key.direction) + "-" + strings.NewReplacer(".", "-", ":", "-").Replace(key.address)
}
