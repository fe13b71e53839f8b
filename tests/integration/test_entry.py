# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""verify goes through the entry point, and names the option for whatever it meets on the way.

The entry point is an nginx of the test at a port of the node, with a certificate of the test's authority. Nobody serves
the Ingress of the instance itself, so each wrong way can be taken on purpose. At the end there is a real Traefik in its
place, and the mistakes are those that people make with one.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.audit import AuditLog
from ansible_collections.openclaw.kubernetes.tests.integration.support.authority import Authority
from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import Cluster, wait_until
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import COLLECTION, Run, run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage
from ansible_collections.openclaw.kubernetes.tests.integration.support.traefik import PLAIN, Traefik, traefik

pytestmark = pytest.mark.needs_image("nginx")
CERTIFICATES = COLLECTION / "tests" / "unit" / "plugins" / "module_utils" / "cluster" / "certificates"
HOST = "claw.example.com"
# Names of the same certificate: nobody serves the first, the second is another name of the instance that it was not
# told of, and behind the third one WebSockets end.
NOBODY, SECOND, STILL = f"nobody.{HOST}", f"second.{HOST}", f"still.{HOST}"
IMAGE = "docker.io/nginxinc/nginx-unprivileged:1.29-alpine"

_NGINX = """\
daemon off;
worker_processes 1;
pid /tmp/nginx.pid;
error_log stderr warn;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path /tmp/body;
    proxy_temp_path /tmp/proxy;
    fastcgi_temp_path /tmp/fastcgi;
    uwsgi_temp_path /tmp/uwsgi;
    scgi_temp_path /tmp/scgi;
    resolver {dns} valid=1s ipv6=off;
    ssl_certificate /tls/tls.pem;
    ssl_certificate_key /tls/tls.pem;
    map $http_upgrade $kept {{ default upgrade; "" close; }}
    proxy_http_version 1.1;
    proxy_connect_timeout 2s;
    server {{ listen 8443 ssl default_server; return 404; }}
    server {{
        listen 8443 ssl;
        server_name {host} {second};
        location / {{
            set $gateway {gateway};
            proxy_pass http://$gateway:18789;
            proxy_set_header Host $host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $kept;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto https;
        }}
    }}
    server {{
        listen 8443 ssl;
        server_name {still};
        location / {{
            set $gateway {gateway};
            proxy_pass http://$gateway:18789;
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $remote_addr;
        }}
    }}
}}
"""


@dataclass
class Entry:
    """The test's entry point, which leads to an instance that may not be there yet."""

    instance: str
    address: str
    """Where it is reached from outside."""
    proxy: str
    """The address that the gateway sees."""


def new_entry(stage: Stage) -> Entry:
    cluster, instance = stage.cluster, stage.name("entered")
    namespace = stage.namespace(stage.name("entry"))
    dns = cluster.get("Service", "kube-dns", "kube-system")["spec"]["clusterIP"]
    gateway = f"{instance}.{instance}.svc.cluster.local"
    conf = _NGINX.format(dns=dns, host=HOST, second=SECOND, still=STILL, gateway=gateway)
    pem = base64.b64encode((CERTIFICATES / f"{HOST}.pem").read_bytes()).decode()
    metadata = {"name": "entry", "namespace": namespace}
    cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"nginx.conf": conf}})
    cluster.create({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {"tls.pem": pem}})
    cluster.create(_pod(metadata))
    spec = {"type": "NodePort", "selector": {"app": "entry"}, "ports": [{"port": 8443}]}
    made = cluster.create({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})
    wait_until("nginx runs", lambda: cluster.get("Pod", "entry", namespace)["status"].get("phase") == "Running")
    proxy = cluster.get("Pod", "entry", namespace)["status"]["podIP"]
    return Entry(instance, f"{_node(cluster)}:{made['spec']['ports'][0]['nodePort']}", proxy)


def _pod(metadata: dict[str, str]) -> dict[str, Any]:
    volumes = [
        {"name": "conf", "configMap": {"name": "entry"}},
        {"name": "tls", "secret": {"secretName": "entry"}},
        {"name": "tmp", "emptyDir": {}},
    ]
    container = {
        "name": "entry",
        "image": IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "command": ["nginx", "-e", "stderr", "-c", "/conf/nginx.conf"],
        "securityContext": {"runAsUser": 1000, "runAsNonRoot": True},
        "volumeMounts": [
            {"name": "conf", "mountPath": "/conf"},
            {"name": "tls", "mountPath": "/tls"},
            {"name": "tmp", "mountPath": "/tmp"},
        ],
    }
    spec = {
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 0,
        "containers": [container],
        "volumes": volumes,
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {**metadata, "labels": {"app": "entry"}}, "spec": spec}


