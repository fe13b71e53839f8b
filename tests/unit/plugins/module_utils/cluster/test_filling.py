# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generated keys, digests over Secrets, references, claims, hooks, diffs: what depends on other objects."""

from __future__ import annotations

import copy
from base64 import b64decode, b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import diff, plan
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.duration import seconds
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.errors import EngineError
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.generated import Generator
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.hooks import find_report, group, issue_lines
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.identity import (
    CONFIG_MAPS_DIGEST,
    GENERATED,
    HOOK,
    HOOK_FOR,
    SECRETS_DIGEST,
)
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.kinds import KNOWN
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.manifests import Scope, Wanted
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.podspecs import Reference, references
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.references import claim_problems
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.ssa_model import stored

SCOPE = Scope("support", "ns", ("all",))


def secret(data: dict[str, str] | None = None, keys: str = "token", name: str = "support-token") -> Wanted:
    manifest: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "annotations": {GENERATED: keys}},
    }
    if data:
        manifest["data"] = data
    return Wanted(KNOWN["Secret"], name, manifest)


def workload(*sources: dict[str, Any], volumes: list[dict[str, Any]] | None = None) -> Wanted:
    env = [{"name": f"V{index}", "valueFrom": source} for index, source in enumerate(sources)]
    manifest = {
        "kind": "StatefulSet",
        "metadata": {"name": "support"},
        "spec": {
            "template": {
                "metadata": {"annotations": {SECRETS_DIGEST: "auto"}},
                "spec": {"containers": [{"name": "main", "env": env}], "volumes": volumes or []},
            }
        },
    }
    return Wanted(KNOWN["apps/StatefulSet"], "support", manifest)


def key_of(name: str, key: str, **rest: Any) -> dict[str, Any]:
    return {"secretKeyRef": {"name": name, "key": key, **rest}}


# -- generated keys ------------------------------------------------------------------------------------------------


def test_a_missing_key_is_made_up_once_per_run() -> None:
    generator, item = Generator(), secret()
    generator.fill_keys([item], {})
    made = item.manifest["data"]["token"]
    assert len(b64decode(made)) >= 32
    generator.fill_keys([item], {})
    assert item.manifest["data"]["token"] == made
    other = secret()
    Generator().fill_keys([other], {})
    assert other.manifest["data"]["token"] != made


def test_the_value_on_the_cluster_stays_even_when_it_is_found_late() -> None:
    generator, item = Generator(), secret(keys="token, other")
    generator.fill_keys([item], {})
    generator.fill_keys([item], {item.ref: {"data": {"token": "bGl2ZQ=="}}})
    assert item.manifest["data"]["token"] == "bGl2ZQ=="
    assert item.generated == {"other"}


def test_a_given_value_is_not_touched() -> None:
    item = secret({"token": "Z2l2ZW4="})
    Generator().fill_keys([item], {item.ref: {"data": {"token": "bGl2ZQ=="}}})
    assert item.manifest["data"] == {"token": "Z2l2ZW4="}
    assert item.generated == set()


def test_a_secret_without_keys_of_ours_is_sent_without_any() -> None:
    """Whoever fills it keeps what is there: an empty map would be ours."""
    item = secret(keys="")
    Generator().fill_keys([item], {item.ref: {"data": {"theirs": "eA=="}}})
    assert "data" not in item.manifest


# -- digest --------------------------------------------------------------------------------------------------------


def digest(item: Wanted, live: dict[str, dict[str, str]]) -> str:
    item = copy.deepcopy(item)
    Generator().fill_digests([item], lambda _kind, name: {"metadata": {}, "data": live[name]} if name in live else None)
    return str(item.manifest["spec"]["template"]["metadata"]["annotations"][SECRETS_DIGEST])


DATA = st.dictionaries(st.sampled_from("abc"), st.text("xyz", max_size=3), max_size=3)


@given(DATA, DATA)
def test_the_digest_follows_exactly_the_values_in_use(one: dict[str, str], two: dict[str, str]) -> None:
    item = workload(key_of("s", "a"))
    assert (digest(item, {"s": one}) == digest(item, {"s": two})) == (one.get("a", "") == two.get("a", ""))
    whole = workload(volumes=[{"name": "v", "secret": {"secretName": "s"}}])
    assert (digest(whole, {"s": one}) == digest(whole, {"s": two})) == (one == two)


