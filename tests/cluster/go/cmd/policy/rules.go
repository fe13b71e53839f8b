// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

type direction string

const (
	ingress direction = "ingress"
	egress  direction = "egress"
)

// family is a kind of addresses, as nftables calls it.
type family string

const (
	ipv4 family = "ip"
	ipv6 family = "ip6"
)

var families = []family{ipv4, ipv6}

// target is one isolated direction of one address of a pod.
type target struct {
	direction direction
	family    family
	address   string
}

// isolation is what may pass: nftables matches, each of which allows. An empty list allows nothing.
type isolation struct {
	pod    string
	allows []string
}

// world is what policies are about.
type world struct {
	pods       []*corev1.Pod
	namespaces []*corev1.Namespace
	policies   []*networkingv1.NetworkPolicy
}

// view is the world as packets of one family see it: pods are those that have such an address.
type view struct {
	world
	family family
}

// unenforced is the label of a namespace whose policies nobody is to enforce, as on a cluster that ignores them.
const unenforced = "testbed/unenforced"

// enforced leaves the policies that are in force.
func (w world) enforced() []*networkingv1.NetworkPolicy {
	return slices.DeleteFunc(slices.Clone(w.policies), func(policy *networkingv1.NetworkPolicy) bool {
		return slices.ContainsFunc(w.namespaces, func(namespace *corev1.Namespace) bool {
			_, found := namespace.Labels[unenforced]
			return found && namespace.Name == policy.Namespace
		})
	})
}

// compile translates all policies. The result is deterministic: equal worlds give equal results.
func compile(w world) map[target]isolation {
	w.policies = w.enforced()
	slices.SortFunc(w.policies, func(a, b *networkingv1.NetworkPolicy) int {
		return strings.Compare(a.Namespace+"/"+a.Name, b.Namespace+"/"+b.Name)
	})
	compiled := map[target]isolation{}
	for _, family := range families {
		w.seenBy(family).compile(compiled)
	}
	return compiled
}

// seenBy leaves the pods that have an address of a family, sorted by it.
func (w world) seenBy(family family) view {
	w.pods = slices.DeleteFunc(slices.Clone(w.pods), func(pod *corev1.Pod) bool {
		return !filtered(pod) || family.of(pod) == ""
	})
	slices.SortFunc(w.pods, func(a, b *corev1.Pod) int { return strings.Compare(family.of(a), family.of(b)) })
	return view{w, family}
}

// of returns a pod's address of this family; empty if it has none.
func (f family) of(pod *corev1.Pod) string {
	for _, given := range pod.Status.PodIPs {
		if address, err := netip.ParseAddr(given.IP); err == nil && f.has(address) {
			return given.IP
		}
	}
	return ""
}

func (f family) has(address netip.Addr) bool {
	return address.Is4() == (f == ipv4)
}

// remote returns the words that match the other end's address.
func (f family) remote(way direction) string {
	if way == egress {
		return string(f) + " daddr"
	}
	return string(f) + " saddr"
}

// compile adds what holds for the addresses of the view's family.
func (v view) compile(compiled map[target]isolation) {
	for _, pod := range v.pods {
		for _, policy := range v.policies {
			if policy.Namespace != pod.Namespace || !matches(&policy.Spec.PodSelector, pod.Labels) {
				continue
			}
			for _, kind := range policy.Spec.PolicyTypes {
				switch kind {
				case networkingv1.PolicyTypeIngress:
					allows := []string{}
					for _, rule := range policy.Spec.Ingress {
						allows = append(allows, v.allows(policy.Namespace, ingress, rule.From, rule.Ports, pod)...)
					}
					add(compiled, target{ingress, v.family, v.family.of(pod)}, pod, allows)
				case networkingv1.PolicyTypeEgress:
					allows := []string{}
					for _, rule := range policy.Spec.Egress {
						allows = append(allows, v.allows(policy.Namespace, egress, rule.To, rule.Ports, pod)...)
					}
					add(compiled, target{egress, v.family, v.family.of(pod)}, pod, allows)
				}
			}
		}
	}
}

func add(compiled map[target]isolation, key target, pod *corev1.Pod, allows []string) {
	found := compiled[key]
	found.pod = pod.Namespace + "/" + pod.Name
	found.allows = append(found.allows, allows...)
	compiled[key] = found
}

// filtered tells whether a pod's addresses are its own now. A finished pod's may already be another's.
func filtered(pod *corev1.Pod) bool {
	return !pod.Spec.HostNetwork && pod.Status.Phase != corev1.PodSucceeded && pod.Status.Phase != corev1.PodFailed
}

