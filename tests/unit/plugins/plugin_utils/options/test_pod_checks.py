# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rules about the pod refuse, warn of and allow."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved

Resolve = Callable[[Mapping[str, object]], Resolved]
Variables = dict[str, object]

PASSWORD = "s3cr3t-0123456789"


def volume(path: str = "/media", container: str = "openclaw", **mount: object) -> Variables:
    return {"openclaw_volumes": {"media": {"emptyDir": {}, "mounts": {container: {"path": path, **mount}}}}}


def sidecar(**fields: object) -> Variables:
    return {"openclaw_sidecars": {"logs": {"image": "busybox:1", **fields}}}


PROBLEMS: list[tuple[Variables, str]] = [
    # Labels and annotations
    (
        {"openclaw_pod_labels": {"app.kubernetes.io/component": "x"}},
        "openclaw_pod_labels  app.kubernetes.io/component: is set by the collection or by Kubernetes. "
        "Choose another key.",
    ),
    (
        {"openclaw_pod_labels": {"openclaw.kubernetes/part": "x"}},
        "openclaw_pod_labels  openclaw.kubernetes/part: is set by the collection or by Kubernetes. Choose another key.",
    ),
    (
        {"openclaw_pod_labels": {"apps.kubernetes.io/pod-index": "0"}},
        "openclaw_pod_labels  apps.kubernetes.io/pod-index: is set by the collection or by Kubernetes. "
        "Choose another key.",
    ),
    ({"openclaw_pod_labels": {"tier": 1}}, "openclaw_pod_labels  tier: 1 is not text. Write it in quotes."),
    (
        {"openclaw_pod_labels": {"tier": "a b"}},
        'openclaw_pod_labels  tier: "a b" is not the value of a label. Write at most 63 letters, digits, dots and '
        "dashes.",
    ),
    (
        {"openclaw_pod_labels": {"Example.com/tier": "a"}},
        "openclaw_pod_labels  Example.com/tier: is not a key in Kubernetes. Write a name of at most 63 letters, "
        "digits, dots and dashes, or example.com/name.",
    ),
    (
        {"openclaw_pod_annotations": {"openclaw.kubernetes/config-digest": "x"}},
        "openclaw_pod_annotations  openclaw.kubernetes/config-digest: is set by the collection. Choose another key.",
    ),
    (
        {"openclaw_pod_annotations": {"a/b": True}},
        "openclaw_pod_annotations  a/b: True is not text. Write it in quotes.",
    ),
    # Node and names
    ({"openclaw_node_selector": {"gpu": True}}, "openclaw_node_selector  gpu: True is not text. Write it in quotes."),
    (
        {"openclaw_priority_class": "High Priority"},
        'openclaw_priority_class  "High Priority" is not a name of a Kubernetes object: lower-case letters, digits, '
        "dashes and dots only.",
    ),
    (
        {"openclaw_host_aliases": {"nas": ["nas.lan"]}},
        "openclaw_host_aliases  nas: is not an IP address. Write {<address>: [<name>]}.",
    ),
    (
        {"openclaw_host_aliases": {"10.0.0.9": "nas"}},
        "openclaw_host_aliases  10.0.0.9: is not a list of names. Write [<name>].",
    ),
    (
        {"openclaw_host_aliases": {"10.0.0.9": ["my nas"]}},
        'openclaw_host_aliases  10.0.0.9: "my nas" is not the name of a host.',
    ),
    (
        {"openclaw_dns_config": {"nameservers": "10.0.0.2"}},
        "openclaw_dns_config  nameservers: is not a list. Write [<address>].",
    ),
    (
        {"openclaw_dns_config": {"nameservers": ["dns.lan"]}},
        'openclaw_dns_config  nameservers: "dns.lan" is not an IP address. Write the address of the server.',
    ),
    (
        {"openclaw_dns_policy": "None", "openclaw_dns_config": {"searches": ["lan"]}},
        'openclaw_dns_policy  "None" leaves no name server. Write nameservers in openclaw_dns_config.',
    ),
    # Account
    (
        {"openclaw_service_account_name": "agents", "openclaw_service_account_annotations": {"a/b": "c"}},
        "openclaw_service_account_annotations  cannot be written to the existing account agents. Annotate it yourself, "
        "or remove openclaw_service_account_name.",
    ),
    # Certificates and proxy
    (
        {"openclaw_ca_bundle_config_map": "ca", "openclaw_ca_bundle_secret": "ca"},
        "openclaw_ca_bundle_secret  is set beside openclaw_ca_bundle_config_map. Remove one of the two.",
    ),
    *(
        ({"openclaw_proxy_url": url}, "openclaw_proxy_url  is not the URL of a proxy. Write http://<host>:<port>.")
        for url in ("proxy:3128", "socks5://10.0.0.3:1080", "http://10.0.0.3", "http://10.0.0.3:99999", "http://[::1")
    ),
    (
        {"openclaw_proxy_url": "http://10.0.0.3:3128/path"},
        "openclaw_proxy_url  is not the URL of a proxy. Write http://<host>:<port>.",
    ),
    (
        {"openclaw_proxy_url": "http://169.254.169.254:80"},
        "openclaw_proxy_url  169.254.169.254 is a link-local, metadata or reserved address. "
        "Write the address of a proxy.",
    ),
    (
        {"openclaw_proxy_url": "http://10.0.0.3:3128", "openclaw_proxy_bypass": ["https://a.example.com"]},
        'openclaw_proxy_bypass  "https://a.example.com" is not a name, domain, address or range. '
        "Write for example registry.example.com, .example.com or 203.0.113.0/24.",
    ),
    # Containers of the user's own
    (
        {"openclaw_sidecars": {"logs": {"command": ["tail"]}}},
        "openclaw_sidecars  logs: has no image. Write image: <repository>:<tag>.",
    ),
    (
        {"openclaw_init_containers": {"warm-up": "busybox"}},
        "openclaw_init_containers  warm-up: is not a map. Write {image: <image>, command: [<program>]}.",
    ),
    (
        {"openclaw_sidecars": {"Logs": {"image": "busybox:1"}}},
        "openclaw_sidecars  Logs: is not a DNS label: at most 63 lower-case letters, digits and dashes, no dash at the "
        "ends.",
    ),
    (
        sidecar(name="other"),
        'openclaw_sidecars  logs: name: "other" is another name than its key. Remove it.',
    ),
    (
        {"openclaw_sidecars": {"openclaw": {"image": "busybox:1"}}},
        "openclaw_sidecars  openclaw: is the name of a container of the collection. Choose another one.",
    ),
    (
        {"openclaw_init_containers": {"prepare-state": {"image": "busybox:1"}}},
        "openclaw_init_containers  prepare-state: is the name of a container of the collection. Choose another one.",
    ),
    (
        {"openclaw_init_containers": {"a": {"image": "b"}}, "openclaw_sidecars": {"a": {"image": "b"}}},
        "openclaw_sidecars  a: is the name of a container of openclaw_init_containers. Choose another one.",
    ),
    (
        sidecar(securityContext={"privileged": True}),
        "openclaw_sidecars  logs: privileged: true gives the container all of its node, which the standard restricted "
        "of the namespace forbids. Write false, or set openclaw_namespace_pod_security to privileged.",
    ),
    (
        sidecar(securityContext={"runAsUser": 0}),
        "openclaw_sidecars  logs: runAsUser: 0 runs it as root, which the standard restricted of the namespace "
        "forbids. Write another id, or set openclaw_namespace_pod_security to baseline.",
    ),
    (
        sidecar(securityContext={"runAsNonRoot": False}),
        "openclaw_sidecars  logs: runAsNonRoot: false lets root run, which the standard restricted of the namespace "
        "forbids. Remove it, or set openclaw_namespace_pod_security to baseline.",
    ),
    (
        sidecar(ports=[{"containerPort": 80, "hostPort": 80}]),
        "openclaw_sidecars  logs: hostPort: 80 takes a port of the node, which the standard restricted of the "
        "namespace forbids. Remove it, or set openclaw_namespace_pod_security to privileged.",
    ),
    # Volumes
    (
        {"openclaw_volumes": {"media": {"mounts": {"openclaw": {"path": "/media"}}}}},
        "openclaw_volumes  media: needs one source, such as {persistentVolumeClaim: {claimName: <claim>}}.",
    ),
    (
        {"openclaw_volumes": {"media": {"emptyDir": {}, "secret": {}, "mounts": {"openclaw": {"path": "/media"}}}}},
        "openclaw_volumes  media: needs one source, such as {persistentVolumeClaim: {claimName: <claim>}}.",
    ),
    (
        {"openclaw_volumes": {"media": {"emptyDir": {}}}},
        "openclaw_volumes  media: is mounted nowhere. Write mounts: {openclaw: {path: <path>}}.",
    ),
    (
        {"openclaw_volumes": {"media": {"emptyDir": {}, "mounts": {"openclaw": "/media"}}}},
        "openclaw_volumes  media: mounts.openclaw: is not a map. Write {path: <path>}.",
    ),
    (
        volume(readonly=True),
        "openclaw_volumes  media: mounts.openclaw.readonly: is not one of path, sub_path, read_only. "
        "Did you mean read_only?",
    ),
    (
        volume(path="media"),
        "openclaw_volumes  media: mounts.openclaw.path: is not a path. Write one that begins with a slash.",
    ),
    (
        volume(path="/media/../etc"),
        'openclaw_volumes  media: mounts.openclaw.path: "/media/../etc" holds a colon or "..". Write the path itself.',
    ),
    (volume(sub_path=1), "openclaw_volumes  media: mounts.openclaw.sub_path: is not text. Write it in quotes."),
    (
        volume(read_only="yes"),
        "openclaw_volumes  media: mounts.openclaw.read_only: is not true or false. Write true or false.",
    ),
    (
        volume(container="opneclaw"),
        "openclaw_volumes  media: mounts.opneclaw: is no container of the pod. It has prepare-state, openclaw.",
    ),
    (
        {"openclaw_volumes": {"data": {"emptyDir": {}, "mounts": {"openclaw": {"path": "/media"}}}}},
        "openclaw_volumes  data: is the name of a volume of the collection. Choose another one.",
    ),
    *(
        (
            volume(path=path),
            f'openclaw_volumes  media: mounts.openclaw.path: "{path.rstrip("/") or "/"}" {reason}. Choose another one.',
        )
        for path, reason in (
            ("/etc/openclaw", "is where config is mounted"),
            ("/etc/openclaw/more", "lies in /etc/openclaw, where nothing can be made"),
            ("/etc", "would hide /etc/openclaw"),
            ("/home/node/.openclaw/", "is where data is mounted"),
            ("/home/node", "would hide /home/node/.openclaw"),
            ("/tmp", "is where tmp is mounted"),
            ("/", "would hide /etc/openclaw"),
        )
    ),
    (
        {
            "openclaw_volumes": {
                name: {"emptyDir": {}, "mounts": {"openclaw": {"path": "/media"}}} for name in ("a", "b")
            }
        },
        'openclaw_volumes  b: mounts.openclaw.path: "/media" is where a is mounted. Choose another one.',
    ),
    (
        {**volume(path="/etc/openclaw-ca"), "openclaw_ca_bundle_secret": "ca"},
        'openclaw_volumes  media: mounts.openclaw.path: "/etc/openclaw-ca" is where ca is mounted. Choose another one.',
    ),
    (
        {"openclaw_volumes": {"node": {"hostPath": {"path": "/srv"}, "mounts": {"openclaw": {"path": "/srv"}}}}},
        "openclaw_volumes  node: hostPath is a kind of volume that the standard restricted of the namespace forbids. "
        "Use another kind of volume, or set openclaw_namespace_pod_security to privileged.",
    ),
    (
        {"openclaw_volumes": {"share": {"nfs": {"server": "a"}, "mounts": {"openclaw": {"path": "/srv"}}}}},
        "openclaw_volumes  share: nfs is a kind of volume that the standard restricted of the namespace forbids. "
        "Use another kind of volume, or set openclaw_namespace_pod_security to baseline.",
    ),
]