def _node(cluster: Cluster) -> str:
    addresses = cluster.list("Node")[0]["status"]["addresses"]
    return str(next(each["address"] for each in addresses if each["type"] == "InternalIP"))


@pytest.fixture(scope="module")
def entry(shared_stage: Stage) -> Entry:
    return new_entry(shared_stage)


@pytest.fixture(scope="module")
def instance(shared_stage: Stage, entry: Entry) -> Instance:
    """An instance that is reached through the entry point; its first run verifies that."""
    inventory = shared_stage.inventory().host(
        entry.instance,
        openclaw_hostname=HOST,
        openclaw_ingress_enabled=True,
        openclaw_ingress_controller="generic",
        openclaw_entry_points={"edge": {"cidr": [f"{entry.proxy}/32"]}},
        openclaw_verify_entry_address=entry.address,
        openclaw_verify_entry_ca=str(CERTIFICATES / "authority.pem"),
    )
    return Instance(shared_stage.cluster, entry.instance, inventory, deployed=run("site", inventory).ok())


def verify(instance: Instance, **options: object) -> Run:
    return run("verify", instance.inventory, extra={f"openclaw_{name}": value for name, value in options.items()})


def test_site_verifies_the_way_in(instance: Instance) -> None:
    assert instance.deployed
    assert f"answers through its Service and https://{HOST}, runs the declared" in instance.deployed.stdout


def test_verify_goes_the_same_way_and_writes_nothing(instance: Instance, audit: AuditLog) -> None:
    mark = audit.mark()
    assert f"its Service and https://{HOST}" in verify(instance).ok().stdout
    assert audit.since(mark).writes == []


def test_switched_off_it_is_not_asked(instance: Instance) -> None:
    nowhere = {"verify_entry_address": "192.0.2.1", "verify_entry_enabled": False}
    assert HOST not in verify(instance, **nowhere).ok().stdout


def test_check_mode_does_not_ask(instance: Instance) -> None:
    nowhere = {"openclaw_verify_entry_address": "192.0.2.1"}
    assert HOST not in run("verify", instance.inventory, check=True, extra=nowhere).ok().stdout


@pytest.mark.parametrize(
    "options, words",
    [
        ({"hostname": NOBODY}, [f"https://{NOBODY}: nobody serves this host", "openclaw_ingress_class"]),
        ({"hostname": SECOND}, [f"refuses pages of https://{SECOND}", "openclaw_allowed_origins"]),
        ({"hostname": STILL}, ["WebSockets do not get through", "Upgrade"]),
        ({"hostname": "other.example.com"}, ["one of another host", "openclaw_ingress_tls_secret"]),
        ({"ingress_tls_enabled": False}, [f"http://{HOST}: ", "openclaw_verify_entry_address"]),
        (
            {"ingress_basic_auth_enabled": True, "ingress_controller": "nginx"},
            ["nobody is asked for a password", "openclaw_ingress_controller"],
        ),
        ({"verify_entry_ca": "/nowhere/ca.pem"}, ["openclaw_verify_entry_ca", "/nowhere/ca.pem"]),
    ],
    ids=["nobody serves it", "origin", "websocket", "certificate", "not TLS", "no password", "no file"],
)
def test_each_wrong_way_names_its_option(instance: Instance, options: dict[str, object], words: list[str]) -> None:
    failed = verify(instance, **options)
    assert failed.rc != 0
    assert [word for word in words if word not in failed.error] == []


def test_an_unknown_authority_names_its_option(instance: Instance, tmp_path: Path) -> None:
    another = tmp_path / "another.pem"
    another.write_bytes(base64.b64decode(instance.cluster.certificate_authority))
    failed = verify(instance, verify_entry_ca=str(another))
    assert failed.rc != 0
    assert "an authority that is unknown here" in failed.error
    assert "openclaw_verify_entry_ca" in failed.error


