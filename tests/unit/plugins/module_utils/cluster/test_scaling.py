# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many pods there are, who chooses that, and whose the claims are that a StatefulSet makes."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import plan, preflight
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.errors import ApiError
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.generated import Generator
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.identity import (
    INSTANCE_LABEL,
    MANAGED_BY,
    MANAGED_BY_LABEL,
    PART_LABEL,
)
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.kinds import KNOWN
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.manifests import Scope, Wanted
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.podspecs import makes_claim
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.rehearsal import explain, rehearse
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.fake_cluster import FakeCluster
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.ssa_model import stored

SCOPE = Scope("support", "ns", ("storage", "workload"))
SET, AUTOSCALER, CLAIM = "apps/StatefulSet", "autoscaling/HorizontalPodAutoscaler", "PersistentVolumeClaim"
Manifest = dict[str, Any]


def labels(part: str) -> dict[str, str]:
    return {INSTANCE_LABEL: "support", MANAGED_BY_LABEL: MANAGED_BY, PART_LABEL: part}


def a_set(replicas: int | None = None, templates: tuple[str, ...] = (), claims: tuple[str, ...] = ()) -> Wanted:
    volumes = [{"name": name, "persistentVolumeClaim": {"claimName": f"support-{name}"}} for name in claims]
    spec: Manifest = {"template": {"spec": {"volumes": volumes}}}
    if replicas is not None:
        spec["replicas"] = replicas
    if templates:
        spec["volumeClaimTemplates"] = [
            {"metadata": {"name": name, "labels": labels("workload")}, "spec": {}} for name in templates
        ]
    return Wanted(KNOWN[SET], "support", {"metadata": {"name": "support", "labels": labels("workload")}, "spec": spec})


def autoscaler() -> Wanted:
    target = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "support"}
    manifest = {
        "metadata": {"name": "support", "labels": labels("workload")},
        "spec": {"scaleTargetRef": target, "minReplicas": 2},
    }
    return Wanted(KNOWN[AUTOSCALER], "support", manifest)


# -- the number of pods --------------------------------------------------------------------------------------------


def scaled(live: Manifest, number: int) -> Manifest:
    """The live set after an autoscaler wrote another number: it took the field over."""
    live = copy.deepcopy(live)
    live["spec"]["replicas"] = number
    for entry in live["metadata"]["managedFields"]:
        entry["fieldsV1"]["f:spec"].pop("f:replicas", None)
    return live


def filled(live: Manifest | None, *others: Wanted) -> Wanted:
    item = a_set()
    generator = Generator()
    for _round in range(2):
        generator.keep_replicas([item, *others], {(SET, "support"): live} if live else {})
    return item


def test_pods_stay_until_the_autoscaler_has_taken_over() -> None:
    live = stored(a_set(3).manifest)
    assert filled(live, autoscaler()).manifest["spec"]["replicas"] == 3
    assert "replicas" not in filled(scaled(live, 5), autoscaler()).manifest["spec"]


def test_an_autoscaled_number_is_no_difference() -> None:
    before = a_set(3)
    for live in (stored(before.manifest), scaled(stored(before.manifest), 7)):
        [step, *_rest] = plan.upserts([filled(live, autoscaler())], {before.ref: live}, SCOPE)
        assert step.action == plan.UNCHANGED


@pytest.mark.parametrize("live", [None, stored(a_set(0).manifest)], ids=["new", "suspended before"])
def test_a_set_without_a_pod_begins_with_the_least_number(live: Manifest | None) -> None:
    """An autoscaler looks some time later, and leaves a set at zero alone for good."""
    assert filled(live, autoscaler()).manifest["spec"]["replicas"] == 2


def test_without_an_autoscaler_no_number_is_filled_in() -> None:
    assert "replicas" not in filled(stored(a_set(3).manifest)).manifest["spec"]
    assert "replicas" not in filled(None).manifest["spec"]


class HeldByAutoscaler(FakeCluster):
    """Refuses a number of pods that is not its own, unless forced."""

    fields = (".spec.replicas",)

    def apply(
        self, kind: Any, namespace: str, manifest: Manifest, *, force: bool = False, dry_run: bool = False
    ) -> Any:
        self._note("apply forced" if force else "apply", kind, manifest["metadata"]["name"])
        if kind.key == SET and not force:
            causes = [{"reason": "FieldManagerConflict", "field": path, "message": 'by "x"'} for path in self.fields]
            raise ApiError(host="h", verb="V", target="t", attempts=1, status=409, message="conflict", causes=causes)
        return False, {**stored(manifest), "spec": {"changed": True}}