@pytest.mark.parametrize("variables, problem", PROBLEMS)
def test_a_rule_names_option_entry_and_what_to_write(variables: Variables, problem: str, resolved: Resolve) -> None:
    assert resolved(variables).problems == [problem]


@pytest.mark.parametrize(
    "url",
    [
        f"http://user:{PASSWORD}@proxy:3128",
        f"http://{PASSWORD}@10.0.0.3:3128",
        f"http://u:a#{PASSWORD}@h:1",
        f"//:{PASSWORD}@h:1",
    ],
)
def test_credentials_of_a_proxy_are_refused_and_not_shown(url: str, resolved: Resolve) -> None:
    found = resolved({"openclaw_proxy_url": url})
    assert len(found.problems) == 1
    assert found.problems[0].startswith("openclaw_proxy_url  holds credentials")
    assert PASSWORD not in str(found.problems) + str(found.warnings)


def test_what_would_have_to_build_the_pod_waits_for_the_other_problems(resolved: Resolve) -> None:
    variables = {**volume(container="opneclaw"), "openclaw_env": {"A": {"b": 1}}}
    assert [problem.split()[0] for problem in resolved(variables).problems] == ["openclaw_env"]


@pytest.mark.parametrize("option", ["openclaw_volumes", "openclaw_init_containers", "openclaw_sidecars"])
@pytest.mark.parametrize("value", ["text", 1, [], ["a"], {}, {"mounts": []}, {"mounts": {"a": {"path": []}}}])
def test_no_shape_of_an_entry_breaks_the_rules(option: str, value: object, resolved: Resolve) -> None:
    found = resolved({option: {"entry": value}})
    assert found.problems
    assert all(problem.startswith(f"{option}  entry:") for problem in found.problems)


