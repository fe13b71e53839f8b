// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Command policy enforces networking.k8s.io/v1 NetworkPolicy for the pods of its node with nftables, for IPv4 and IPv6.
//
// It watches pods, namespaces and policies, compiles them to one chain of rules per direction and address of an isolated
// pod, and writes only the chains that changed. The table sits on the forward hook (pod to pod: the cluster's pod
// network is routed) and on the input hook (pod to the node's own addresses, where the apiserver listens).
package main

import (
	"context"
	"flag"
	"log"
	"os/signal"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/knftables"
)

const (
	// Changes come in bursts (a pod's start is several updates): collect for this long, then write once.
	settle     = 20 * time.Millisecond
	retryAfter = time.Second
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "credentials for the apiserver")
	flag.Parse()
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		log.Fatalf("kubeconfig: %v", err)
	}
	config.UserAgent = "test-cluster-policy"
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		log.Fatalf("client: %v", err)
	}
	nft, err := knftables.New(knftables.InetFamily, tableName)
	if err != nil {
		log.Fatalf("nftables: %v", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := watch(ctx, client, &table{nft: nft}); err != nil {
		log.Fatal(err)
	}
}

// watch keeps the table equal to what the cluster's policies say, until the context ends.
func watch(ctx context.Context, client kubernetes.Interface, table *table) error {
	factory := informers.NewSharedInformerFactory(client, 0)
	pods := factory.Core().V1().Pods().Informer()
	namespaces := factory.Core().V1().Namespaces().Informer()
	policies := factory.Networking().V1().NetworkPolicies().Informer()

	changed := make(chan struct{}, 1)
	notify := func() {
		select {
		case changed <- struct{}{}:
		default: // a change is pending already
		}
	}
	handlers := cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { notify() },
		UpdateFunc: func(any, any) { notify() },
		DeleteFunc: func(any) { notify() },
	}
	for _, informer := range []cache.SharedIndexInformer{pods, namespaces, policies} {
		if _, err := informer.AddEventHandler(handlers); err != nil {
			return err
		}
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	notify()

	for {
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
		time.Sleep(settle)
		wanted := compile(world{
			pods:       list[*corev1.Pod](pods),
			namespaces: list[*corev1.Namespace](namespaces),
			policies:   list[*networkingv1.NetworkPolicy](policies),
		})
		started := time.Now()
		written, err := table.apply(ctx, wanted)
		switch {
		case err != nil:
			log.Printf("cannot write the rules, trying again: %v", err)
			time.AfterFunc(retryAfter, notify)
		case written > 0:
			log.Printf("%d isolated directions, %d changed, %v", len(wanted), written, time.Since(started).Round(time.Millisecond))
		}
	}
}

func list[T any](informer cache.SharedIndexInformer) []T {
	var found []T
	for _, entry := range informer.GetStore().List() {
		if object, ok := entry.(T); ok {
			found = append(found, object)
		}
	}
	return found
}
