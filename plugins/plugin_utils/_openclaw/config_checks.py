# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about what stands in the configuration: no secrets, no settings of yesterday, no doors left open unseen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .channels import OPTION as CHANNELS_OPTION
from .channels import channel_entries, open_doors
from .endpoint import endpoint_of
from .models import APIS, provider_entries
from .models import OPTION as PROVIDERS_OPTION
from .plaintext import plain_secrets, used_variables
from .plugins import plugin_settings
from .replicas import given_config, overridden, user_configs, wanted_config
from .retired import release_of, replaced, translated
from .secret_variables import secret_sources

Instance = Mapping[str, object]


def _written(instance: Instance) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield each piece of configuration that somebody wrote, with the beginning of what is to be said about it."""
    yield "openclaw_config  ", given_config(instance)
    for replica, config in overridden(instance, "config").items():
        yield f"openclaw_replica_overrides  {replica}: config.", config
    for option, found in ((CHANNELS_OPTION, channel_entries(instance)), (PROVIDERS_OPTION, provider_entries(instance))):
        for name, entry in found.items():
            more = entry.get("config")
            if isinstance(more, dict):
                yield f"{option}  {name}: config.", more


def secret_in_plain_text(instance: Instance) -> list[str]:
    """The configuration is in a ConfigMap, in diffs and in backups of the inventory."""
    return [
        f"{at}{secret.place}: holds a secret in plain text. Store it with openclaw_secrets, as {secret.variable}, and "
        f"write {secret.instead}."
        for at, config in (*_written(instance), *plugin_settings(instance))
        for secret in plain_secrets(config)
    ]


def setting_to_replace(instance: Instance) -> list[str]:
    """Some settings of older releases have no single successor."""
    release = release_of(str(instance["image_tag"]))
    return [
        f"{at}{sentence}"
        for at, config in _written(instance)
        for sentence in replaced(translated(config, release)[0], release)
    ]


def setting_translated(instance: Instance) -> list[str]:
    """It works, but the inventory and what runs differ in their words."""
    release = release_of(str(instance["image_tag"]))
    return [f"{at}{sentence}" for at, config in _written(instance) for sentence in translated(config, release)[1]]


def door_open_to_strangers(instance: Instance) -> list[str]:
    """Whoever talks to an agent can make it use its tools."""
    places = dict.fromkeys(door for config in _wanted(instance) for door in open_doors(config))
    return [
        f"openclaw_config  {place}: open lets {who} talk to the agent, and use its tools. Prefer an allow list."
        for place, who in places
    ]


def _wanted(instance: Instance) -> Iterator[Mapping[str, object]]:
    for replica in user_configs(instance):
        yield wanted_config(instance, replica)


def variable_missing(instance: Instance) -> list[str]:
    """The gateway does not start without the secret that a reference means; a placeholder stays as it is."""
    env = instance["env"]
    if instance["env_from"]:
        return []
    there = {*secret_sources(instance), *(env if isinstance(env, dict) else ())}
    used = {variable: place for config in _wanted(instance) for variable, place in used_variables(config).items()}
    return [
        f"openclaw_config  {place}: needs the variable {variable}, which no option sets. Add it to openclaw_secrets."
        for variable, place in sorted(used.items())
        if variable not in there and not variable.startswith("OPENCLAW_") and not _is_from_config(instance, variable)
    ]


def _is_from_config(instance: Instance, variable: str) -> bool:
    """Whether the configuration, or a replica of its own, brings the variable."""
    env = given_config(instance).get("env")
    variables = env.get("vars") if isinstance(env, dict) else None
    return variable in (variables if isinstance(variables, dict) else ()) or any(
        variable in variables for variables in overridden(instance, "env").values()
    )


def provider_at_forbidden_address(instance: Instance) -> list[str]:
    """The network policy opens the way to a declared model, so none may stand where a cloud keeps credentials."""
    found = {name: endpoint_of(str(entry.get("url", ""))) for name, entry in provider_entries(instance).items()}
    return [
        f"{PROVIDERS_OPTION}  {name}: url: {endpoint.host} is a link-local, metadata or reserved address. Write the "
        "address of a model."
        for name, endpoint in found.items()
        if endpoint is not None and endpoint.forbidden
    ]


def provider_of_unknown_api(instance: Instance) -> list[str]:
    """OpenClaw skips a provider whose API it does not know, and says so in its log only."""
    return [
        f"{PROVIDERS_OPTION}  {name}: api: is none of {', '.join(APIS)}."
        for name, entry in provider_entries(instance).items()
        if "api" in entry and entry["api"] not in APIS
    ]


RULES = (secret_in_plain_text, setting_to_replace, provider_at_forbidden_address, provider_of_unknown_api)
CAUTIONS = (setting_translated, door_open_to_strangers, variable_missing)