def test_an_address_where_nobody_listens_names_its_option(instance: Instance, entry: Entry) -> None:
    closed = f"{entry.address.partition(':')[0]}:1"
    failed = verify(instance, verify_entry_address=closed)
    assert failed.rc != 0
    assert f"nobody answers at {closed}" in failed.error
    assert "openclaw_verify_entry_address" in failed.error


def test_a_name_that_nobody_knows_names_its_option(instance: Instance) -> None:
    failed = verify(instance, verify_entry_address="", hostname="claw.invalid")
    assert failed.rc != 0
    assert "this name is not known here" in failed.error
    assert "openclaw_verify_entry_address" in failed.error


def test_a_proxy_that_is_not_trusted_is_explained(instance: Instance, entry: Entry) -> None:
    """From here on the instance is changed. A request for its health alone would not notice."""
    silent = {"edge": {"cidr": [f"{entry.proxy}/32"], "proxy": False}}
    failed = instance.site(openclaw_entry_points=silent, openclaw_trusted_proxies=["192.0.2.1"])
    assert failed.rc != 0
    assert "403 proxy_attribution_required" in failed.error
    assert "openclaw_entry_points" in failed.error
    assert "openclaw_trusted_proxies" in failed.error

    trusted = instance.site(openclaw_trusted_proxies=[entry.proxy]).ok()
    assert f"its Service and https://{HOST}" in trusted.stdout


def test_an_entry_point_that_the_policy_keeps_out_is_explained(instance: Instance) -> None:
    failed = instance.site(openclaw_entry_points={"edge": {"cidr": ["192.0.2.1/32"]}})
    assert failed.rc != 0
    assert "does not get through to the gateway (504)" in failed.error
    assert "openclaw_entry_points" in failed.error


# -- a real Traefik ------------------------------------------------------------------------------------------------

SERVED = f"served.{HOST.partition('.')[2]}"
with_traefik = pytest.mark.needs_image("traefik")


@pytest.fixture(scope="module")
def controller(shared_stage: Stage) -> Iterator[Traefik]:
    with traefik(shared_stage, Authority()) as started:
        yield started


@pytest.fixture(scope="module")
def served(shared_stage: Stage, controller: Traefik) -> Instance:
    """An instance behind Traefik, done right: by its pods. Its certificate is the one of Traefik's Gateway."""
    name, inventory = shared_stage.instance(
        "served",
        openclaw_hostname=SERVED,
        openclaw_ingress_enabled=True,
        openclaw_ingress_class=controller.name,
        openclaw_gateway_proxy_enabled=True,
        openclaw_entry_points={"traefik": controller.entry_point},
        openclaw_verify_entry_address=controller.address(),
        openclaw_verify_entry_ca=str(controller.ca_file),
    )
    return Instance(shared_stage.cluster, name, inventory, deployed=run("site", inventory).ok())


@with_traefik
def test_behind_traefik_the_way_in_is_verified(served: Instance) -> None:
    assert served.deployed
    assert f"answers through its Service and https://{SERVED}, runs the declared" in served.deployed.stdout


@with_traefik
@pytest.mark.parametrize(
    "options, words",
    [
        (
            {"entry_points": {}},
            ["openclaw_ingress_enabled  nobody is named who brings clients", "openclaw_entry_points"],
        ),
        ({"gateway_proxy_enabled": False}, ["openclaw_entry_points  traefik: the addresses of its pods come and go"]),
        ({"networkpolicy_enabled": False}, ["openclaw_networkpolicy_enabled is false", "any pod could pass for it"]),
        (
            {"ingress_controller": "contour", "ingress_basic_auth_enabled": True, "ingress_tls_secret": "any"},
            ["openclaw_ingress_basic_auth_enabled  true cannot be had on an Ingress of contour"],
        ),
        (
            {"ingress_controller": "generic", "ingress_rate_limit": 5},
            ["openclaw_ingress_rate_limit  5 cannot be had", "openclaw_ingress_controller"],
        ),
        ({"hostname": ""}, ["openclaw_ingress_enabled  needs the name", "openclaw_hostname"]),
    ],
    ids=["nobody named", "no proxy", "no policy", "no passwords", "unknown controller", "no host"],
)
def test_preflight_refuses_what_cannot_work_behind_traefik(
    served: Instance, audit: AuditLog, options: dict[str, object], words: list[str]
) -> None:
    mark = audit.mark()
    refused = run("preflight", served.inventory, extra={f"openclaw_{name}": value for name, value in options.items()})
    assert refused.rc != 0
    # Of several problems the reasons stand below each other.
    said = re.sub(" +", " ", refused.error)
    assert [word for word in words if word.replace("  ", " ") not in said] == []
    assert audit.since(mark).writes == []


