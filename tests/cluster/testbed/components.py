# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of a control plane and of the node: their configuration files and command lines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from testbed.processes import Processes
from testbed.settings import REGISTRY_HTPASSWD, ControlPlane, Settings

POD_RANGES = ("10.244.0.0/16", "fd00:10:244::/56")
NODE_POD_RANGES = ("10.244.0.0/24", "fd00:10:244::/64")
DNS_ADDRESS = "10.96.0.10"
NODE_NAME = "node"
CSI_DRIVER = "volumes.openclaw.test"
_PLUGINS = Path("/usr/lib/cni")
# Addresses are handed out by this node alone: a pod need not wait two seconds for others on its link to claim its own.
_ROUTED = f"""\
#!/bin/sh
[ "$CNI_COMMAND" != ADD ] || nsenter --net="$CNI_NETNS" sysctl -qw net.ipv6.conf.default.accept_dad=0 </dev/null
CNI_PATH={_PLUGINS} exec {_PLUGINS}/ptp
"""

# Clients of a control plane: kubeconfig name -> certificate subject. The administrator has a name of its own, so that
# tests can tell their requests from everybody else's in the audit log.
CLIENTS = {
    "admin": "/O=system:masters/CN=openclaw-admin",
    "cluster": "/O=system:masters/CN=test-cluster",
    "controllers": "/CN=system:kube-controller-manager",
}
NODE_CLIENTS = {
    "scheduler": "/CN=system:kube-scheduler",
    "kubelet": f"/O=system:nodes/CN=system:node:{NODE_NAME}",
    "proxy": "/CN=system:kube-proxy",
    "policy": "/CN=openclaw:policy",
    "volumes": "/CN=openclaw:volumes",
}

_AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata", "omitManagedFields": True}],
}


def write(path: Path, content: str) -> Path:
    """Write a file unless it holds just that (an unchanged file keeps its process running)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != content:
        path.write_text(content)
    return path


def flags(values: Mapping[str, str | int | Path]) -> list[str]:
    """Return command line flags: `--name=value` each."""
    return [f"--{name}={value}" for name, value in values.items()]


def start_api(processes: Processes, kube: Path, plane: ControlPlane) -> None:
    """Start etcd and the apiserver."""
    etcd = flags(
        {
            "data-dir": plane.folder / "etcd",
            "listen-client-urls": plane.etcd_url,
            "advertise-client-urls": plane.etcd_url,
            "listen-peer-urls": f"http://127.0.0.1:{plane.etcd_port + 1}",
            "log-level": "warn",
            # The store need not survive a power cut, and fsync would make every test wait for the disk.
            "unsafe-no-fsync": "true",
            "quota-backend-bytes": 4 << 30,
        }
    )
    processes.start(f"{plane.name}-etcd", [kube, "etcd", *etcd])
    pki = plane.pki
    policy = write(plane.folder / "audit-policy.json", json.dumps(_AUDIT_POLICY))
    apiserver = flags(
        {
            "etcd-servers": plane.etcd_url,
            "advertise-address": plane.settings.node_address,
            "bind-address": "::",
            "secure-port": plane.port,
            "tls-cert-file": pki / "apiserver.crt",
            "tls-private-key-file": pki / "apiserver.key",
            "client-ca-file": pki / "ca.crt",
            "authorization-mode": "Node,RBAC",
            "enable-admission-plugins": "NodeRestriction",
            "allow-privileged": "true",
            "service-cluster-ip-range": ",".join(filter(None, (plane.service_range, plane.service_range_ipv6))),
            "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
            "service-account-signing-key-file": pki / "service-accounts.key",
            "service-account-key-file": pki / "service-accounts.key",
            "kubelet-certificate-authority": pki / "ca.crt",
            "kubelet-client-certificate": pki / "apiserver-kubelet.crt",
            "kubelet-client-key": pki / "apiserver-kubelet.key",
            "kubelet-preferred-address-types": "InternalIP",
            "requestheader-client-ca-file": pki / "ca.crt",
            "requestheader-allowed-names": "front-proxy-client",
            "requestheader-username-headers": "X-Remote-User",
            "requestheader-group-headers": "X-Remote-Group",
            "requestheader-extra-headers-prefix": "X-Remote-Extra-",
            "proxy-client-cert-file": pki / "front-proxy.crt",
            "proxy-client-key-file": pki / "front-proxy.key",
            # Never rotated within a run: tests remember a position in the file.
            "audit-policy-file": policy,
            "audit-log-path": plane.audit_log,
            "audit-log-maxsize": 100_000,
        }
    )
    command: list[str | Path] = [kube, "kube-apiserver", *apiserver]
    processes.start(f"{plane.name}-apiserver", command, files=[policy, pki / "apiserver.crt"])


def start_controllers(processes: Processes, kube: Path, plane: ControlPlane) -> None:
    """Start the controller-manager. The apiserver must be ready: its roles are made at the end of its start."""
    pki, kubeconfig = plane.pki, plane.kubeconfig("controllers")
    arguments = flags(
        {
            **_client_flags(kubeconfig),
            "secure-port": plane.controllers_port,
            "service-account-private-key-file": pki / "service-accounts.key",
            "root-ca-file": pki / "ca.crt",
            "use-service-account-credentials": "true",
            "allocate-node-cidrs": "true",
            "cluster-cidr": ",".join(POD_RANGES),
            "cluster-signing-cert-file": pki / "ca.crt",
            "cluster-signing-key-file": pki / "ca.key",
        }
    )
    command: list[str | Path] = [kube, "kube-controller-manager", *arguments]
    processes.start(f"{plane.name}-controllers", command, files=[kubeconfig])


def start_scheduler(processes: Processes, kube: Path, plane: ControlPlane) -> None:
    """Start the scheduler."""
    kubeconfig = plane.kubeconfig("scheduler")
    processes.start("scheduler", [kube, "kube-scheduler", *flags(_client_flags(kubeconfig))], files=[kubeconfig])


def _client_flags(kubeconfig: Path) -> dict[str, str | int | Path]:
    """Return what every client of the apiserver is given."""
    return {
        "kubeconfig": kubeconfig,
        "authentication-kubeconfig": kubeconfig,
        "authorization-kubeconfig": kubeconfig,
        "leader-elect": "false",
        # One node, many short tests: the usual client limits would only make them wait.
        "kube-api-qps": 200,
        "kube-api-burst": 400,
    }


def containerd_socket(settings: Settings) -> Path:
    """Return containerd's socket."""
    return settings.run / "node" / "containerd.sock"


