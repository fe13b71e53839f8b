# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an update is about: the image to come, and what belongs to a revision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from .._openclaw.replicas import stands_alone
from .._openclaw.update_plan import Facts, Plan, by_hand, by_itself, digest_of, tag_of
from .._openclaw.update_space import lacks_space, space_probe
from .._options.access import Instance, entries, text, whole
from .._options.formats import seconds, size_bytes
from .config import config_digest
from .identity import config_name
from .image import reference

SPACE = "space"
STATE = "state"


def update_plan(
    instance: Instance, seen: Facts, found: Facts, revisions: Sequence[Facts], now: datetime | None = None
) -> dict[str, object]:
    """Return what to do: C(tag) and C(digest) of the image to come, C(image), C(why), C(problems), C(warnings).

    I(seen) is what C(instance_info) returned for the instance with the probes of M(update_facts), I(found) what
    C(image_info) says of its image.
    """
    there = _map(seen.get("instance"))
    running = str(_map(there.get("declared")).get("image") or "")
    plan = _plan(instance, running, found, revisions, now or datetime.now(UTC))
    if plan.tag and not there.get("ready"):
        plan.problems.append(
            f"{instance['name']} does not serve, so nobody could tell what an update did to it: "
            f"{there.get('last_problem') or there.get('phase')}."
        )
    elif plan.tag and (lack := _lack_of_space(instance, _map(seen.get("probes")))):
        plan.problems.append(f"{lack}.")
    image = _target(instance, plan)
    return {**plan.facts, "image": image, "running": running, "config_digest": _digest(instance, plan)}


def _plan(instance: Instance, running: str, found: Facts, revisions: Sequence[Facts], now: datetime) -> Plan:
    name = instance["name"]
    if instance["state"] != "present":
        return Plan(why=f"openclaw_state is {instance['state']}")
    if not running:
        return Plan(problems=[f"{name} is not deployed yet. Use the playbook site."])
    if not stands_alone(instance):
        return Plan(
            problems=["openclaw_replicas  several gateways have a state each, and an update looks after one. Use site."]
        )
    if instance["update_automatic_enabled"]:
        return by_itself(instance, running, found, revisions, now)
    image = reference(instance)
    return by_hand(instance, running, found, revisions, {"image": image, "config_digest": config_digest(instance)})


def _target(instance: Instance, plan: Plan) -> str:
    return reference({**instance, "image_tag": plan.tag, "image_digest": plan.digest}) if plan.tag else ""


def _lack_of_space(instance: Instance, answers: Facts) -> str:
    spare = text(instance, "update_free_size")
    return lacks_space(_map(answers.get(SPACE)), size_bytes(spare), f"{spare} to spare")


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _digest(instance: Instance, plan: Plan) -> str:
    return config_digest({**instance, "image_tag": plan.tag}) if plan.tag else ""


def update_facts(instance: Instance) -> dict[str, object]:
    """Return what the tasks of an update need to know.

    C(probes) to run in the gateway, C(reference) of the image that the options declare, C(config_maps) that belong to a
    revision beside the StatefulSet, C(soak) in seconds.
    """
    return {
        "probes": {SPACE: space_probe()},
        "reference": reference(instance),
        "config_maps": [config_name(instance)],
        "soak": seconds(text(instance, "update_soak_period")),
    }


def image_variables(image: str) -> dict[str, str]:
    """Return the variables that declare an image: its tag, and its digest."""
    return {"openclaw_image_tag": tag_of(image), "openclaw_image_digest": digest_of(image)}


def update_doubts(after: Facts, before: Facts, image: str) -> list[str]:
    """Return why the new pod is not to be trusted, seen twice: when it was ready, and after the soak."""
    problems = []
    if after.get("image") != image:
        problems.append(f"{after.get('pod') or 'no pod'} runs {after.get('image') or 'nothing'} instead of {image}")
    if not after.get("ready"):
        problems.append(f"it does not serve any more: {after.get('last_problem') or after.get('phase')}")
    restarts = int(str(after.get("restarts") or 0)) - int(str(before.get("restarts") or 0))
    if restarts > 0 and after.get("pod") == before.get("pod"):
        problems.append(f"its containers restarted {restarts} times within the soak")
    return problems


def rollback_plan(instance: Instance, there: Facts, revisions: Sequence[Facts]) -> dict[str, object]:
    """Return C(lines), a table of the revisions, and C(problems), what speaks against going back to the one asked for.

    I(there) is what C(instance_info) says of the instance.
    """
    return {"lines": _table(instance, revisions), "problems": list(_against(instance, there, revisions))}


def _against(instance: Instance, there: Facts, revisions: Sequence[Facts]) -> Iterator[str]:
    number, what = whole(instance, "rollback_to"), [str(part) for part in entries(instance, "rollback_what")]
    at = f"openclaw_rollback_to  {number}"
    wanted = next((each for each in revisions if each.get("number") == number), None)
    if wanted is None:
        kept = ", ".join(str(each.get("number")) for each in revisions) or "none"
        yield f"{at} is no revision of {instance['name']}. Kept are: {kept}."
        return
    if not what:
        yield "openclaw_rollback_what  is an empty list. Name at least one of image, config, state."
    if not _map(there.get("declared")).get("image"):
        yield f"{instance['name']} is not deployed. Use the playbook site."
    if instance["state"] != "present":
        yield f"openclaw_state  {instance['state']}: there is nothing that could serve. Set it to present first."
    if not stands_alone(instance):
        yield "openclaw_replicas  several gateways have a state each, and a rollback looks after one. Use site."
    if STATE in what and not wanted.get("snapshot"):
        yield f"{at} has no backup, so its state cannot come back. Leave state out of openclaw_rollback_what."
    if STATE in what and not instance["backup_enabled"]:
        yield "openclaw_rollback_what  has state, and openclaw_backup_enabled is false: there is no repository."


def _table(instance: Instance, revisions: Sequence[Facts]) -> list[str]:
    """Return a line for each revision, the newest first."""
    rows = [_HEAD, *([_cell(each.get(key)) for key in _COLUMNS] for each in reversed(revisions))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [f"{instance['name']}: {len(revisions)} revisions", *(lines if revisions else ())]


def _cell(value: object) -> str:
    text_of = (str(value or "-").splitlines() or ["-"])[0]
    return text_of[:_WIDEST]


_HEAD = ["REVISION", "KEPT AT", "VERSION", "CONFIG", "OUTCOME", "SNAPSHOT", "WHY"]
_COLUMNS = ("number", "at", "version", "config_digest", "outcome", "snapshot", "why")
_WIDEST = 60