@pytest.mark.parametrize(
    "variables",
    [
        {"openclaw_pod_labels": {"example.com/tier": "gold", "empty": ""}},
        {"openclaw_node_selector": {"kubernetes.io/arch": "arm64"}},
        {"openclaw_dns_policy": "None", "openclaw_dns_config": {"nameservers": ["10.0.0.2", "fd00::2"]}},
        {"openclaw_proxy_url": "http://squid.proxies.svc:3128", "openclaw_proxy_bypass": [".lan", "a:80", "fd00::/8"]},
        {"openclaw_proxy_url": "http://[fd00::3]:3128/"},
        {"openclaw_proxy_url": "http://127.0.0.1:3128"},
        sidecar(securityContext={"readOnlyRootFilesystem": False, "capabilities": {"add": ["NET_BIND_SERVICE"]}}),
        {**sidecar(), **volume(path="/tmp", container="logs")},
        volume(path="/home/node/.openclaw/media"),
        volume(path="/tmp/media", sub_path="a", read_only=True),
        {
            "openclaw_namespace_pod_security": "baseline",
            **sidecar(securityContext={"runAsUser": 0, "runAsNonRoot": False}),
        },
    ],
)
def test_what_the_rules_allow(variables: Variables, resolved: Resolve) -> None:
    found = resolved(variables)
    assert (found.problems, found.warnings) == ([], [])


