# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Channels as options: the token by reference, and nobody talks to the agent whom nobody named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .config_layers import laid_over
from .plaintext import OptionSecret, reference_to, variable_for

Instance = Mapping[str, object]

OPTION = "openclaw_channels"
ALLOWLIST, OPEN, PAIRING = "allowlist", "open", "pairing"
EVERYBODY = "*"
# Settings of all channels, beside them.
NOT_A_CHANNEL = frozenset({"defaults", "modelByChannel"})


@dataclass(frozen=True)
class Channel:
    """What OpenClaw knows of a kind of channel.

    token: the key of its main secret, if it has one. wants: whether it is of no use without. secrets: keys of others.
    policy, people: where direct messages have theirs. groups, group_people: whether groups have them.
    """

    token: str = ""
    wants: bool = True
    secrets: tuple[str, ...] = ()
    policy: tuple[str, ...] = ("dmPolicy",)
    people: tuple[str, ...] = ("allowFrom",)
    groups: bool = True
    group_people: bool = True


# As in OpenClaw 2026.9.6. Others have no allow list, or are set up in another way: they go into openclaw_config.
CHANNELS: Mapping[str, Channel] = {
    "discord": Channel("token", group_people=False),
    "feishu": Channel("appSecret", secrets=("encryptKey", "verificationToken")),
    "googlechat": Channel("serviceAccount"),
    "imessage": Channel(),
    "irc": Channel("password", wants=False),
    "line": Channel("channelAccessToken", secrets=("channelSecret",)),
    "matrix": Channel(
        "accessToken", wants=False, secrets=("password",), policy=("dm", "policy"), people=("dm", "allowFrom")
    ),
    "mattermost": Channel("botToken"),
    "msteams": Channel("appPassword"),
    "nextcloud-talk": Channel("botSecret", secrets=("apiPassword",)),
    "nostr": Channel("privateKey", groups=False),
    "signal": Channel(),
    "slack": Channel("botToken", secrets=("appToken", "signingSecret", "userToken"), group_people=False),
    "sms": Channel("authToken", groups=False),
    "telegram": Channel("botToken", secrets=("webhookSecret",)),
    "whatsapp": Channel(),
    "zalo": Channel("botToken", secrets=("webhookSecret",)),
    "zalouser": Channel(),
}
# The only one that is in the image; each other one is a plugin, @openclaw/<channel>.
IN_THE_IMAGE = frozenset({"telegram"})


def channel_entries(instance: Instance) -> dict[str, Mapping[str, object]]:
    """Return the channels that are options, by name."""
    given = instance["channels"]
    found = sorted(given.items()) if isinstance(given, dict) else []
    return {name: entry for name, entry in found if isinstance(entry, dict)}


def channel_secrets(instance: Instance) -> Iterator[OptionSecret]:
    """Yield the secrets of the channels."""
    for name, entry in channel_entries(instance).items():
        for key, source in _sources(name, entry):
            yield OptionSecret(variable_for(("channels", name, key)), f"{OPTION}.{name}", source)


def channel_config(instance: Instance) -> dict[str, object]:
    """Return the channels as OpenClaw's configuration has them; empty without any."""
    found = {name: _settings(name, entry) for name, entry in channel_entries(instance).items()}
    return {"channels": found} if found else {}