def registry_authority(settings: Settings) -> Path:
    """Return the certificate authority of the registry."""
    return settings.run / "registry" / "pki" / "ca.crt"


def start_containerd(processes: Processes, settings: Settings, *, snapshotter: str) -> None:
    """Start containerd with state, sockets, network configuration and registry trust of its own."""
    node = settings.run / "node"
    cni = {
        "cniVersion": "1.0.0",
        "name": settings.namespace,
        # Routed, not bridged: every packet between pods crosses the forward hook, where policy is enforced.
        "plugins": [
            {
                "type": "routed",
                "ipMasq": False,
                "ipam": {
                    "type": "host-local",
                    "ranges": [[{"subnet": subnet}] for subnet in NODE_POD_RANGES],
                    "dataDir": str(node / "addresses"),
                    "routes": [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}],
                },
            }
        ],
    }
    write(node / "cni" / "10-node.conflist", json.dumps(cni, indent=1))
    plugins = write(node / "cni-plugins" / "routed", _ROUTED).parent
    (plugins / "routed").chmod(0o755)
    if not (plugins / "loopback").is_symlink():
        (plugins / "loopback").symlink_to(_PLUGINS / "loopback")
    # The authority alone and no hosts.toml: after a 404 from a host listed there, containerd 1.6 asks the server once
    # more, without the authority, and reports an unknown certificate instead of the missing tag.
    write(node / "registries" / settings.registry / "ca.crt", registry_authority(settings).read_text())
    config = f"""\
        version = 2
        root = "{settings.containerd}"
        state = "{node / "containerd-state"}"
        disabled_plugins = [
          "io.containerd.snapshotter.v1.aufs",
          "io.containerd.snapshotter.v1.btrfs",
          "io.containerd.snapshotter.v1.devmapper",
          "io.containerd.snapshotter.v1.zfs",
          "io.containerd.internal.v1.tracing",
          "io.containerd.tracing.processor.v1.otlp",
        ]
        [grpc]
          address = "{containerd_socket(settings)}"
        [plugins."io.containerd.internal.v1.opt"]
          path = "{node / "opt"}"
        [plugins."io.containerd.grpc.v1.cri"]
          sandbox_image = "registry.k8s.io/pause:3.10"
          # Without CAP_SYS_RESOURCE (containers, many CI machines) a lower score is refused and no sandbox starts.
          restrict_oom_score_adj = true
          netns_mounts_under_state_dir = true
          max_concurrent_downloads = 3
          [plugins."io.containerd.grpc.v1.cri".cni]
            bin_dir = "{plugins}"
            conf_dir = "{node / "cni"}"
          [plugins."io.containerd.grpc.v1.cri".registry]
            config_path = "{node / "registries"}"
          [plugins."io.containerd.grpc.v1.cri".containerd]
            snapshotter = "{snapshotter}"
            [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
              runtime_type = "io.containerd.runc.v2"
              [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
                Root = "{node / "runc"}"
        """
    path = write(node / "containerd.toml", dedent(config))
    processes.start("containerd", ["containerd", "--config", path], files=[path])