@pytest.mark.parametrize(
    "variables, warning",
    [
        (
            {"openclaw_service_account_token_enabled": True},
            "openclaw_service_account_token_enabled  is true: the agent can do in the cluster whatever the service "
            "account support may do.",
        ),
        (
            {"openclaw_service_account_token_enabled": True, "openclaw_service_account_name": "agents"},
            "openclaw_service_account_token_enabled  is true: the agent can do in the cluster whatever the service "
            "account agents may do.",
        ),
        (
            {"openclaw_dns_policy": "Default"},
            'openclaw_dns_policy  "Default" asks the name servers of the node: they know no Service, so the '
            "verification cannot ask the gateway through its own, and the network policy opens no way to them unless "
            "openclaw_dns_config lists them.",
        ),
        (
            {"openclaw_proxy_url": "http://proxy.example.com:3128"},
            "openclaw_proxy_url  proxy.example.com is a name, and a network policy knows addresses: it opens only the "
            "way to public addresses, at port 3128. Write the address of the proxy, or its Service "
            "<name>.<namespace>.svc.",
        ),
        (
            {"openclaw_proxy_url": "http://proxy.example.com:3128", "openclaw_networkpolicy_egress": "none"},
            "openclaw_proxy_url  proxy.example.com is a name, and a network policy knows addresses: it opens no way. "
            "Write the address of the proxy, or its Service <name>.<namespace>.svc.",
        ),
        (
            {"openclaw_proxy_bypass": [".lan"]},
            "openclaw_proxy_bypass  has no effect without openclaw_proxy_url.",
        ),
    ],
)
def test_what_works_but_is_unwise_is_a_warning(variables: Variables, warning: str, resolved: Resolve) -> None:
    found = resolved(variables)
    assert (found.problems, found.warnings) == ([], [warning])


def test_a_folder_of_the_node_is_a_warning_where_it_is_allowed(resolved: Resolve) -> None:
    variables = {
        "openclaw_namespace_pod_security": "privileged",
        "openclaw_volumes": {"node": {"hostPath": {"path": "/srv"}, "mounts": {"openclaw": {"path": "/srv"}}}},
    }
    found = resolved(variables)
    assert found.problems == []
    assert "openclaw_volumes  node: hostPath opens a folder of the node to the agent." in found.warnings


def test_behind_a_proxy_a_public_model_is_in_reach_without_the_internet(resolved: Resolve) -> None:
    variables = {
        "openclaw_networkpolicy_egress": "none",
        "openclaw_config": {"models": {"providers": {"a": {"baseUrl": "https://api.example.com"}}}},
    }
    assert len(resolved(variables).warnings) == 1
    assert resolved({**variables, "openclaw_proxy_url": "http://squid.proxies.svc:3128"}).warnings == []