def _sources(name: str, entry: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield the key in the configuration and the source of each secret."""
    kind = CHANNELS.get(name, Channel())
    if kind.token and "token" in entry:
        yield kind.token, entry["token"]
    others = entry.get("secrets")
    for key, source in others.items() if isinstance(others, dict) else ():
        if key in kind.secrets:
            yield str(key), source


def _settings(name: str, entry: Mapping[str, object]) -> dict[str, object]:
    kind = CHANNELS.get(name, Channel())
    settings: dict[str, object] = {"enabled": bool(entry.get("enabled", True))}
    for key, _source in _sources(name, entry):
        settings[key] = reference_to(("channels", name, key))
    people = _people(entry, "allow_from")
    policy = str(entry.get("dm_policy", ALLOWLIST if people else PAIRING))
    _put(settings, kind.policy, policy)
    if policy == OPEN or people:
        _put(settings, kind.people, [EVERYBODY] if policy == OPEN else people)
    if kind.groups:
        settings["groupPolicy"] = str(entry.get("group_policy", ALLOWLIST))
        if kind.group_people and (members := _people(entry, "group_allow_from")):
            settings["groupAllowFrom"] = members
    more = entry.get("config")
    return laid_over(settings, more) if isinstance(more, dict) else settings


def _people(entry: Mapping[str, object], key: str) -> list[str]:
    given = entry.get(key)
    return [str(person) for person in given] if isinstance(given, list) else []


def _put(settings: dict[str, object], path: tuple[str, ...], value: object) -> None:
    for step in path[:-1]:
        below = settings.setdefault(step, {})
        settings = below if isinstance(below, dict) else {}
    settings[path[-1]] = value


# Rules


def channel_unknown(instance: Instance) -> list[str]:
    """Only channels with a token or an allow list gain from an option."""
    return [
        f"{OPTION}  {name}: is none of {', '.join(CHANNELS)}. Write it in openclaw_config, below channels."
        for name in channel_entries(instance)
        if name not in CHANNELS
    ]


def channel_without_token(instance: Instance) -> list[str]:
    """Without its token a channel never starts, and says so in the log only."""
    return [
        f"{OPTION}  {name}: has no token, which becomes {kind.token}. Write token: {{secret: <name>, key: <key>}}."
        for name, entry, kind in _known(instance)
        if kind.token and kind.wants and "token" not in entry and not _is_off(entry) and not _has_own(entry, kind.token)
    ]


def _known(instance: Instance) -> Iterator[tuple[str, Mapping[str, object], Channel]]:
    for name, entry in channel_entries(instance).items():
        if name in CHANNELS:
            yield name, entry, CHANNELS[name]


def _is_off(entry: Mapping[str, object]) -> bool:
    return entry.get("enabled") is False


def _has_own(entry: Mapping[str, object], key: str) -> bool:
    """Whether the channel's own settings bring the secret in another way: several accounts, or a file."""
    more = entry.get("config")
    return isinstance(more, dict) and bool({key, "accounts", "tokenFile", "secretFile"} & more.keys())


def channel_secret_unknown(instance: Instance) -> list[str]:
    """A secret that OpenClaw does not ask for would only lie about."""
    return [
        f"{OPTION}  {name}: secrets.{key}: is no further secret of this channel. "
        + (f"It has {', '.join(kind.secrets)}." if kind.secrets else "It has none.")
        for name, entry, kind in _known(instance)
        for key in sorted(_map(entry.get("secrets")))
        if key not in kind.secrets
    ]


def channel_token_of_nothing(instance: Instance) -> list[str]:
    """Some channels have no token: a device is linked to them."""
    return [
        f"{OPTION}  {name}: token: this channel has none; a device is linked to it. Remove it."
        for name, entry, kind in _known(instance)
        if not kind.token and "token" in entry
    ]


def channel_for_nobody(instance: Instance) -> list[str]:
    """An allow list without names, and names beside an open door, are not what anybody means."""
    problems = []
    for name, entry, _kind in _known(instance):
        people, policy = _people(entry, "allow_from"), entry.get("dm_policy")
        if policy == ALLOWLIST and not people:
            problems.append(f"{OPTION}  {name}: allow_from: is empty, so nobody may talk to the agent. Name somebody.")
        if policy == OPEN and people and people != [EVERYBODY]:
            problems.append(
                f"{OPTION}  {name}: dm_policy: open lets everybody in, whomever allow_from names. Write "
                f"{ALLOWLIST}, or remove allow_from."
            )
        if policy != OPEN and EVERYBODY in people:
            problems.append(f'{OPTION}  {name}: allow_from: "*" is everybody. Write dm_policy: open if that is meant.')
    return problems


def channel_needs_plugin(instance: Instance) -> list[str]:
    """Most channels are not in OpenClaw's image."""
    plugins = _map(instance.get("plugins"))
    return [
        f"{OPTION}  {name}: is no part of OpenClaw's image, but its plugin @openclaw/{name}. Add it to "
        "openclaw_plugins, unless your image has it."
        for name, entry, _kind in _known(instance)
        if name not in IN_THE_IMAGE and name not in plugins and not _is_off(entry)
    ]


def open_doors(config: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield each place of I(config) that lets strangers talk to the agent, and what it says."""
    for name, channel in _map(config.get("channels")).items():
        if name in NOT_A_CHANNEL or not isinstance(channel, dict) or _is_off(channel):
            continue
        accounts = {f".accounts.{each}": account for each, account in _map(channel.get("accounts")).items()}
        for at, settings in {"": channel, **accounts}.items():
            place = f"channels.{name}{at}"
            yield from _doors_of(place, _map(settings))


def _doors_of(place: str, settings: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    if settings.get("dmPolicy") == OPEN:
        yield f"{place}.dmPolicy", "everybody who finds it"
    if _map(settings.get("dm")).get("policy") == OPEN:
        yield f"{place}.dm.policy", "everybody who finds it"
    if settings.get("groupPolicy") == OPEN:
        yield f"{place}.groupPolicy", "every group that it is added to"


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


RULES = (
    channel_unknown,
    channel_without_token,
    channel_secret_unknown,
    channel_token_of_nothing,
    channel_for_nobody,
)
CAUTIONS = (channel_needs_plugin,)