def test_a_pull_secret_restarts_nothing() -> None:
    item = workload()
    item.manifest["spec"]["template"]["spec"]["imagePullSecrets"] = [{"name": "pull"}]
    assert digest(item, {"pull": {"a": "1"}}) == digest(item, {"pull": {"a": "2"}})


def test_names_and_values_do_not_run_into_each_other() -> None:
    assert digest(workload(key_of("s", "a"), key_of("s", "b")), {"s": {"a": "xb", "b": ""}}) != (
        digest(workload(key_of("s", "a"), key_of("s", "b")), {"s": {"a": "x", "b": "b"}})
    )


def digests(item: Wanted, live: dict[tuple[str, str], dict[str, Any]]) -> dict[str, str]:
    item = copy.deepcopy(item)
    annotations: dict[str, str] = item.manifest["spec"]["template"]["metadata"]["annotations"]
    annotations[CONFIG_MAPS_DIGEST] = "auto"
    Generator().fill_digests([item], lambda kind, name: live.get((kind, name)))
    return annotations


def test_config_maps_have_a_digest_of_their_own() -> None:
    item = workload(key_of("s", "a"), {"configMapKeyRef": {"name": "c", "key": "a"}})
    live = {("Secret", "s"): {"data": {"a": "1"}}, ("ConfigMap", "c"): {"data": {"a": "1", "b": "1"}}}
    before = digests(item, live)
    assert digests(item, live | {("ConfigMap", "c"): {"data": {"a": "1", "b": "2"}}}) == before
    after = digests(item, live | {("ConfigMap", "c"): {"data": {"a": "2", "b": "1"}}})
    assert after[CONFIG_MAPS_DIGEST] != before[CONFIG_MAPS_DIGEST]
    assert after[SECRETS_DIGEST] == before[SECRETS_DIGEST]
    assert digests(workload(key_of("s", "a")), live)[SECRETS_DIGEST] == before[SECRETS_DIGEST]
    assert (
        digests(item, live | {("Secret", "s"): {"data": {"a": "2"}}})[CONFIG_MAPS_DIGEST] == before[CONFIG_MAPS_DIGEST]
    )


def test_the_digest_sees_binary_values_of_a_config_map() -> None:
    item = workload(volumes=[{"name": "v", "configMap": {"name": "c"}}])
    one, two = ({("ConfigMap", "c"): {"binaryData": {"a": value}}} for value in ("eA==", "eQ=="))
    assert digests(item, one)[CONFIG_MAPS_DIGEST] != digests(item, two)[CONFIG_MAPS_DIGEST]


def test_a_config_map_of_ours_is_left_to_whoever_makes_it() -> None:
    """A configuration that is only seeded must not restart the pod that it was seeded to."""
    item = workload(volumes=[{"name": "v", "configMap": {"name": "support-config"}}])
    ours = {"labels": {"app.kubernetes.io/managed-by": "openclaw.kubernetes"}}
    one, two = ({("ConfigMap", "support-config"): {"metadata": ours, "data": {"a": value}}} for value in "12")
    assert digests(item, one) == digests(item, two)


# -- references ----------------------------------------------------------------------------------------------------


