# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The probes of the gateway: each asks inside the pod and reads the answer."""

from __future__ import annotations

from dataclasses import dataclass

from .._openclaw.pod import LIVE, STARTED, STATE_DIR, enough_space, probe_command
from .._options.access import Instance, text, whole
from .._options.formats import seconds, size_bytes
from .identity import Manifest


@dataclass(frozen=True)
class _Probe:
    """A probe of the container, what it asks, and the options that tune it."""

    field: str
    path: str
    enabled: str
    period: str
    timeout: str
    failures: str
    min_free: str = ""


_PROBES = (
    _Probe("startupProbe", STARTED, "startup_enabled", "startup_period", "startup_timeout", "startup_failures"),
    _Probe(
        "readinessProbe",
        STARTED,
        "readiness_enabled",
        "readiness_period",
        "readiness_timeout",
        "readiness_failures",
        "readiness_min_free",
    ),
    _Probe("livenessProbe", LIVE, "liveness_enabled", "liveness_period", "liveness_timeout", "liveness_failures"),
)


def probes(instance: Instance) -> Manifest:
    """Return the probes that are on, by their field of the container."""
    return {probe.field: _probe(instance, probe) for probe in _PROBES if instance[probe.enabled]}


def _probe(instance: Instance, probe: _Probe) -> Manifest:
    timeout = seconds(text(instance, probe.timeout))
    min_free = text(instance, probe.min_free) if probe.min_free else ""
    condition = enough_space(STATE_DIR, int(size_bytes(min_free)), min_free) if min_free else ""
    return {
        "exec": {"command": probe_command(probe.path, timeout, condition)},
        "periodSeconds": seconds(text(instance, probe.period)),
        "timeoutSeconds": timeout,
        "failureThreshold": whole(instance, probe.failures),
    }
