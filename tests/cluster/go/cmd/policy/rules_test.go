// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/knftables"
)

func pod(namespace, name string, addresses ...string) *corev1.Pod {
	given := []corev1.PodIP{}
	for _, address := range addresses {
		given = append(given, corev1.PodIP{IP: address})
	}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"app": name}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Ports: []corev1.ContainerPort{
			{Name: "web", ContainerPort: 8080, Protocol: corev1.ProtocolTCP},
		}}}},
		Status: corev1.PodStatus{PodIPs: given, Phase: corev1.PodRunning},
	}
}

func policy(spec networkingv1.NetworkPolicySpec) *networkingv1.NetworkPolicy {
	return &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "p"}, Spec: spec}
}

func port(value intstr.IntOrString) []networkingv1.NetworkPolicyPort {
	return []networkingv1.NetworkPolicyPort{{Port: &value}}
}

var (
	ingressOnly = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
	egressOnly  = []networkingv1.PolicyType{networkingv1.PolicyTypeEgress}
)

func TestCompile(t *testing.T) {
	finished := pod("a", "finished", "10.0.0.9")
	finished.Status.Phase = corev1.PodSucceeded
	onHost := pod("a", "host", "10.0.0.8")
	onHost.Spec.HostNetwork = true
	pods := []*corev1.Pod{
		pod("a", "x", "10.0.0.1", "fd00::1"), pod("a", "y", "10.0.0.2"), pod("b", "z", "10.0.0.3", "fd00::3"), finished, onHost,
	}
	namespaces := []*corev1.Namespace{
		{ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: map[string]string{"team": "a"}}},
		{ObjectMeta: metav1.ObjectMeta{Name: "b", Labels: map[string]string{"team": "b"}}},
	}
	onlyX := metav1.LabelSelector{MatchLabels: map[string]string{"app": "x"}}
	x := func(way direction) target { return target{way, ipv4, "10.0.0.1"} }
	x6 := func(way direction) target { return target{way, ipv6, "fd00::1"} }

	for name, given := range map[string]struct {
		spec networkingv1.NetworkPolicySpec
		want map[target][]string
	}{
		"deny all, finished and host pods left alone": {
			networkingv1.NetworkPolicySpec{PolicyTypes: ingressOnly},
			map[target][]string{x(ingress): {}, x6(ingress): {}, {ingress, ipv4, "10.0.0.2"}: {}},
		},
		"allow everything": {
			networkingv1.NetworkPolicySpec{PodSelector: onlyX, PolicyTypes: ingressOnly, Ingress: []networkingv1.NetworkPolicyIngressRule{{}}},
			map[target][]string{x(ingress): {""}, x6(ingress): {""}},
		},
		"namespace selector and named port of the target": {
			networkingv1.NetworkPolicySpec{PodSelector: onlyX, PolicyTypes: ingressOnly, Ingress: []networkingv1.NetworkPolicyIngressRule{{
				From:  []networkingv1.NetworkPolicyPeer{{NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"team": "b"}}}},
				Ports: port(intstr.FromString("web")),
			}}},
			map[target][]string{
				x(ingress):  {"ip saddr { 10.0.0.3 } meta l4proto tcp th dport 8080"},
				x6(ingress): {"ip6 saddr { fd00::3 } meta l4proto tcp th dport 8080"},
			},
		},
		"block with exceptions": {
			networkingv1.NetworkPolicySpec{PodSelector: onlyX, PolicyTypes: egressOnly, Egress: []networkingv1.NetworkPolicyEgressRule{{
				To:    []networkingv1.NetworkPolicyPeer{{IPBlock: &networkingv1.IPBlock{CIDR: "0.0.0.0/0", Except: []string{"10.0.0.0/8", "10.1.0.0/16"}}}},
				Ports: port(intstr.FromInt32(443)),
			}}},
			map[target][]string{
				x(egress):  {"ip daddr 0.0.0.0/0 ip daddr != 10.0.0.0/8 ip daddr != 10.1.0.0/16 meta l4proto tcp th dport 443"},
				x6(egress): {},
			},
		},
		"block of IPv6": {
			networkingv1.NetworkPolicySpec{PodSelector: onlyX, PolicyTypes: egressOnly, Egress: []networkingv1.NetworkPolicyEgressRule{{
				To: []networkingv1.NetworkPolicyPeer{{IPBlock: &networkingv1.IPBlock{CIDR: "2000::/3", Except: []string{"2001:db8::/32"}}}},
			}}},
			map[target][]string{x(egress): {}, x6(egress): {"ip6 daddr 2000::/3 ip6 daddr != 2001:db8::/32"}},
		},
		"egress to a named port is resolved per destination": {
			networkingv1.NetworkPolicySpec{PodSelector: onlyX, PolicyTypes: egressOnly, Egress: []networkingv1.NetworkPolicyEgressRule{{
				To:    []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{}}},
				Ports: port(intstr.FromString("web")),
			}}},
			map[target][]string{x(egress): {
				"ip daddr 10.0.0.1 meta l4proto tcp th dport 8080",
				"ip daddr 10.0.0.2 meta l4proto tcp th dport 8080",
			}, x6(egress): {"ip6 daddr fd00::1 meta l4proto tcp th dport 8080"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := compile(world{pods, namespaces, []*networkingv1.NetworkPolicy{policy(given.spec)}})
			if len(got) != len(given.want) {
				t.Errorf("isolated: %v, want %v", got, given.want)
			}
			for key, allows := range given.want {
				if !slices.Equal(got[key].allows, allows) {
					t.Errorf("%v allows %q, want %q", key, got[key].allows, allows)
				}
			}
		})
	}
}