def rehearsed(fake: FakeCluster, *, autoscaler_goes: bool) -> tuple[list[str], plan.Step]:
    step = plan.Step(KNOWN[SET], "support", plan.CONFIGURED, wanted=a_set(1), live=scaled(stored(a_set(1).manifest), 4))
    steps = [step]
    if autoscaler_goes:
        steps.append(plan.Step(KNOWN[AUTOSCALER], "support", plan.DELETED, live=stored(autoscaler().manifest)))
    return rehearse(fake, "ns", steps, force=False).problems, step  # type: ignore[arg-type]


def test_the_number_is_taken_back_from_an_autoscaler_that_goes() -> None:
    problems, step = rehearsed(HeldByAutoscaler(), autoscaler_goes=True)
    assert problems == []
    assert step.takes_over


def test_the_number_is_not_taken_from_anybody_else() -> None:
    problems, step = rehearsed(HeldByAutoscaler(), autoscaler_goes=False)
    assert "spec.replicas" in problems[0]
    assert not step.takes_over


def test_nothing_but_the_number_is_taken() -> None:
    fake = HeldByAutoscaler()
    fake.fields = (".spec.replicas", ".spec.template")
    problems, step = rehearsed(fake, autoscaler_goes=True)
    assert "spec.template" in problems[0]
    assert not step.takes_over


# -- claims --------------------------------------------------------------------------------------------------------


def claim(name: str, part: str = "workload") -> tuple[tuple[str, str], Manifest]:
    return (CLAIM, name), {"metadata": {"name": name, "labels": labels(part)}}


@pytest.mark.parametrize(
    "name, made",
    [
        ("data-support-0", True),
        ("data-support-17", True),
        ("work-support-1", True),
        ("data-support", False),
        ("support-data", False),
        ("data-support-x", False),
        ("data-other-0", False),
        ("data-support-0-1", False),
        ("data-support-01", False),
    ],
)
def test_a_claim_is_known_by_its_name(name: str, made: bool) -> None:
    assert makes_claim(a_set(templates=("data", "work")).manifest, name) is made


def test_claims_of_a_set_are_left_to_it_and_others_are_not() -> None:
    live = dict([claim("data-support-0"), claim("data-support-5"), claim("support-data", "storage")])
    steps = plan.prunes([a_set(templates=("data",))], live, KNOWN, SCOPE, delete_protected=True)
    assert [(step.name, step.action) for step in steps] == [("support-data", plan.DELETED)]


def test_claims_of_a_set_that_has_gone_go_when_asked_twice() -> None:
    live = dict([claim("data-support-0"), claim("data-support-1")])
    for asked, action in ((False, plan.KEPT), (True, plan.DELETED)):
        steps = plan.prunes([], live, KNOWN, SCOPE, delete_protected=asked)
        assert [(step.name, step.action) for step in steps] == [
            ("data-support-0", action),
            ("data-support-1", action),
        ]


def test_the_record_names_the_claims_that_a_set_will_make() -> None:
    """They are not among the wanted objects, so nobody would look for them later."""
    [step] = plan.upserts([a_set(templates=("data",))], {}, SCOPE)
    assert plan.recorded_kinds([step], SCOPE) == {"storage": frozenset(), "workload": frozenset({SET, CLAIM})}
    [step] = plan.upserts([a_set(1)], {}, SCOPE)
    assert plan.recorded_kinds([step], SCOPE)["workload"] == frozenset({SET})


def refused(before: Wanted, after: Wanted) -> str:
    live = stored(before.manifest)
    [step] = plan.upserts([after], {before.ref: live}, SCOPE)
    message = "Forbidden: updates to statefulset spec for fields other than 'replicas'"
    return explain(ApiError(host="h", verb="V", target="t", attempts=1, status=422, message=message), step)


def test_another_layout_is_refused_with_what_to_do() -> None:
    alone, several = a_set(1, claims=("data",)), a_set(3, templates=("data",))
    to_several, back = refused(alone, several), refused(several, alone)
    assert (
        "keeps its data in claim support-data, and wanted is a claim for each pod (data-support-0, ...)" in to_several
    )
    assert "keeps its data in a claim for each pod (data-support-0, ...), and wanted is claim support-data" in back
    for said in (to_several, back):
        assert "Go back to the number of replicas" in said
        assert "copy the data" in said
        assert "orphan" not in said


def test_another_claim_of_the_same_layout_leaves_the_pods() -> None:
    said = refused(a_set(3, templates=("data",)), a_set(3, templates=("data", "workspace")))
    assert "--cascade=orphan" in said


def test_a_template_without_a_class_needs_a_default_one() -> None:
    fake = FakeCluster()
    steps = plan.upserts([a_set(2, templates=("data",))], {}, SCOPE)
    assert "names no storage class" in preflight._no_default_class(fake, steps)[0]  # type: ignore[arg-type]
    assert preflight._no_default_class(fake, plan.upserts([a_set(1)], {}, SCOPE)) == []  # type: ignore[arg-type]
