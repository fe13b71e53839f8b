# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A headless Chromium beside the gateway, wired as the browser of the agent."""

from __future__ import annotations

from collections.abc import Iterable

from ..._options.access import Instance, entries, mapping
from ..identity import Manifest
from .containers import claim_name, own_claims, preparation, program_texts, sidecar, variables
from .feature import Feature

CONTAINER = "chromium"
_WAITER = "chromium-ready"
_PREFIX = "chromium_"
# Whoever reaches this port has the browser with all its logins: it is open on loopback only, and in no Service.
_PORT = 9222
_ADDRESS = f"http://127.0.0.1:{_PORT}"
_SECONDS_TO_ANSWER = 60
_PROFILE_DIR = "/profile"
_TEMPORARY_DIR = "/tmp"

_ARGUMENTS = (
    "--headless",
    # The browser's own sandbox needs rights that a restricted container does not have; the container is the sandbox.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--remote-debugging-address=127.0.0.1",
    f"--remote-debugging-port={_PORT}",
    # Not the volume itself: that may hold a lost+found.
    f"--user-data-dir={_PROFILE_DIR}/{CONTAINER}",
)
_ENVIRONMENT = {
    "HOME": _TEMPORARY_DIR,
    "XDG_CACHE_HOME": f"{_TEMPORARY_DIR}/.cache",
    "XDG_CONFIG_HOME": f"{_TEMPORARY_DIR}/.config",
}
# OpenClaw's own profile, the one that charts and operators name, and the one that tells agents of a signed-in browser:
# whichever the agent asks for, it gets this browser, and none tries to start another in the gateway's container.
_PROFILES = ("chrome", "default", "openclaw")


def chromium(instance: Instance) -> Feature | None:
    """Return what the browser adds."""
    if not instance["chromium_enabled"]:
        return None
    # No program of the browser's image can be counted on for a probe, and the kubelet itself does not reach loopback:
    # so the pod goes on to the gateway once the browser answers, and says so when it does not.
    ready = preparation(
        instance, _WAITER, "wait.mjs", ["the browser", f"{_ADDRESS}/json/version", str(_SECONDS_TO_ANSWER)]
    )
    return Feature(
        init_containers=(_browser(instance), ready),
        volumes=(
            {"name": "chromium-profile", **_profile(instance)},
            {
                "name": "chromium-shm",
                "emptyDir": {"medium": "Memory", "sizeLimit": instance["chromium_shared_memory_size"]},
            },
            {"name": "chromium-tmp", "emptyDir": {"sizeLimit": "1Gi"}},
        ),
        offline=(_WAITER,),
        config={"browser": _browser_config(instance)},
        claims=own_claims(instance, _PREFIX, CONTAINER) if instance["chromium_persistence_enabled"] else (),
        files=program_texts("answers.mjs", "wait.mjs"),
    )


def _browser(instance: Instance) -> Manifest:
    return {
        **sidecar(instance, _PREFIX, CONTAINER),
        "command": [str(word) for word in entries(instance, "chromium_command")],
        "args": _one_of_each(_ARGUMENTS, map(str, entries(instance, "chromium_args"))),
        "env": variables(_ENVIRONMENT, mapping(instance, "chromium_env")),
        "volumeMounts": [
            {"name": "chromium-profile", "mountPath": _PROFILE_DIR},
            {"name": "chromium-shm", "mountPath": "/dev/shm"},
            {"name": "chromium-tmp", "mountPath": _TEMPORARY_DIR},
        ],
    }


def _one_of_each(ours: Iterable[str], given: Iterable[str]) -> list[str]:
    """Return the arguments with each flag once: the last one that was given."""
    return list({argument.partition("=")[0]: argument for argument in (*ours, *given)}.values())


def _profile(instance: Instance) -> Manifest:
    if not instance["chromium_persistence_enabled"]:
        return {"emptyDir": {"sizeLimit": instance["chromium_storage_size"]}}
    return {"persistentVolumeClaim": {"claimName": claim_name(instance, _PREFIX, CONTAINER)}}


def _browser_config(instance: Instance) -> Manifest:
    """Return OpenClaw's browser settings, without the profiles that the user describes: half of one is no profile."""
    given = mapping(instance, "config").get("browser")
    profiles = given.get("profiles") if isinstance(given, dict) else None
    described = profiles if isinstance(profiles, dict) else {}
    return {
        "enabled": True,
        # Without it a loopback address counts as a browser that OpenClaw starts and stops itself.
        "attachOnly": True,
        "defaultProfile": "default",
        "profiles": {
            profile: {"attachOnly": True, "cdpUrl": _ADDRESS} for profile in _PROFILES if profile not in described
        },
    }