def test_every_kind_of_reference_is_found() -> None:
    item = workload(
        key_of("s1", "k"),
        {"configMapKeyRef": {"name": "c1", "key": "k"}},
        key_of("gone", "k", optional=True),
        volumes=[
            {"name": "v1", "secret": {"secretName": "s2", "items": [{"key": "x", "path": "x"}]}},
            {"name": "v2", "configMap": {"name": "c2"}},
            {"name": "v3", "persistentVolumeClaim": {"claimName": "p"}},
            {
                "name": "v4",
                "projected": {"sources": [{"secret": {"name": "s3"}}, {"secret": {"name": "o", "optional": True}}]},
            },
        ],
    )
    spec = item.manifest["spec"]["template"]["spec"]
    spec.update(
        serviceAccountName="sa", priorityClassName="pc", runtimeClassName="rc", imagePullSecrets=[{"name": "ps"}]
    )
    spec["initContainers"] = [
        {"name": "init", "envFrom": [{"secretRef": {"name": "s4"}}, {"configMapRef": {"name": "c3"}}]}
    ]
    found = set(references(item.kind.key, item.manifest))
    assert {(reference.kind, reference.name, reference.key) for reference in found} == {
        ("Secret", "s1", "k"),
        ("ConfigMap", "c1", "k"),
        ("Secret", "s2", "x"),
        ("ConfigMap", "c2", ""),
        ("PersistentVolumeClaim", "p", ""),
        ("Secret", "s3", ""),
        ("ServiceAccount", "sa", ""),
        ("scheduling.k8s.io/PriorityClass", "pc", ""),
        ("node.k8s.io/RuntimeClass", "rc", ""),
        ("Secret", "ps", ""),
        ("Secret", "s4", ""),
        ("ConfigMap", "c3", ""),
        ("Secret", "gone", "k"),
        ("Secret", "o", ""),
    }
    assert {reference.name for reference in found if reference.optional} == {"gone", "o"}
    assert Reference("Secret", "s1", "container main env V0", "k") in found


def test_the_default_account_needs_no_look() -> None:
    item = workload()
    item.manifest["spec"]["template"]["spec"]["serviceAccountName"] = "default"
    assert list(references(item.kind.key, item.manifest)) == []


def test_the_authority_of_the_cluster_needs_no_look() -> None:
    """Every namespace gets it a moment after it was made, and the kubelet waits for it."""
    account = {"projected": {"sources": [{"configMap": {"name": "kube-root-ca.crt"}}]}}
    item = workload(volumes=[{"name": "account", **account}])
    assert list(references(item.kind.key, item.manifest)) == []


# -- claims --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "live, wanted, expandable, said",
    [
        ("10Gi", "10240Mi", False, None),
        ("10Gi", "20Gi", True, None),
        ("10Gi", "5Gi", True, "cannot shrink to 5Gi"),
        ("10Gi", "20Gi", False, "allows no expansion"),
    ],
)
def test_claims_do_not_shrink_and_grow_only_where_they_may(
    live: str, wanted: str, expandable: bool, said: str | None
) -> None:
    def claim(size: str) -> dict[str, Any]:
        return {
            "metadata": {"name": "data"},
            "spec": {
                "storageClassName": "standard",
                "resources": {"requests": {"storage": size}},
            },
        }

    kind = KNOWN["PersistentVolumeClaim"]
    step = plan.Step(kind, "data", plan.CONFIGURED, wanted=Wanted(kind, "data", claim(wanted)), live=claim(live))
    problems = claim_problems([step], lambda _kind, _name: {"metadata": {}, "allowVolumeExpansion": expandable})
    assert [said in problem for problem in problems] == ([True] if said else [])


# -- hooks ---------------------------------------------------------------------------------------------------------


def hook(kind: str, name: str, target: str = "ConfigMap/c", when: str = "pre-apply") -> Wanted:
    manifest = {"kind": kind, "metadata": {"name": name, "annotations": {HOOK: when, HOOK_FOR: target}}}
    return Wanted(KNOWN[kind], name, manifest)


def test_a_job_and_what_it_mounts_are_one_hook() -> None:
    [found] = group([hook("ConfigMap", "check"), hook("batch/Job", "check")])
    assert (found.target, found.job.name, [item.name for item in found.companions]) == (
        "ConfigMap/c",
        "check",
        ["check"],
    )


@pytest.mark.parametrize(
    "objects, said",
    [
        ([hook("ConfigMap", "a")], "consists of one Job, not 0"),
        ([hook("batch/Job", "a"), hook("batch/Job", "b")], "consists of one Job, not 2"),
        ([hook("batch/Job", "a"), hook("Service", "b")], "ConfigMaps and Secrets only"),
        ([hook("batch/Job", "a", target="")], "has to name an object"),
        ([hook("batch/Job", "a", when="post-apply")], 'is "post-apply", not pre-apply'),
    ],
)
def test_a_hook_that_makes_no_sense_is_refused(objects: list[Wanted], said: str) -> None:
    with pytest.raises(EngineError) as caught:
        group(objects)
    assert said in caught.value.text


