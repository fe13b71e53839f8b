# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for the manifests of every valid instance."""

from __future__ import annotations

import base64
import copy
import ipaddress
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.identity import credential_secret
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import BUILDERS, instance_manifests
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.pod import (
    CONFIG_DIR,
    ENVIRONMENT,
    RESERVED_VARIABLES,
)

# Manifests are JSON of any shape; the tests look into them freely.
Json = dict
MakeInstance = Callable[..., Json]
SECRET = "sk-live-0123456789abcdef"
PODS = {"StatefulSet", "Job"}

NAMES = st.from_regex(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?", fullmatch=True)
VARIABLES = st.from_regex(r"[A-Z_]{1,8}", fullmatch=True)
HOSTS = st.sampled_from(
    [
        "stub",
        "stub.models.svc",
        "vllm.models.svc.cluster.local",
        "api.example.com",
        "localhost",
        "127.0.0.1",
        "10.0.0.5",
        "203.0.113.7",
        "[fd00::5]",
        "[2606:4700::1]",
    ]
)
PROVIDER = st.builds(lambda host, port: {"baseUrl": f"http://{host}:{port}/v1"}, HOSTS, st.integers(1, 65535))
SOURCE = st.one_of(st.just({"value": SECRET}), st.builds(lambda name: {"secret": name, "key": "a"}, NAMES))
SIZES = st.sampled_from(["2Gi", "1536Mi", "4G"])
KINDS = st.sampled_from(["secret", "config_map"])
FOREIGN = st.sampled_from(
    [
        {"config_map": "my-settings", "key": "a"},
        {"secret": "my-keys", "key": "a"},
        {"field": "status.podIP"},
        {"resource": "limits.memory"},
    ]
)
MEDIA = {"persistentVolumeClaim": {"claimName": "media"}, "mounts": {"openclaw": {"path": "/media", "read_only": True}}}
SCRATCH = {"emptyDir": {"medium": "Memory"}, "mounts": {name: {"path": "/x"} for name in ("openclaw", "prepare-state")}}
BESIDE = {"image": "quay.io/example/beside:1", "args": [], "ports": [{"containerPort": 8080}]}
SPREAD = {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway"}
OPTIONS = st.fixed_dictionaries(
    {"hostname": st.just("claw.example.com")},
    optional={
        "pod_labels": st.dictionaries(NAMES, NAMES, max_size=2),
        "pod_annotations": st.dictionaries(st.just("a/b"), st.text(max_size=3)),
        "service_account_name": st.sampled_from(["", "agents"]),
        "topology_spread": st.lists(st.just(SPREAD), max_size=1),
        "host_aliases": st.sampled_from([{}, {"10.0.0.9": ["nas"]}]),
        "dns_config": st.sampled_from([{}, {"searches": ["lan"], "options": []}]),
        "volumes": st.sampled_from([{}, {"media": MEDIA}, {"media": MEDIA, "scratch": SCRATCH}]),
        "init_containers": st.sampled_from([{}, {"before": BESIDE}]),
        "sidecars": st.sampled_from([{}, {"beside": BESIDE}]),
        "ca_bundle_config_map": st.sampled_from(["", "company-ca"]),
        "proxy_url": st.sampled_from(["", "http://10.0.0.3:3128", "http://squid.proxies.svc:3128"]),
        "name": NAMES,
        "namespace": NAMES,
        "namespace_quota": st.dictionaries(st.sampled_from(["requests.memory", "pods"]), st.just("8"), max_size=2),
        "namespace_limit_range": st.dictionaries(
            st.sampled_from(["default", "max"]), st.dictionaries(st.just("memory"), SIZES), max_size=2
        ),
        "service_account_annotations": st.dictionaries(st.just("a/b"), st.text(max_size=3)),
        "service_annotations": st.dictionaries(st.just("a/b"), st.text(max_size=3)),
        "service_type": st.sampled_from(["ClusterIP", "NodePort", "LoadBalancer"]),
        "service_labels": st.dictionaries(NAMES, NAMES, max_size=2),
        "service_port": st.integers(1, 65535),
        "service_ports": st.sampled_from([{}, {"voice": {"port": 3334, "protocol": "UDP", "target_port": "gateway"}}]),
        "service_ip_family_policy": st.sampled_from(["SingleStack", "PreferDualStack"]),
        "service_session_affinity_timeout": st.sampled_from(["", "90", "24h"]),
        "hostname_aliases": st.sampled_from([[], ["claw.example.org"]]),
        "trusted_proxies": st.sampled_from([[], ["192.0.2.10"]]),
        "route_parent": st.sampled_from([{}, {"name": "main"}, {"name": "main", "section": "https", "port": 443}]),
        "route_filters": st.sampled_from([[], [{"type": "CORS", "cors": {"allowOrigins": ["*"], "allowHeaders": []}}]]),
        "route_timeout": st.sampled_from(["", "1h30m"]),
        "route_labels": st.dictionaries(NAMES, NAMES, max_size=2),
        "route_grants": st.lists(NAMES, max_size=2),
        "openshift_route_enabled": st.booleans(),
        "secrets": st.dictionaries(VARIABLES.map(lambda name: f"S_{name}"), SOURCE, max_size=3),
        "gateway_auth": st.sampled_from(["token", "password", "trusted-proxy"]),
        "gateway_token_secret": st.sampled_from(["", "my-token"]),
        "gateway_password_secret": st.sampled_from(["", "my-password"]),
        "allowed_origins": st.sampled_from([[], ["https://other.example.com"]]),
        "env": st.dictionaries(VARIABLES, st.text(max_size=5) | st.booleans() | st.integers() | FOREIGN, max_size=3),
        "storage_class": st.sampled_from(["", "fast"]),
        "storage_existing_claim": st.sampled_from(["", "old-data"]),
        "storage_access_modes": st.sampled_from([["ReadWriteOnce"], ["ReadWriteMany"]]),
        "config": st.fixed_dictionaries(
            {"models": st.fixed_dictionaries({"providers": st.dictionaries(NAMES, PROVIDER, max_size=3)})}
        ),
        "config_mode": st.sampled_from(["readonly", "overwrite", "seed"]),
        "config_validate_enabled": st.booleans(),
        "networkpolicy_enabled": st.booleans(),
        "networkpolicy_egress": st.sampled_from(["open-internet", "providers-only", "internal", "none"]),
        "networkpolicy_flavor": st.sampled_from(["kubernetes", "cilium", "gke"]),
        "networkpolicy_egress_names": st.sampled_from([[], ["api.example.com", "*.example.org"]]),
        "networkpolicy_egress_to": st.sampled_from([{}, {"wide": {"cidr": ["1.0.0.0/8"]}, "home": {"namespace": "a"}}]),
        "networkpolicy_cluster_ranges": st.sampled_from([[], ["203.0.113.0/24", "2600:1f00::/40", "10.0.0.0/8"]]),
        "networkpolicy_node_dns_enabled": st.booleans(),
        "networkpolicy_same_namespace_enabled": st.booleans(),
        "networkpolicy_models_enabled": st.booleans(),
        "networkpolicy_ingress_namespaces": st.lists(NAMES, max_size=2),
        "image_tag": st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", fullmatch=True).filter(
            lambda t: t != "latest"
        ),
        "image_digest": st.sampled_from(["", "sha256:" + "0a" * 32]),
        "image_pull_secrets": st.lists(NAMES, max_size=2, unique=True),
        "image_registry": st.sampled_from(["", "registry.example.com:5000/mirror", "[fd00::5]:5000"]),
        "cpu_limit": st.sampled_from(["", "2", "500m"]),
        "memory_limit": SIZES,
        "resources": st.sampled_from([{}, {"limits": {"nvidia.com/gpu": 1}}, {"requests": {"memory": "1Gi"}}]),
        "command": st.sampled_from([[], ["tini", "--", "node"]]),
        "args": st.sampled_from([[], ["gateway", "run", "--verbose"]]),
        "env_from": st.dictionaries(NAMES, st.builds(lambda kind, name: {kind: name}, KINDS, NAMES), max_size=1),
        "timezone": st.sampled_from(["", "UTC"]),
        "node_options": st.sampled_from(["", "--enable-source-maps"]),
        "lifecycle": st.sampled_from([{}, {"preStop": {"exec": {"command": ["true"]}}}]),
        "liveness_enabled": st.booleans(),
        "readiness_enabled": st.booleans(),
        "startup_enabled": st.booleans(),
        "readiness_timeout": st.sampled_from(["1s", "5s", "1m"]),
        "readiness_min_free": st.sampled_from(["", "256Mi"]),
        "run_as_user": st.integers(1, 2**31 - 1),
        "fs_group": st.integers(0, 2**31 - 1),
        "pod_security_context": st.sampled_from([{}, {"supplementalGroups": [5]}, {"supplementalGroups": []}]),
        "container_security_context": st.sampled_from([{}, {"readOnlyRootFilesystem": False}]),
        "user_namespace_enabled": st.booleans(),
        "apparmor_profile": st.sampled_from(["", "RuntimeDefault", "agent"]),
    },
).filter(lambda options: not RESERVED_VARIABLES.keys() & set(options.get("env", {})) and not refused(options))


def refused(options: Json) -> bool:
    """What the rules refuse as a whole, so no instance has it: one thing said twice, something said for nobody."""
    if options.get("service_account_name") and options.get("service_account_annotations"):
        return True
    brought = options.get("route_parent") or options.get("openshift_route_enabled")
    brought = brought or options.get("gateway_auth") == "trusted-proxy"
    if brought and not options.get("trusted_proxies"):
        return True
    if nobody_knows_names(options):
        return True
    given = {"TZ": options.get("timezone"), "NODE_OPTIONS": options.get("node_options")}
    return any(value and name in options.get("env", {}) for name, value in given.items())


def nobody_knows_names(options: Json) -> bool:
    by_address = options.get("networkpolicy_flavor", "kubernetes") == "kubernetes" and not options.get("proxy_url")
    return bool(by_address and options.get("networkpolicy_egress") == "providers-only")


def for_every_instance(test: Callable[..., None]) -> Callable[..., None]:
    examples = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
    return examples(given(options=OPTIONS)(test))


def nodes(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every value in a manifest with its place."""
    yield path, value
    if isinstance(value, dict):
        for key, child in value.items():
            yield from nodes(child, f"{path}.{key}")
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from nodes(child, f"{path}[{index}]")


def kind(manifests: list[Json], *kinds: str) -> list[Json]:
    return [manifest for manifest in manifests if manifest["kind"] in kinds]


def templates(manifests: list[Json]) -> list[Json]:
    return [manifest["spec"]["template"] for manifest in kind(manifests, *PODS)]


def containers(template: Json) -> list[Json]:
    return [*template["spec"].get("initContainers", []), *template["spec"]["containers"]]


def gateway_of(manifests: list[Json]) -> Json:
    (stateful_set,) = kind(manifests, "StatefulSet")
    (gateway,) = (each for each in containers(stateful_set["spec"]["template"]) if each["name"] == "openclaw")
    return gateway


def users_own(instance: Json) -> set[str]:
    """The names of the containers that the collection did not choose."""
    return {*instance["init_containers"], *instance["sidecars"]}


# Identity


@for_every_instance
def test_every_object_says_whose_it_is(make_instance: MakeInstance, options: Json) -> None:
    instance = make_instance(**options)
    for part, builder in BUILDERS.items():
        for manifest in builder(instance):
            metadata = manifest["metadata"]
            labels = metadata["labels"]
            assert labels == labels | {
                "app.kubernetes.io/name": "openclaw",
                "app.kubernetes.io/instance": instance["name"],
                "app.kubernetes.io/part-of": "openclaw",
                "app.kubernetes.io/managed-by": "openclaw.kubernetes",
                "openclaw.kubernetes/part": part,
            }
            assert labels["app.kubernetes.io/component"]
            assert metadata.get("namespace") == (None if manifest["kind"] == "Namespace" else instance["namespace"])


@for_every_instance
def test_pods_carry_all_labels_but_the_part(make_instance: MakeInstance, options: Json) -> None:
    for template in templates(instance_manifests(make_instance(**options))):
        labels = template["metadata"]["labels"]
        assert labels["app.kubernetes.io/managed-by"] == "openclaw.kubernetes"
        assert "openclaw.kubernetes/part" not in labels


@for_every_instance
def test_labels_are_valid(make_instance: MakeInstance, options: Json) -> None:
    for manifest in instance_manifests(make_instance(**options)):
        for path, value in nodes(manifest):
            if ".labels." in path or ".matchLabels." in path:
                assert isinstance(value, str)
                assert len(value) <= 63
                assert value == "" or (value[0].isalnum() and value[-1].isalnum())


@for_every_instance
def test_names_are_unique_for_each_kind_and_fit(make_instance: MakeInstance, options: Json) -> None:
    manifests = instance_manifests(make_instance(**options))
    names = Counter((manifest["kind"], manifest["metadata"]["name"]) for manifest in manifests)
    assert [name for name, count in names.items() if count > 1] == []
    assert all(len(name) <= 63 for _kind, name in names)


@for_every_instance
def test_selectors_meet_the_gateway_and_only_the_gateway(make_instance: MakeInstance, options: Json) -> None:
    manifests = instance_manifests(make_instance(**options))
    (stateful_set,) = kind(manifests, "StatefulSet")
    (service,) = kind(manifests, "Service")
    gateway = stateful_set["spec"]["template"]["metadata"]["labels"]
    selectors = [stateful_set["spec"]["selector"]["matchLabels"], service["spec"]["selector"]]
    others = [template["metadata"]["labels"] for template in templates(kind(manifests, "Job"))]
    for selector in selectors:
        assert selector.items() <= gateway.items()
        assert not any(selector.items() <= labels.items() for labels in others)
    assert service["spec"]["ports"][0]["targetPort"] in {
        port.get("name")
        for container in containers(stateful_set["spec"]["template"])
        for port in container.get("ports", [])
    }


# Shape


@for_every_instance
def test_no_list_and_no_map_is_empty(make_instance: MakeInstance, options: Json) -> None:
    """Server-side apply with an empty list bumps the generation at every run."""
    for manifest in instance_manifests(make_instance(**options)):
        assert [path for path, value in nodes(manifest) if value in ([], {}) or value is None] == []


@for_every_instance
def test_manifests_are_plain_json_and_always_the_same(make_instance: MakeInstance, options: Json) -> None:
    instance = make_instance(**options)
    before = copy.deepcopy(instance)
    manifests = instance_manifests(instance)
    assert json.loads(json.dumps(manifests)) == manifests
    assert {type(value) for _path, value in nodes(manifests)} <= {dict, list, str, int, bool}
    assert json.dumps(manifests) == json.dumps(instance_manifests(make_instance(**options)))
    assert instance == before


def test_manifests_of_two_instances_share_nothing(make_instance: MakeInstance) -> None:
    options = {"config_mode": "overwrite", "config": {"models": {"providers": {"a": {"baseUrl": "http://stub:1"}}}}}
    untouched = copy.deepcopy(instance_manifests(make_instance(**options)))
    for _path, value in nodes(instance_manifests(make_instance(**options))):
        if isinstance(value, dict):
            value["touched"] = "x"
        elif isinstance(value, list):
            value.append("touched")
    assert instance_manifests(make_instance(**options)) == untouched


@pytest.mark.parametrize("pods", [10, "10"])
def test_numbers_in_a_quota_become_text(pods: object, make_instance: MakeInstance) -> None:
    (quota,) = kind(instance_manifests(make_instance(namespace_quota={"pods": pods})), "ResourceQuota")
    assert quota["spec"]["hard"] == {"pods": "10"}


# Pods


@for_every_instance
def test_pods_meet_the_restricted_standard(make_instance: MakeInstance, options: Json) -> None:
    for template in templates(instance_manifests(make_instance(**options))):
        pod = template["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
        for volume in pod["volumes"]:
            assert set(volume) - {"name"} <= {"configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret"}
        for container in containers(template):
            security = container["securityContext"]
            assert security["allowPrivilegeEscalation"] is False
            # The standard does not ask for it, so the gateway's own may be switched.
            switched = options.get("container_security_context") and container["name"] == "openclaw"
            assert security["readOnlyRootFilesystem"] is not bool(switched)
            assert security["capabilities"] == {"drop": ["ALL"]}
            assert not any("hostPort" in port for port in container.get("ports", []))


@for_every_instance
def test_every_mount_has_its_volume_and_every_volume_a_mount(make_instance: MakeInstance, options: Json) -> None:
    for template in templates(instance_manifests(make_instance(**options))):
        volumes = Counter(volume["name"] for volume in template["spec"]["volumes"])
        mounts = {mount["name"] for each in containers(template) for mount in each.get("volumeMounts", [])}
        assert set(volumes) == mounts
        assert set(volumes.values()) == {1}
        for container in containers(template):
            paths = [mount["mountPath"] for mount in container.get("volumeMounts", [])]
            assert len(paths) == len(set(paths))


@for_every_instance
def test_what_a_pod_refers_to_is_made_or_named_in_the_inventory(make_instance: MakeInstance, options: Json) -> None:
    instance = make_instance(**options)
    manifests = instance_manifests(instance)
    made = {(manifest["kind"], manifest["metadata"]["name"]) for manifest in manifests}
    existing = {instance["gateway_token_secret"], instance["gateway_password_secret"]}
    sources = [*instance["secrets"].values(), *instance["env"].values()]
    named = {source["secret"] for source in sources if isinstance(source, dict) and "secret" in source}
    for template in templates(manifests):
        pod = template["spec"]
        account = pod.get("serviceAccountName")
        assert account in {None, instance["service_account_name"]} or ("ServiceAccount", account) in made
        for volume in pod["volumes"]:
            if "configMap" in volume and volume["configMap"]["name"] != instance["ca_bundle_config_map"]:
                assert ("ConfigMap", volume["configMap"]["name"]) in made
            users = volume["name"] in instance["volumes"]
            if "persistentVolumeClaim" in volume and not instance["storage_existing_claim"] and not users:
                assert ("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]) in made
        for container in containers(template):
            for entry in container.get("env", []):
                secret = entry.get("valueFrom", {}).get("secretKeyRef", {}).get("name")
                assert secret in {None, *existing, *named} or ("Secret", secret) in made


@for_every_instance
def test_the_gateway_has_its_environment_once(make_instance: MakeInstance, options: Json) -> None:
    gateway = gateway_of(instance_manifests(make_instance(**options)))
    names = Counter(entry["name"] for entry in gateway["env"])
    assert set(names.values()) == {1}
    found = {entry["name"]: entry.get("value") for entry in gateway["env"]}
    assert found == found | ENVIRONMENT
    assert set(options.get("env", {})) | set(options.get("secrets", {})) <= set(names)
    assert all(isinstance(entry.get("value", ""), str) for entry in gateway["env"])


@for_every_instance
def test_every_pod_runs_the_same_pinned_image(make_instance: MakeInstance, options: Json) -> None:
    instance = make_instance(**options)
    pods = templates(instance_manifests(instance))
    ours = [each for template in pods for each in containers(template) if each["name"] not in users_own(instance)]
    images = {container["image"] for container in ours}
    assert len(images) == 1
    (image,) = images
    assert image.endswith(instance["image_digest"] or f":{instance['image_tag']}")
    pulls = [{entry["name"] for entry in template["spec"].get("imagePullSecrets", [])} for template in pods]
    assert pulls == [set(instance["image_pull_secrets"])] * len(pods)


@for_every_instance
def test_every_pod_has_the_same_security(make_instance: MakeInstance, options: Json) -> None:
    pods = [template["spec"] for template in templates(instance_manifests(make_instance(**options)))]
    assert len({json.dumps([pod["securityContext"], pod.get("hostUsers")]) for pod in pods}) == 1


@for_every_instance
def test_a_probe_gives_up_before_the_kubelet_does(make_instance: MakeInstance, options: Json) -> None:
    gateway = gateway_of(instance_manifests(make_instance(**options)))
    for field in ("startupProbe", "readinessProbe", "livenessProbe"):
        probe = gateway.get(field)
        assert (probe is not None) is options.get(f"{field.removesuffix('Probe')}_enabled", True)
        if probe:
            found = re.search(r"AbortSignal\.timeout\((\d+)\)", probe["exec"]["command"][-1])
            assert found
            assert 0 < int(found[1]) < probe["timeoutSeconds"] * 1000


@for_every_instance
def test_every_image_comes_from_the_registry_of_the_instance(make_instance: MakeInstance, options: Json) -> None:
    instance = make_instance(**options)
    for template in templates(instance_manifests(instance)):
        for container in containers(template):
            assert container["image"].startswith(instance["image_registry"] or "")


@for_every_instance
def test_a_variable_is_said_once_and_in_one_form(make_instance: MakeInstance, options: Json) -> None:
    instance = make_instance(**options)
    for template in templates(instance_manifests(instance)):
        for container in containers(template):
            values: dict[str, set[str]] = {}
            for entry in container.get("env", []):
                values.setdefault(entry["name"].upper(), set()).add(json.dumps(entry, sort_keys=True).upper())
            assert [name for name, found in values.items() if len(found) > 1] == []


@for_every_instance
def test_every_way_in_leads_to_a_port_that_a_container_has(make_instance: MakeInstance, options: Json) -> None:
    """Service to pod, and route to Service: a name or number that nobody has would be a dead end without a word."""
    manifests = instance_manifests(make_instance(**options))
    (service,) = kind(manifests, "Service")
    (stateful_set,) = kind(manifests, "StatefulSet")
    pods = containers(stateful_set["spec"]["template"])
    names = {port.get("name") for container in pods for port in container.get("ports", [])}
    ports = service["spec"]["ports"]
    assert {port["targetPort"] for port in ports} <= names
    assert (
        len({port["name"] for port in ports}) == len({(port["port"], port["protocol"]) for port in ports}) == len(ports)
    )
    for route in kind(manifests, "HTTPRoute"):
        (backend,) = route["spec"]["rules"][0]["backendRefs"]
        assert (backend["name"], backend["port"]) in {(service["metadata"]["name"], port["port"]) for port in ports}
    for route in kind(manifests, "Route"):
        assert route["spec"]["port"]["targetPort"] in {port["name"] for port in ports}


def test_the_default_image_is_a_version_never_latest(make_instance: MakeInstance) -> None:
    assert re.fullmatch(r"[0-9]+(\.[0-9]+)+", make_instance()["image_tag"])


# Restarts


def annotations(instance: Json) -> Json:
    (stateful_set,) = BUILDERS["workload"](instance)
    found: Json = stateful_set["spec"]["template"]["metadata"]["annotations"]  # type: ignore[index]
    return found


@pytest.mark.parametrize("mode, restarts", [("readonly", True), ("overwrite", True), ("seed", False), ("merge", False)])
def test_a_changed_configuration_restarts_the_pod_where_it_is_read_again(
    mode: str, restarts: bool, make_instance: MakeInstance
) -> None:
    before = annotations(make_instance(config_mode=mode))
    after = annotations(make_instance(config_mode=mode, config={"agents": {"defaults": {"maxConcurrent": 2}}}))
    assert (before != after) is restarts


def test_a_changed_annotation_of_the_service_restarts_nothing(make_instance: MakeInstance) -> None:
    build = BUILDERS["workload"]
    assert build(make_instance()) == build(make_instance(service_annotations={"a/b": "c"}))


def test_only_a_writable_configuration_is_installed(make_instance: MakeInstance) -> None:
    cases = (("readonly", []), ("overwrite", ["overwrite"]), ("seed", ["seed"]), ("merge", [CONFIG_DIR]))
    for mode, installed in cases:
        (template,) = templates(BUILDERS["workload"](make_instance(config_mode=mode)))
        first, *others = template["spec"]["initContainers"]
        assert first["name"] == "prepare-state"
        assert [init["command"][-1] for init in others] == installed


# Secrets


@for_every_instance
def test_a_secret_value_is_in_no_object_but_its_secret(make_instance: MakeInstance, options: Json) -> None:
    encoded = base64.b64encode(SECRET.encode()).decode()
    for manifest in instance_manifests(make_instance(**options)):
        text = json.dumps(manifest)
        assert SECRET not in text
        if manifest["kind"] != "Secret":
            assert encoded not in text


@for_every_instance
def test_each_secret_of_the_inventory_is_stored_and_read_by_its_name(
    make_instance: MakeInstance, options: Json
) -> None:
    instance = make_instance(**options)
    manifests = instance_manifests(instance)
    stored = {
        (manifest["metadata"]["name"], key): base64.b64decode(value).decode()
        for manifest in kind(manifests, "Secret")
        for key, value in manifest.get("data", {}).items()
    }
    gateway = gateway_of(manifests)
    read = {
        entry["name"]: (entry["valueFrom"]["secretKeyRef"]["name"], entry["valueFrom"]["secretKeyRef"]["key"])
        for entry in gateway["env"]
        if "secretKeyRef" in entry.get("valueFrom", {}) and entry["name"] not in instance["env"]
    }
    credential = "TOKEN" if instance["gateway_auth"] == "token" else "PASSWORD"
    assert read.pop(f"OPENCLAW_GATEWAY_{credential}") == credential_secret(instance)
    for variable, source in instance["secrets"].items():
        place = read.pop(variable)
        assert stored.pop(place) == SECRET if "value" in source else place == (source["secret"], source["key"])
    assert (read, stored) == ({}, {})


# Network


METADATA = ["169.254.169.254", "169.254.170.2", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "fe80::1"]
PRIVATE = ["10.1.2.3", "172.20.0.1", "192.168.1.1", "100.64.1.1", "127.0.0.1", "fd12::1", "::1", "::ffff:10.0.0.1"]

# Neither private nor routed: documentation, and the relays of IPv6 transition.
NOBODYS = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "192.88.99.0/24", "3fff::/20", "2001::/23"]


def egress_blocks(manifests: list[Json]) -> list[Json]:
    return [
        peer["ipBlock"]
        for policy in kind(manifests, "NetworkPolicy")
        for rule in policy["spec"].get("egress", [])
        # Whoever answers names does nothing else for the pod.
        if [port.get("port") for port in rule.get("ports", [])] != [53, 53]
        for peer in rule["to"]
        if "ipBlock" in peer
    ]


def allowed(address: str, block: Json) -> bool:
    ip = ipaddress.ip_address(address)
    return ip in ipaddress.ip_network(block["cidr"]) and not any(
        ip in ipaddress.ip_network(hole) for hole in block.get("except", [])
    )


@for_every_instance
def test_no_policy_leads_to_a_private_or_metadata_address(make_instance: MakeInstance, options: Json) -> None:
    blocks = egress_blocks(instance_manifests(make_instance(**options)))
    declared = {"10.0.0.5/32", "fd00::5/128", "10.0.0.3/32"}
    for block in blocks:
        assert [address for address in METADATA if allowed(address, block)] == []
        if block["cidr"] not in declared:
            assert [address for address in PRIVATE if allowed(address, block)] == []


@given(st.ip_addresses())
def test_what_the_public_rule_opens_is_public(make_instance: MakeInstance, address: object) -> None:
    blocks = egress_blocks(instance_manifests(make_instance()))
    if any(allowed(str(address), block) for block in blocks):
        documentation = (
            "192.0.2.0/24",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "192.88.99.0/24",
            "3fff::/20",
            "2001::/23",
        )
        ip = ipaddress.ip_address(str(address))
        assert ip.is_global or any(ip in ipaddress.ip_network(cidr) for cidr in documentation)


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111"])
def test_the_public_rule_opens_the_internet(address: str, make_instance: MakeInstance) -> None:
    assert any(allowed(address, block) for block in egress_blocks(instance_manifests(make_instance())))
    closed = instance_manifests(make_instance(networkpolicy_egress="none"))
    assert not any(allowed(address, block) for block in egress_blocks(closed))


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]", "0.0.0.0", "224.0.0.1"]
)
def test_a_model_at_a_forbidden_address_is_refused_and_opens_nothing(host: str, make_instance: MakeInstance) -> None:
    config = {"models": {"providers": {"m": {"baseUrl": f"http://{host}/v1"}}}}
    with pytest.raises(ValueError, match=r"models\.providers\.m\.baseUrl: .* reserved address"):
        make_instance(config=config)
    unchecked = make_instance() | {"config": config}
    assert BUILDERS["networkpolicy"](unchecked) == BUILDERS["networkpolicy"](make_instance())


def test_a_model_in_the_pod_opens_nothing(make_instance: MakeInstance) -> None:
    for host in ("localhost", "127.0.0.1", "[::1]"):
        config = {"models": {"providers": {"m": {"baseUrl": f"http://{host}:4010/v1"}}}}
        assert BUILDERS["networkpolicy"](make_instance(config=config)) == BUILDERS["networkpolicy"](make_instance())


def test_a_model_at_a_public_address_opens_that_address_only(make_instance: MakeInstance) -> None:
    config = {"models": {"providers": {"m": {"baseUrl": "http://203.0.113.7:8080/v1"}}}}
    manifests = BUILDERS["networkpolicy"](make_instance(config=config, networkpolicy_egress="none"))
    assert egress_blocks(manifests) == [{"cidr": "203.0.113.7/32"}]


@for_every_instance
def test_policies_cover_every_pod_before_they_open_anything(make_instance: MakeInstance, options: Json) -> None:
    instance = make_instance(**options)
    manifests = instance_manifests(instance)
    policies = kind(manifests, "NetworkPolicy")
    assert bool(policies) is instance["networkpolicy_enabled"]
    for template in templates(manifests) if policies else []:
        labels = template["metadata"]["labels"].items()
        isolating = [p for p in policies if p["spec"]["podSelector"]["matchLabels"].items() <= labels]
        assert any(set(policy["spec"]["policyTypes"]) == {"Ingress", "Egress"} for policy in isolating)


# Order


def test_the_policy_stands_before_the_workload() -> None:
    order = list(BUILDERS)
    assert order.index("namespace") == 0
    assert order.index("networkpolicy") < order.index("workload") < order.index("service")


def test_all_manifests_are_those_of_every_role(make_instance: MakeInstance) -> None:
    instance = make_instance()
    assert instance_manifests(instance) == [manifest for build in BUILDERS.values() for manifest in build(instance)]
