# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about the places that programs for the agent are downloaded from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .egress_checks import by_name, without_internet
from .endpoint import endpoint_of

# The option, the variables of openclaw_env that name another place, and the usual one.
_RUNTIMES = (
    ("runtime_pnpm", ("NPM_CONFIG_REGISTRY",), "https://registry.npmjs.org"),
    ("runtime_python", ("UV_PYTHON_INSTALL_MIRROR", "UV_PYTHON_DOWNLOADS_JSON_URL"), "https://github.com"),
)


def _map(instance: Mapping[str, object], option: str) -> Mapping[str, object]:
    value = instance[option]
    return value if isinstance(value, dict) else {}


def _places(instance: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield each place with the option that it stands in."""
    env = _map(instance, "env")
    for option, variables, usual in _RUNTIMES:
        if instance[option]:
            yield f"openclaw_{option} ", str(next((env[name] for name in variables if name in env), usual))
    for name, tool in sorted(_map(instance, "tools").items()):
        url = tool.get("url") if isinstance(tool, dict) else None
        for each in url.values() if isinstance(url, dict) else [url]:
            if each is not None:
                yield f"openclaw_tools  {name}:", str(each)


def download_out_of_reach(instance: Mapping[str, object]) -> list[str]:
    """Without Internet access a place with a public name stays out of reach, and the pod does not start."""
    if instance["proxy_url"]:
        return []
    if by_name(instance):
        return _not_named(instance)
    if not without_internet(instance):
        return []
    found = ((option, endpoint_of(place)) for option, place in _places(instance))
    return [
        f"{option} {endpoint.host} is out of reach, since openclaw_networkpolicy_egress "
        f"is {instance['networkpolicy_egress']}. Use open-internet, or a mirror inside the cluster."
        for option, endpoint in found
        if endpoint is not None and endpoint.named_elsewhere
    ]


def _not_named(instance: Mapping[str, object]) -> list[str]:
    """Places that somebody wrote down are opened by their names; the usual ones are not."""
    names = instance["networkpolicy_egress_names"]
    known = names if isinstance(names, list) else []
    found = ((option, usual.removeprefix("https://")) for option, usual in _usual_places(instance))
    return [
        f"{option} {host} is out of reach unless openclaw_networkpolicy_egress_names holds it, and where it leads to."
        for option, host in found
        if host not in known
    ]


def _usual_places(instance: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    env = _map(instance, "env")
    for option, variables, usual in _RUNTIMES:
        if instance[option] and not any(name in env for name in variables):
            yield f"openclaw_{option} ", usual


CAUTIONS = (download_out_of_reach,)
