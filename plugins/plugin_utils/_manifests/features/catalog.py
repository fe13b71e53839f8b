# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All features, in the order in which their containers start."""

from __future__ import annotations

from collections.abc import Callable

from ..._openclaw.endpoint import Endpoint
from ..._options.access import Instance
from .bootstrap import bootstrap
from .certificates import certificates
from .chromium import chromium
from .cloudflared import cloudflared
from .content import content
from .egress_proxy import egress_proxy
from .feature import Feature, Port, Way
from .gateway_proxy import gateway_proxy
from .hooks import heartbeat, hooks
from .install_policy import install_policy
from .ollama import ollama
from .plugins import plugins
from .runtime import runtime
from .skill_entries import skill_entries
from .tailscale import tailscale
from .terminal import terminal
from .tools import tools
from .workspace import workspace

# First the folders that containers mount, then the certificates: what follows may download.
# Declared tools hide programs of the same name in the runtime.
FEATURES: tuple[Callable[[Instance], Feature | None], ...] = (
    workspace,
    content,
    bootstrap,
    hooks,
    heartbeat,
    skill_entries,
    certificates,
    egress_proxy,
    tools,
    runtime,
    plugins,
    install_policy,
    chromium,
    ollama,
    terminal,
    gateway_proxy,
    tailscale,
    cloudflared,
)


def ports_of(instance: Instance) -> list[Port]:
    """Return the ports that features open, beside the gateway's."""
    return [port for feature in features_of(instance) for port in feature.ports]


def front_port_of(instance: Instance) -> int | None:
    """Return where the pod's own proxy of the gateway listens, if it has one."""
    return next((feature.front_port for feature in features_of(instance) if feature.front_port), None)


def destinations_of(instance: Instance) -> list[Endpoint]:
    """Return what features must reach outside the pod."""
    return [endpoint for feature in features_of(instance) for endpoint in feature.destinations]


def ways_of(instance: Instance) -> list[Way]:
    """Return the further ways out that features need."""
    return [way for feature in features_of(instance) for way in feature.ways]


def features_of(instance: Instance) -> list[Feature]:
    """Return what each feature that is on adds."""
    return [feature for _name, feature in named_features_of(instance)]


def named_features_of(instance: Instance) -> list[tuple[str, Feature]]:
    """Return the same, each with its name."""
    return [(build.__name__, feature) for build in FEATURES if (feature := build(instance)) is not None]
