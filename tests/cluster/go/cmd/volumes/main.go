// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Command volumes is the CSI driver of the test cluster: each volume is a filesystem image on a loop device.
//
// Unlike hostPath-like provisioners its volumes behave as production ones do: the root directory belongs to root (ext4
// brings its lost+found), fsGroup is applied by the kubelet, the size is a real limit, a class may or may not expand.
// One process is all of it: CSI identity, controller and node service, registration with the kubelet, the provisioner
// that turns claims into volumes, and the resizer.
package main

import (
	"context"
	"flag"
	"log"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/workqueue"
	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "credentials for the apiserver")
	name := flag.String("driver", "", "name of the CSI driver")
	node := flag.String("node", "", "name of the node")
	kubelet := flag.String("kubelet", "", "the kubelet's root folder")
	folder := flag.String("images", "", "folder of the volumes' image files")
	flag.Parse()

	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		log.Fatalf("kubeconfig: %v", err)
	}
	config.UserAgent = "test-cluster-volumes"
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		log.Fatalf("client: %v", err)
	}
	if err := os.MkdirAll(*folder, 0o700); err != nil {
		log.Fatal(err)
	}
	service := &driver{name: *name, node: *node, images: images{folder: *folder}}
	endpoint := filepath.Join(*kubelet, "plugins", *name, "csi.sock")
	err = serve(endpoint, func(server *grpc.Server) {
		csi.RegisterIdentityServer(server, service)
		csi.RegisterControllerServer(server, service)
		csi.RegisterNodeServer(server, service)
	})
	if err != nil {
		log.Fatal(err)
	}
	err = serve(filepath.Join(*kubelet, "plugins_registry", *name+"-reg.sock"), func(server *grpc.Server) {
		registration.RegisterRegistrationServer(server, &registrar{name: *name, endpoint: endpoint})
	})
	if err != nil {
		log.Fatal(err)
	}

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := watchSizes(ctx, client, service); err != nil {
		log.Fatal(err)
	}
	// A volume can be deleted only after the kubelet has let go of it, a moment after its claim went: retry soon.
	soon := workqueue.NewTypedItemExponentialFailureRateLimiter[string](500*time.Millisecond, 15*time.Second)
	controller.NewProvisionController(ctx, client, *name, &provisioner{service},
		controller.LeaderElection(false),
		controller.RateLimiter(soon),
		controller.FailedProvisionThreshold(0),
		controller.FailedDeleteThreshold(0),
	).Run(ctx)
}

// serve answers gRPC on a socket, in the background.
func serve(socket string, register func(*grpc.Server)) error {
	if err := os.MkdirAll(filepath.Dir(socket), 0o750); err != nil {
		return err
	}
	if err := os.Remove(socket); err != nil && !os.IsNotExist(err) {
		return err
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	server := grpc.NewServer(grpc.UnaryInterceptor(logFailures))
	register(server)
	go func() { log.Fatal(server.Serve(listener)) }()
	return nil
}

func logFailures(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	response, err := handle(ctx, request)
	if err != nil {
		log.Printf("%s: %v", info.FullMethod, err)
	}
	return response, err
}

// registrar tells the kubelet where the driver listens.
type registrar struct {
	registration.UnimplementedRegistrationServer
	name, endpoint string
}

func (r *registrar) GetInfo(context.Context, *registration.InfoRequest) (*registration.PluginInfo, error) {
	return &registration.PluginInfo{
		Type: registration.CSIPlugin, Name: r.name, Endpoint: r.endpoint, SupportedVersions: []string{"1.0.0"},
	}, nil
}

func (r *registrar) NotifyRegistrationStatus(_ context.Context, result *registration.RegistrationStatus) (*registration.RegistrationStatusResponse, error) {
	if !result.PluginRegistered {
		log.Fatalf("the kubelet refused the driver: %s", result.Error)
	}
	return &registration.RegistrationStatusResponse{}, nil
}