func TestApplyWritesOnlyWhatChanged(t *testing.T) {
	fake := knftables.NewFake(knftables.InetFamily, tableName)
	subject := &table{nft: fake}
	one, two, six := target{ingress, ipv4, "10.0.0.1"}, target{egress, ipv4, "10.0.0.2"}, target{ingress, ipv6, "fd00::1"}
	apply := func(wanted map[target]isolation) int {
		t.Helper()
		written, err := subject.apply(context.Background(), wanted)
		if err != nil {
			t.Fatal(err)
		}
		return written
	}

	apply(map[target]isolation{one: {pod: "a/x"}, two: {pod: "a/y", allows: []string{"ip daddr 10.0.0.1"}}})
	if written := apply(map[target]isolation{one: {pod: "a/x"}, two: {pod: "a/y", allows: []string{"ip daddr 10.0.0.1"}}}); written != 0 {
		t.Errorf("the same again wrote %d", written)
	}
	if written := apply(map[target]isolation{two: {pod: "a/y"}, six: {pod: "a/x"}}); written != 3 {
		t.Errorf("one changed, one gone and one new wrote %d", written)
	}
	dump := fake.Dump()
	if strings.Contains(dump, "ingress-10-0-0-1") || strings.Contains(dump, "ip daddr 10.0.0.1") || !strings.Contains(dump, "egress-10-0-0-2") ||
		!strings.Contains(dump, "ip6 saddr fd00::1 return") || !strings.Contains(dump, "fd00::1 : jump ingress-fd00--1") {
		t.Errorf("unexpected table:\n%s", dump)
	}
}

func TestUnenforced(t *testing.T) {
	namespaces := []*corev1.Namespace{
		{ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: map[string]string{unenforced: ""}}},
		{ObjectMeta: metav1.ObjectMeta{Name: "b"}},
	}
	other := policy(networkingv1.NetworkPolicySpec{PolicyTypes: ingressOnly})
	other.Namespace = "b"
	pods := []*corev1.Pod{pod("a", "x", "10.0.0.1"), pod("b", "y", "10.0.0.2")}
	policies := []*networkingv1.NetworkPolicy{policy(networkingv1.NetworkPolicySpec{PolicyTypes: ingressOnly}), other}
	got := compile(world{pods, namespaces, policies})
	if _, isolated := got[target{ingress, ipv4, "10.0.0.2"}]; len(got) != 1 || !isolated {
		t.Errorf("got %v, want the pod of the other namespace alone", got)
	}
}