@pytest.mark.parametrize(
    "action, runs",
    [
        (plan.CREATED, True),
        (plan.CONFIGURED, True),
        (plan.UNCHANGED, False),
        (plan.DELETED, False),
    ],
)
def test_a_hook_runs_only_before_a_change(action: str, runs: bool) -> None:
    step = plan.Step(KNOWN["ConfigMap"], "c", action)
    other = plan.Step(KNOWN["Secret"], "c", plan.CREATED)
    assert plan.triggered(hook("batch/Job", "a"), HOOK_FOR, [other, step]) is runs


def test_the_report_is_found_between_other_lines() -> None:
    report = '{"valid": false, "issues": [{"path": "a.b", "message": "unknown"}, {"message": "bad"}, "odd"]}'
    for log in (report, f"Warning: x\n{report}\nbye", '{\n "valid": false,\n "issues": [{"path": "a.b"}]\n}'):
        found = find_report(log)
        assert found is not None
        assert found["valid"] is False
    assert issue_lines(find_report(report) or {}) == ["a.b: unknown", "(top level): bad", "odd"]
    assert find_report("no report, {braces} though") is None
    assert issue_lines({"valid": False}) == ["refused without a reason"]


# -- diff ----------------------------------------------------------------------------------------------------------


def step_for(item: Wanted, before: dict[str, Any] | None) -> plan.Step:
    live = {} if before is None else {item.ref: stored(before)}
    return plan.upserts([item], live, SCOPE)[0]


def test_a_change_is_shown_at_its_path() -> None:
    def pod(image: str, **rest: Any) -> dict[str, Any]:
        containers = [{"name": "openclaw", "image": image, **rest}]
        return {
            "kind": "Deployment",
            "apiVersion": "apps/v1",
            "metadata": {"name": "x"},
            "spec": {"containers": containers},
        }

    item = Wanted(KNOWN["apps/Deployment"], "x", pod("new:2"))
    assert diff.of_step(step_for(item, pod("old:1", args=["-v"])), "ns/support", False).splitlines() == [
        "--- ns/support: Deployment x (live)",
        "+++ ns/support: Deployment x (wanted)",
        "@@ spec.containers[openclaw]",
        "-image: old:1",
        "+image: new:2",
        "-args:",
        '-  - "-v"',
    ]


def test_a_long_text_is_compared_line_by_line() -> None:
    def config(text: str) -> dict[str, Any]:
        return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "x"}, "data": {"f": text}}

    lines = [f"line {number}" for number in range(20)]
    item = Wanted(KNOWN["ConfigMap"], "x", config("\n".join([*lines[:10], "new", *lines[11:]])))
    shown = diff.of_step(step_for(item, config("\n".join(lines))), "ns/support", False)
    assert "-  line 10" in shown
    assert "+  new" in shown
    assert "line 2" not in shown.splitlines()


@given(st.text("abc123", min_size=4, max_size=20), st.text("xyz789", min_size=4, max_size=20))
def test_secret_values_never_show(old: str, new: str) -> None:
    def encoded(value: str) -> str:
        return b64encode(value.encode()).decode()

    before = {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "x"}, "data": {"k": encoded(old)}}
    item = Wanted(KNOWN["Secret"], "x", {**before, "data": {"k": encoded(new)}})
    for live in (None, before):
        shown = diff.of_step(step_for(item, live), "ns/support", False)
        assert "k: sha256:" in shown
        assert not any(value in shown.replace("sha256", "") for value in (encoded(old), encoded(new)))


def test_check_and_real_run_show_the_same_for_generated_values() -> None:
    shown = set()
    for _run in range(2):
        item, generator = secret(), Generator()
        generator.fill_keys([item], {})
        shown.add(diff.of_step(step_for(item, None), "ns/support", False))
    assert len(shown) == 1
    assert "token: <generated>" in shown.pop()


@pytest.mark.parametrize("text, expected", [("90", 90), ("45s", 45), ("10m", 600), ("1h30m", 5400), (" 2.5m ", 150)])
def test_durations(text: str, expected: float) -> None:
    assert seconds(text, "wait_timeout") == expected


@pytest.mark.parametrize("text", ["soon", "", "10x", "m", "-5", "1h 30"])
def test_no_durations(text: str) -> None:
    with pytest.raises(EngineError, match="wait_timeout"):
        seconds(text, "wait_timeout")