@with_traefik
@pytest.mark.parametrize(
    "options, words",
    [
        ({"hostname": "claw.elsewhere.test"}, ["https://claw.elsewhere.test: ", "openclaw_ingress_tls_secret"]),
        ({"hostname": HOST}, [f"https://{HOST}: nobody serves this host", "openclaw_ingress_class"]),
        ({"ingress_path": "/claw"}, ["configuration in force: gateway.controlUi.basePath is missing"]),
        (
            {"ingress_basic_auth_enabled": True},
            ["nobody is asked for a password", "openclaw_ingress_basic_auth_enabled", "openclaw_ingress_controller"],
        ),
    ],
    ids=["host without a certificate", "host that nobody serves", "path", "no password"],
)
def test_each_wrong_way_behind_traefik_names_its_option(
    served: Instance, options: dict[str, object], words: list[str]
) -> None:
    failed = verify(served, **options)
    assert failed.rc != 0
    assert [word for word in words if word not in failed.error] == [], failed.error


@with_traefik
def test_a_host_without_tls_is_told_before_and_after(served: Instance, controller: Traefik) -> None:
    """From here on the instance is changed, and changed back. Traefik takes TLS at each port, and serves it at one."""
    plain = served.site(openclaw_ingress_tls_enabled=False)
    assert plain.rc != 0
    assert "openclaw_ingress_tls_enabled is false: browsers cannot pair" in " ".join(plain.output.split())
    assert f"http://{SERVED}: " in plain.error
    assert "openclaw_verify_entry_address" in plain.error
    served.site(openclaw_verify_entry_address=controller.address(PLAIN)).ok()
    redirected = served.site(openclaw_ingress_tls_enabled=None)
    assert redirected.rc != 0
    assert "nobody serves this host" in redirected.error
    assert "openclaw_verify_entry_address" in redirected.error
    served.site(openclaw_verify_entry_address=controller.address()).ok()


@with_traefik
def test_tls_in_the_ingress_alone_is_not_enough_for_traefik(served: Instance) -> None:
    failed = served.site(openclaw_ingress_controller="generic")
    assert failed.rc != 0
    assert f"https://{SERVED}: nobody serves this host" in failed.error
    assert "openclaw_ingress_controller" in failed.error
    served.site(openclaw_ingress_controller=None).ok()


@with_traefik
def test_a_name_that_traefik_serves_and_the_instance_was_not_told_of(served: Instance) -> None:
    """By an Ingress of somebody's own."""
    cluster, name, other = served.cluster, served.name, f"other.{HOST.partition('.')[2]}"
    own = cluster.get("Ingress", name, name)
    rules = [{**rule, "host": other} for rule in own["spec"]["rules"]]
    metadata = {"name": "by-hand", "namespace": name, "annotations": own["metadata"]["annotations"]}
    by_hand = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata}
    cluster.create({**by_hand, "spec": {**own["spec"], "rules": rules, "tls": [{"hosts": [other]}]}})
    failed = verify(served, hostname=other)
    assert failed.rc != 0
    assert f"refuses pages of https://{other}" in failed.error
    assert "openclaw_allowed_origins" in failed.error
    cluster.delete("Ingress", "by-hand", name)


@with_traefik
def test_a_traefik_that_is_named_by_its_address_is_lost_with_its_pod(served: Instance, controller: Traefik) -> None:
    """Last in the file."""
    (address,) = controller.addresses()
    by_address = {"edge": {"cidr": [f"{address}/32"]}}
    served.site(openclaw_entry_points=by_address, openclaw_gateway_proxy_enabled=None).ok()
    controller.restart()
    failed = verify(served)
    assert failed.rc != 0
    # Traefik tries for longer than a person would wait.
    assert "takes requests and does not answer" in failed.error
    assert "openclaw_entry_points" in failed.error

    let_in = {"controller": {**controller.entry_point, "proxy": False}}
    failed = served.site(openclaw_entry_points={**by_address, **let_in})
    assert failed.rc != 0
    assert "403 proxy_attribution_required" in failed.error
    assert "openclaw_trusted_proxies" in failed.error
