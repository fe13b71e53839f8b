# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the cluster holds from the start: DNS, storage classes, and the rights of the node's own programs."""

from __future__ import annotations

from testbed.api import JSON, Object
from testbed.components import CSI_DRIVER, DNS_ADDRESS
from testbed.images import DNS_IMAGE

# Two blocks on purpose: within one, `template` comes before `kubernetes` in CoreDNS' fixed order and would answer for
# the cluster's names, too. The second block says at once that outside names do not exist, instead of waiting for a
# resolver that is not there.
_COREFILE = """\
cluster.local:53 in-addr.arpa:53 ip6.arpa:53 {
    errors
    health {
        lameduck 1s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        ttl 5
    }
    prometheus :9153
    cache 5
    loadbalance
}
.:53 {
    errors
    template ANY ANY . {
        rcode NXDOMAIN
    }
}
"""
_DNS_LABELS: Object = {"k8s-app": "kube-dns"}


def _named(kind: str, api: str, name: str, namespace: str = "", **rest: JSON) -> Object:
    metadata: Object = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **rest}


def _grant(user: str, *rules: tuple[str, str, str]) -> list[Object]:
    """Return a ClusterRole of (group, resources, verbs) and its binding to a user."""
    name = user.replace("openclaw:", "openclaw-")
    role: list[JSON] = [
        {"apiGroups": [group], "resources": list(resources.split()), "verbs": list(verbs.split())}
        for group, resources, verbs in rules
    ]
    rbac = "rbac.authorization.k8s.io"
    return [
        _named("ClusterRole", f"{rbac}/v1", name, rules=role),
        _named(
            "ClusterRoleBinding",
            f"{rbac}/v1",
            name,
            roleRef={"apiGroup": rbac, "kind": "ClusterRole", "name": name},
            subjects=[{"apiGroup": rbac, "kind": "User", "name": user}],
        ),
    ]


def _dns() -> list[Object]:
    rbac = "rbac.authorization.k8s.io"
    security: Object = {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    container: Object = {
        "name": "coredns",
        "image": DNS_IMAGE.reference,
        "imagePullPolicy": "IfNotPresent",
        "args": ["-conf", "/etc/coredns/Corefile"],
        "ports": [
            {"name": "dns", "containerPort": 53, "protocol": "UDP"},
            {"name": "dns-tcp", "containerPort": 53, "protocol": "TCP"},
            {"name": "metrics", "containerPort": 9153, "protocol": "TCP"},
        ],
        "resources": {"requests": {"cpu": "10m", "memory": "30Mi"}, "limits": {"memory": "170Mi"}},
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}, "periodSeconds": 1},
        "livenessProbe": {"httpGet": {"path": "/health", "port": 8080}, "initialDelaySeconds": 10},
        "securityContext": security,
        "volumeMounts": [{"name": "config", "mountPath": "/etc/coredns", "readOnly": True}],
    }
    return [
        _named("ServiceAccount", "v1", "coredns", "kube-system"),
        _named(
            "ClusterRole",
            f"{rbac}/v1",
            "system:coredns",
            rules=[
                {"apiGroups": [""], "resources": ["services", "pods", "namespaces"], "verbs": ["list", "watch"]},
                {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["list", "watch"]},
            ],
        ),
        _named(
            "ClusterRoleBinding",
            f"{rbac}/v1",
            "system:coredns",
            roleRef={"apiGroup": rbac, "kind": "ClusterRole", "name": "system:coredns"},
            subjects=[{"kind": "ServiceAccount", "name": "coredns", "namespace": "kube-system"}],
        ),
        _named("ConfigMap", "v1", "coredns", "kube-system", data={"Corefile": _COREFILE}),
        _named(
            "Deployment",
            "apps/v1",
            "coredns",
            "kube-system",
            spec={
                "replicas": 1,
                "selector": {"matchLabels": _DNS_LABELS},
                "template": {
                    "metadata": {"labels": _DNS_LABELS},
                    "spec": {
                        "serviceAccountName": "coredns",
                        "priorityClassName": "system-cluster-critical",
                        "dnsPolicy": "Default",
                        # An ordinary user may open port 53, so no capability is needed. Not another port: policies name
                        # the pod's.
                        "securityContext": {"sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]},
                        "tolerations": [{"operator": "Exists"}],
                        "containers": [container],
                        "volumes": [{"name": "config", "configMap": {"name": "coredns"}}],
                    },
                },
            },
        ),
        _named(
            "Service",
            "v1",
            "kube-dns",
            "kube-system",
            spec={
                "clusterIP": DNS_ADDRESS,
                "selector": _DNS_LABELS,
                "ports": [
                    {"name": "dns", "port": 53, "targetPort": "dns", "protocol": "UDP"},
                    {"name": "dns-tcp", "port": 53, "targetPort": "dns-tcp", "protocol": "TCP"},
                    {"name": "metrics", "port": 9153, "targetPort": "metrics", "protocol": "TCP"},
                ],
            },
        ),
    ]


def _storage_class(name: str, filesystem: str, *, expandable: bool, default: bool) -> Object:
    found = _named(
        "StorageClass",
        "storage.k8s.io/v1",
        name,
        provisioner=CSI_DRIVER,
        parameters={"filesystem": filesystem},
        reclaimPolicy="Delete",
        volumeBindingMode="WaitForFirstConsumer",
        allowVolumeExpansion=expandable,
    )
    if default:
        found["metadata"] = {"name": name, "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}
    return found


def _storage() -> list[Object]:
    return [
        _named(
            "CSIDriver",
            "storage.k8s.io/v1",
            CSI_DRIVER,
            spec={
                "attachRequired": False,
                "podInfoOnMount": False,
                "fsGroupPolicy": "File",
                "volumeLifecycleModes": ["Persistent"],
            },
        ),
        _storage_class("standard", "ext4", expandable=False, default=True),
        # xfs, because ext4 grows online only with CAP_SYS_RESOURCE, which containers and many CI machines lack.
        _storage_class("expandable", "xfs", expandable=True, default=False),
    ]


def cluster_objects() -> list[Object]:
    """Return every object, in the order in which they are applied."""
    watch = "get list watch"
    return [
        *_grant("openclaw:policy", ("", "pods namespaces", watch), ("networking.k8s.io", "networkpolicies", watch)),
        *_grant(
            "openclaw:volumes",
            ("", "persistentvolumes", f"{watch} create delete patch update"),
            ("", "persistentvolumeclaims", f"{watch} update"),
            ("", "persistentvolumeclaims/status", "patch"),
            ("", "events", "create patch update"),
            ("", "nodes", watch),
            ("storage.k8s.io", "storageclasses csinodes", watch),
        ),
        *_storage(),
        *_dns(),
    ]