def start_kubelet(processes: Processes, kube: Path, settings: Settings, *, cgroup_version: int) -> None:
    """Start the kubelet."""
    node, pki = settings.run / "node", settings.main.pki
    resolv = write(node / "resolv.conf", "nameserver 127.0.0.1\n")
    config = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": "::",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(pki / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(pki / "kubelet.crt"),
        "tlsPrivateKeyFile": str(pki / "kubelet.key"),
        "clusterDNS": [DNS_ADDRESS],
        "clusterDomain": "cluster.local",
        "resolvConf": str(resolv),
        "containerRuntimeEndpoint": f"unix://{containerd_socket(settings)}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": settings.cgroup,
        "failCgroupV1": False,
        "enforceNodeAllocatable": [] if cgroup_version == 1 else ["pods"],
        "failSwapOn": False,
        "makeIPTablesUtilChains": False,
        "evictionHard": {
            "memory.available": "100Mi",
            "nodefs.available": "1%",
            "imagefs.available": "1%",
            "nodefs.inodesFree": "1%",
        },
        "imageGCHighThresholdPercent": 100,
        "maxPods": 200,
        # How soon a mounted volume follows its claim's new size (and nothing else that matters here).
        "syncFrequency": "10s",
        "registryPullQPS": 0,
        "eventRecordQPS": 0,
        "serializeImagePulls": False,
        "podLogsDir": str(node / "pod-logs"),
        "volumePluginDir": str(node / "volume-plugins"),
    }
    path = write(node / "kubelet.json", json.dumps(config, indent=1))
    kubeconfig = settings.main.kubeconfig("kubelet")
    arguments = flags(
        {
            "kubeconfig": kubeconfig,
            "config": path,
            "root-dir": node / "kubelet",
            "cert-dir": node / "kubelet" / "pki",
            "hostname-override": NODE_NAME,
            "node-ip": f"{settings.node_address},{settings.node_address_ipv6}",
        }
    )
    processes.start("kubelet", [kube, "kubelet", *arguments], files=[path, kubeconfig])


def start_proxy(processes: Processes, kube: Path, settings: Settings) -> None:
    """Start kube-proxy."""
    config = {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clusterCIDR": ",".join(POD_RANGES),
        "hostnameOverride": NODE_NAME,
        "clientConnection": {"kubeconfig": str(settings.main.kubeconfig("proxy"))},
        "conntrack": {"maxPerCore": 0, "min": 0},
        "nodePortAddresses": ["primary"],
        "oomScoreAdj": 0,
    }
    path = write(settings.run / "node" / "proxy.json", json.dumps(config, indent=1))
    processes.start("proxy", [kube, "kube-proxy", f"--config={path}"], files=[path])


def start_policy(processes: Processes, program: Path, settings: Settings) -> None:
    """Start the NetworkPolicy enforcer."""
    processes.start("policy", [program, f"--kubeconfig={settings.main.kubeconfig('policy')}"])


def start_volumes(processes: Processes, program: Path, settings: Settings) -> None:
    """Start the volume driver."""
    node = settings.run / "node"
    arguments = flags(
        {
            "kubeconfig": settings.main.kubeconfig("volumes"),
            "driver": CSI_DRIVER,
            "node": NODE_NAME,
            "kubelet": node / "kubelet",
            "images": node / "volumes",
        }
    )
    processes.start("volumes", [program, *arguments])


def start_registry(processes: Processes, program: Path, settings: Settings) -> None:
    """Start the image registry: TLS by an authority of its own, password required even to pull."""
    folder = settings.run / "registry"
    users = write(folder / "htpasswd", REGISTRY_HTPASSWD + "\n")
    config = {
        "version": "0.1",
        "log": {"level": "info"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "auth": {"htpasswd": {"realm": "test", "path": str(users)}},
        "http": {
            "addr": settings.registry,
            "secret": "not-a-secret",
            "tls": {"certificate": str(folder / "pki" / "registry.crt"), "key": str(folder / "pki" / "registry.key")},
        },
    }
    path = write(folder / "config.json", json.dumps(config, indent=1))
    processes.start("registry", [program, "serve", path], files=[path])
