# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which release an instance is to be updated to, and what stands in the way. Asks nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from .update_window import is_open
from .versions import Release, Version, next_step, offered, release, skipped

Instance = Mapping[str, object]
Facts = Mapping[str, object]
FAILED, SERVING = "failed", "serving"


@dataclass
class Plan:
    """What to do. Without a tag there is nothing to do, and C(why) says so. Problems stand in the way."""

    tag: str = ""
    digest: str = ""
    why: str = ""
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def facts(self) -> dict[str, object]:
        """Return it as plain data."""
        return dict(vars(self))


def tag_of(image: str) -> str:
    """Return the tag of a reference; empty without one."""
    name = image.partition("@")[0]
    last = name.rpartition("/")[2]
    return last.partition(":")[2]


def digest_of(image: str) -> str:
    return image.partition("@")[2]


# -- an instance whose version the inventory names -----------------------------------------------------------------


def by_hand(instance: Instance, running: str, found: Facts, revisions: Sequence[Facts], target: Facts) -> Plan:
    """Return the plan for the image of the inventory.

    I(running) is the image that runs, I(found) what the registry said, I(target) C(image) and C(config_digest) to come.
    """
    plan = Plan(tag=str(instance["image_tag"]), digest=str(instance["image_digest"] or ""))
    if target["image"] == running:
        return Plan(why=f"runs {plan.tag} already")
    if found.get("known") and not found.get("exists"):
        option = "openclaw_image_digest" if plan.digest else "openclaw_image_tag"
        plan.problems.append(f'{option}  "{plan.digest or plan.tag}" is not in the registry of {target["image"]}.')
    elif not found.get("known", True):
        plan.warnings.append(f"whether the registry has {plan.tag} is not known: {found.get('reason')}")
    plan.problems += _no_way(instance, running, plan.tag)
    plan.problems += _failed_before(instance, revisions, target, plan.tag)
    return plan


def _no_way(instance: Instance, running: str, tag: str) -> list[str]:
    """Return why one step must not lead from one release to the other. Tags that name none are the user's business."""
    now, then = release(tag_of(running)), release(tag)
    if now is None or then is None:
        return []
    if then.version < now.version:
        return [
            f'openclaw_image_tag  "{tag}" is older than {now.tag}, which runs: a state is never taken back by an older '
            "release. Use the playbook rollback."
        ]
    why = skipped(now.version, then.version, steps_of(instance))
    if not why or instance["update_skip_confirm"] == tag:
        return []
    return [
        f'openclaw_image_tag  "{tag}" is too far from {now.tag}: {why}. Update to a release between them first, or add '
        f"-e openclaw_update_skip_confirm={tag}."
    ]


def _failed_before(instance: Instance, revisions: Iterable[Facts], target: Facts, tag: str) -> list[str]:
    """A release that failed with this configuration fails again."""
    same = [
        each
        for each in revisions
        if each.get("outcome") == FAILED
        and each.get("image") == target["image"]
        # Pods that take changes up without a restart carry no digest: then the release alone counts.
        and each.get("config_digest") in ("", target["config_digest"])
    ]
    if not same or instance["update_retry_confirm"] == tag:
        return []
    why = str(same[-1].get("why") or "no reason was noted").splitlines()[0]
    return [
        f'openclaw_image_tag  "{tag}" failed here at {same[-1].get("at")}: {why}. Change what made it fail, or add '
        f"-e openclaw_update_retry_confirm={tag}."
    ]


# -- an instance that is updated by itself -------------------------------------------------------------------------


def by_itself(instance: Instance, running: str, found: Facts, revisions: Sequence[Facts], now: datetime) -> Plan:
    """Return the plan for the newest release that fits channel and constraint, as far as one step leads."""
    current = release(tag_of(running))
    if current is None:
        return Plan(problems=[_no_release(running)])
    windows = instance["update_windows"]
    if isinstance(windows, Mapping) and not is_open(windows, now):
        return Plan(why="none of openclaw_update_windows is open")
    in_a_row = failures_in_a_row(revisions)
    most = int(str(instance["update_max_failures"]))
    if in_a_row >= most:
        return Plan(
            problems=[
                f"{in_a_row} updates in a row have failed (openclaw_update_max_failures). Look into them, then update "
                "with -e openclaw_update_automatic_enabled=false and the release in openclaw_image_tag."
            ]
        )
    if not found.get("known"):
        return Plan(problems=[f"which releases there are is not known: {found.get('reason')}"])
    fitting = _fitting(instance, found, revisions, current)
    chosen = next_step(current.version, fitting, steps_of(instance))
    if chosen is not None:
        return Plan(tag=chosen.tag, why=f"{chosen.tag} is the next release of channel {instance['update_channel']}")
    beyond = [each for each in fitting if each.version > current.version]
    if beyond:
        reason = skipped(current.version, beyond[0].version, steps_of(instance))
        return Plan(problems=[f"no release between {current.tag} and {beyond[0].tag} is in the registry: {reason}."])
    return Plan(why=f"{current.tag} is the newest release of channel {instance['update_channel']} that fits")


def _fitting(instance: Instance, found: Facts, revisions: Iterable[Facts], current: Release) -> list[Release]:
    failed = [
        known.version
        for each in revisions
        if each.get("outcome") == FAILED and (known := release(tag_of(str(each.get("image")))))
    ]
    tags = found.get("tags")
    return offered(
        [str(tag) for tag in tags] if isinstance(tags, list) else [],
        channel=str(instance["update_channel"]),
        constraint=str(instance["update_constraint"] or ""),
        variant=current.variant,
        without=failed,
    )


def _no_release(running: str) -> str:
    return (
        f"{running} runs, whose tag names no release of OpenClaw: nothing can be newer. Set openclaw_image_tag to a "
        "release, and update once with -e openclaw_update_automatic_enabled=false."
    )


def failures_in_a_row(revisions: Sequence[Facts]) -> int:
    """Return how many attempts have failed since something new last served."""
    count = 0
    for each in reversed(revisions):
        if each.get("outcome") == SERVING:
            break
        count += each.get("outcome") == FAILED
    return count


def steps_of(instance: Instance) -> list[Version]:
    """Return the releases that no update may skip."""
    given = instance["update_steps"]
    found = (release(str(step)) for step in (given if isinstance(given, list) else []))
    return [each.version for each in found if each is not None]