// allows translates one rule of a policy in `namespace` for the pod `self`.
func (v view) allows(namespace string, way direction, peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort, self *corev1.Pod) []string {
	remote := v.family.remote(way)
	// A named port means a port of the destination, so towards several destinations each pod needs its own rules.
	perPod := way == egress && slices.ContainsFunc(ports, named)
	destination := self
	if way == egress {
		destination = nil
	}
	if len(peers) == 0 {
		allows := withPorts("", ports, destination)
		if perPod {
			for _, pod := range v.pods {
				allows = append(allows, withPorts(remote+" "+v.family.of(pod), ports, pod)...)
			}
		}
		return allows
	}
	var allows []string
	for _, peer := range peers {
		if peer.IPBlock != nil {
			if match := v.block(remote, peer.IPBlock); match != "" {
				allows = append(allows, withPorts(match, ports, destination)...)
			}
			continue
		}
		selected := v.selected(namespace, peer)
		if perPod {
			for _, pod := range selected {
				allows = append(allows, withPorts(remote+" "+v.family.of(pod), ports, pod)...)
			}
		} else if len(selected) > 0 {
			addresses := make([]string, len(selected))
			for index, pod := range selected {
				addresses[index] = v.family.of(pod)
			}
			addresses = slices.Compact(addresses)
			allows = append(allows, withPorts(remote+" { "+strings.Join(addresses, ", ")+" }", ports, destination)...)
		}
	}
	return allows
}

// selected returns the pods that a peer names, by address.
func (v view) selected(namespace string, peer networkingv1.NetworkPolicyPeer) []*corev1.Pod {
	inNamespaces := map[string]bool{namespace: true}
	if peer.NamespaceSelector != nil {
		inNamespaces = map[string]bool{}
		for _, candidate := range v.namespaces {
			inNamespaces[candidate.Name] = matches(peer.NamespaceSelector, candidate.Labels)
		}
	}
	var found []*corev1.Pod
	for _, pod := range v.pods {
		if inNamespaces[pod.Namespace] && (peer.PodSelector == nil || matches(peer.PodSelector, pod.Labels)) {
			found = append(found, pod)
		}
	}
	return found
}

// block returns the match of an IPBlock; empty for one of the other family. One match per exception: in a set they must
// not overlap.
func (v view) block(remote string, block *networkingv1.IPBlock) string {
	if prefix, err := netip.ParsePrefix(block.CIDR); err != nil || !v.family.has(prefix.Addr()) {
		return ""
	}
	words := []string{remote, block.CIDR}
	for _, except := range block.Except {
		words = append(words, remote, "!=", except)
	}
	return strings.Join(words, " ")
}

// withPorts combines a match with each port. Not one set of ports: ranges in a set must not overlap either.
func withPorts(match string, ports []networkingv1.NetworkPolicyPort, destination *corev1.Pod) []string {
	if len(ports) == 0 {
		return []string{match}
	}
	var allows []string
	for _, port := range ports {
		protocol := "tcp"
		if port.Protocol != nil {
			protocol = strings.ToLower(string(*port.Protocol))
		}
		for _, number := range numbers(port, protocol, destination) {
			allows = append(allows, strings.TrimSpace(fmt.Sprintf("%s meta l4proto %s th dport %s", match, protocol, number)))
		}
	}
	return allows
}

func named(port networkingv1.NetworkPolicyPort) bool {
	return port.Port != nil && port.Port.StrVal != ""
}

// numbers resolves a policy's port to port numbers or ranges.
func numbers(port networkingv1.NetworkPolicyPort, protocol string, destination *corev1.Pod) []string {
	switch {
	case port.Port == nil:
		return []string{"0-65535"}
	case named(port):
		return containerPorts(destination, port.Port.StrVal, protocol)
	case port.EndPort != nil:
		return []string{fmt.Sprintf("%d-%d", port.Port.IntVal, *port.EndPort)}
	default:
		return []string{strconv.Itoa(int(port.Port.IntVal))}
	}
}

// containerPorts returns the numbers of a pod's named port, sidecars (restartable init containers) included.
func containerPorts(pod *corev1.Pod, name, protocol string) []string {
	if pod == nil {
		return nil
	}
	containers := slices.Clone(pod.Spec.Containers)
	for _, container := range pod.Spec.InitContainers {
		if container.RestartPolicy != nil && *container.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			containers = append(containers, container)
		}
	}
	var found []string
	for _, container := range containers {
		for _, port := range container.Ports {
			if port.Name == name && strings.EqualFold(string(port.Protocol), protocol) {
				found = append(found, strconv.Itoa(int(port.ContainerPort)))
			}
		}
	}
	return found
}

func matches(selector *metav1.LabelSelector, set map[string]string) bool {
	compiled, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && compiled.Matches(labels.Set(set))
}
