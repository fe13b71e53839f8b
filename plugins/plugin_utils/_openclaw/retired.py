# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of older releases: translated where the new one says the same, named with their replacement elsewhere.

A gateway that may not write its file refuses most of them, and one that may rewrites them, so that the file and the
inventory differ from then on. Both is avoided by writing today's names.
"""

from __future__ import annotations

import copy
import functools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

Config = dict[str, object]
Path = tuple[str, ...]
Release = tuple[int, ...]

_RELEASE = re.compile(r"v?(20\d\d)\.(\d+)\.(\d+)")
# In both releases that were looked at, so older than either.
_BEFORE: Release = (0,)
_CODE_MODE: Release = (2026, 9, 6)


@dataclass(frozen=True)
class Moved:
    """A setting under a new name. C(*) stands for any key, the same one in both."""

    old: str
    new: str
    since: Release = _BEFORE
    value: Callable[[object], object] | None = None


@dataclass(frozen=True)
class Renamed:
    """A value that has another name."""

    path: str
    values: Mapping[str, str]
    since: Release = _BEFORE


@dataclass(frozen=True)
class Gone:
    """A setting that OpenClaw no longer has; leaving it out changes nothing."""

    path: str
    why: str
    since: Release = _BEFORE


@dataclass(frozen=True)
class Replaced:
    """A setting whose replacement is for a person to write."""

    path: str
    instead: str
    since: Release = _BEFORE


def _not(value: object) -> object:
    return not value


def _days(value: object) -> object:
    return f"{value}d" if isinstance(value, int) else value


def _sandbox_scope(value: object) -> object:
    return "session" if value is True else "shared"


_AGENTS = ("agents.defaults", "agents.entries.*")
_MCP = ("mcp.servers.*", "nodeHost.mcp.servers.*")

MOVED: tuple[Moved, ...] = (
    Moved("audit", "logging.audit"),
    Moved("media", "attachments"),
    Moved("defaultModel", "agents.defaults.model"),
    Moved("memorySearch", "memory.search"),
    Moved("agents.defaults.memorySearch", "memory.search"),
    Moved("agents.entries.*.memorySearch", "agents.entries.*.memory.search"),
    *(Moved(f"{agents}.embeddedPi", f"{agents}.embeddedAgent") for agents in _AGENTS),
    *(Moved(f"{agents}.sandbox.perSession", f"{agents}.sandbox.scope", value=_sandbox_scope) for agents in _AGENTS),
    Moved("agents.defaults.pdfMaxBytesMb", "agents.defaults.pdfMaxMb"),
    Moved("agents.defaults.imageGenerationModel", "agents.defaults.mediaModels.image"),
    Moved("agents.defaults.videoGenerationModel", "agents.defaults.mediaModels.video"),
    Moved("agents.defaults.musicGenerationModel", "agents.defaults.mediaModels.music"),
    Moved("browser.ssrfPolicy.allowPrivateNetwork", "browser.ssrfPolicy.dangerouslyAllowPrivateNetwork"),
    Moved("channels.slack.identity", "channels.slack.postAs"),
    Moved("channels.telegram.requireMention", "channels.telegram.groups.*.requireMention"),
    Moved("channels.whatsapp.messagePrefix", "channels.whatsapp.responsePrefix"),
    Moved("gateway.nodes.allowCommands", "gateway.nodes.commands.allow"),
    Moved("gateway.nodes.denyCommands", "gateway.nodes.commands.deny"),
    Moved("gateway.nodes.skills.enabled", "gateway.nodes.allowSkills"),
    *(Moved(f"{servers}.disabled", f"{servers}.enabled", value=_not) for servers in _MCP),
    Moved("messages.tts", "tts"),
    Moved("routing.allowFrom", "channels.whatsapp.allowFrom"),
    Moved("routing.groupChat.historyLimit", "messages.groupChat.historyLimit"),
    Moved("routing.groupChat.mentionPatterns", "messages.groupChat.mentionPatterns"),
    Moved("session.idleMinutes", "session.reset.idleMinutes"),
    Moved("session.maintenance.pruneDays", "session.maintenance.pruneAfter", value=_days),
    Moved("session.resetByType.dm", "session.resetByType.direct"),
    Moved("session.threadBindings.ttlHours", "session.threadBindings.idleHours"),
    Moved("session.typingMode", "agents.defaults.typingMode"),
    Moved("tools.exec.timeoutSec", "tools.exec.timeoutSeconds"),
    Moved("tools.web.x_search.apiKey", "plugins.entries.xai.config.webSearch.apiKey"),
)

RENAMED: tuple[Renamed, ...] = (
    Renamed("gateway.reload.mode", {"hot": "hybrid", "restart": "hybrid"}),
    Renamed("logging.consoleStyle", {"compact": "pretty"}),
    Renamed("memory.search.provider", {"auto": "openai"}),
    Renamed("models.providers.*.api", {"openai": "openai-completions"}),
    Renamed("tts.provider", {"edge": "microsoft"}),
)

_OWN_PROMPT = "OpenClaw writes the system prompt itself; the files of the workspace add to it"
_NO_REWRITE = "OpenClaw no longer turns an exact NO_REPLY into other text"
_JAVASCRIPT = "Code Mode runs JavaScript only"

GONE: tuple[Gone, ...] = (
    *(Gone(f"{agents}.systemPromptOverride", _OWN_PROMPT) for agents in _AGENTS),
    *(Gone(f"{agents}.silentReplyRewrite", _NO_REWRITE) for agents in _AGENTS),
    Gone("surfaces.*.silentReplyRewrite", _NO_REWRITE),
    Gone("agents.defaults.llm", "models.providers.<id>.timeoutSeconds is for slow models"),
    Gone("browser.profiles.*.color", "profiles have no colour any more"),
    Gone("browser.relayBindHost", "the relay of the old browser extension is gone"),
    Gone("channels.webchat", "WebChat is gone"),
    Gone("commands.modelsWrite", "models are declared, not added in a chat"),
    Gone("diagnostics.memoryPressureSnapshot", "there are no automatic snapshots any more"),
    Gone("diagnostics.memoryPressureBundle", "there are no automatic snapshots any more"),
    Gone("gateway.controlUi.chatMessageMaxWidth", "each browser keeps this for itself"),
    Gone("gateway.controlUi.toolTitles", "tool activity is described by the agent", _CODE_MODE),
    Gone("gateway.tailscale.resetOnExit", "routes end with the gateway"),
    Gone("gateway.webchat", "WebChat is gone"),
    Gone("logging.redactSensitive", "secrets are always redacted"),
    Gone("memory.search.store.path", "each agent keeps its index in its database"),
    Gone("meta.lastTouchedAt", "OpenClaw keeps this in its database"),
    Gone("session.maintenance.rotateBytes", "sessions are in a database"),
    Gone("session.parentForkMaxTokens", "OpenClaw decides this itself"),
    Gone("tools.codeMode.languages", _JAVASCRIPT, _CODE_MODE),
    Gone("agents.entries.*.tools.codeMode.languages", _JAVASCRIPT, _CODE_MODE),
    Gone("tools.media.asyncCompletion", "media always completes by itself"),
    Gone("tui", "the terminal interface has one layout"),
)

_CAPABILITIES = "tools.media.models, each entry with capabilities: [{}]"

REPLACED: tuple[Replaced, ...] = (
    Replaced("agents.list", "agents.entries, a map of agents by their id, with agents.ownership"),
    Replaced("channels.whatsapp.ackReaction", "messages.ackReaction and messages.ackReactionScope"),
    Replaced("cron.failureDestination", "cron.failureAlert with mode, channel, to and accountId"),
    Replaced("gateway.allowedOrigins", "openclaw_allowed_origins"),
    Replaced("gateway.controlUi.allowInsecureAuth", "openclaw_hostname with TLS"),
    Replaced("heartbeat", "agents.defaults.heartbeat (when and what) or channels.defaults.heartbeatVisibility"),
    Replaced("routing.groupChat.requireMention", 'channels.<channel>.groups."*".requireMention'),
    Replaced("tools.media.audio.models", _CAPABILITIES.format("audio")),
    Replaced("tools.media.image.models", _CAPABILITIES.format("image")),
    Replaced("tools.media.video.models", _CAPABILITIES.format("video")),
    Replaced("tools.message.allowCrossContextSend", "tools.message.crossContext"),
    Replaced("web.enabled", "channels.whatsapp.enabled"),
)
_MODE_OF_ENV = frozenset({"vars", "shellEnv"})


def release_of(tag: str) -> Release:
    """Return the release that an image tag names; the newest for one that names none."""
    found = _RELEASE.match(tag)
    return tuple(map(int, found.groups())) if found else (9999,)


def translated(config: Mapping[str, object], release: Release) -> tuple[Config, list[str]]:
    """Return I(config) in the words of I(release), and a sentence for everything that was said otherwise.

    What is said in both ways already keeps the new one, as OpenClaw does it.
    """
    walk = _Translation(config)
    walk.key_a_single_agent()
    walk.move_variables()
    for moved in MOVED:
        if release >= moved.since:
            walk.move(moved)
    for renamed in RENAMED:
        if release >= renamed.since:
            walk.rename(renamed)
    for gone in GONE:
        if release >= gone.since:
            walk.leave_out(gone)
    return walk.config, walk.told


def replaced(config: Mapping[str, object], release: Release) -> list[str]:
    """Return a sentence for each setting that a person has to replace; I(config) is translated already."""
    return [
        f"{'.'.join(path)}: OpenClaw no longer has it. Write {entry.instead}."
        for entry in REPLACED
        if release >= entry.since
        for path in _found(config, entry.path)
    ]


class _Translation:
    """A configuration on its way; it is copied when the first change is made."""

    def __init__(self, config: Mapping[str, object]) -> None:
        self.config: Config = dict(config)
        self.told: list[str] = []
        self._is_own = False

    def _own(self) -> Config:
        if not self._is_own:
            self.config = copy.deepcopy(self.config)
            self._is_own = True
        return self.config

    def _tell(self, path: Path, sentence: str) -> None:
        self.told.append(f"{'.'.join(path)}: {sentence}")

    def move(self, moved: Moved) -> None:
        for old in list(_found(self.config, moved.old)):
            new = _named_alike(moved, old)
            value = _taken(self._own(), old)
            self._put(new, moved.value(value) if moved.value else value)
            self._tell(old, f"is {'.'.join(new)} today, and was written there. Write it there.")

    def _put(self, path: Path, value: object) -> None:
        """Put a value in its place, below what is there already."""
        holder = self._own()
        for step in path[:-1]:
            below = holder.setdefault(step, {})
            if not isinstance(below, dict):
                return
            holder = below
        there = holder.get(path[-1])
        if isinstance(there, dict) and isinstance(value, dict):
            holder[path[-1]] = _under(there, value)
        else:
            holder.setdefault(path[-1], value)

    def move_variables(self) -> None:
        """Variables stood beside the settings about variables once."""
        env = self.config.get("env")
        for name in sorted(set(env) - _MODE_OF_ENV) if isinstance(env, dict) else ():
            if isinstance(env, dict) and isinstance(env[name], (str, int, float)):
                self._put(("env", "vars", name), str(_taken(self._own(), ("env", name))))
                self._tell(("env", name), "is openclaw_env today, and was written as env.vars. Write it there.")

    def key_a_single_agent(self) -> None:
        """One agent of a list owns everything, also by its name; how several share is for a person to say."""
        agents = self.config.get("agents")
        roster = agents.get("list") if isinstance(agents, dict) else None
        if not isinstance(roster, list) or len(roster) != 1 or not isinstance(roster[0], dict):
            return
        agent = roster[0].get("id")
        if isinstance(agent, str) and agent:
            _taken(self._own(), ("agents", "list"))
            settings = {key: value for key, value in roster[0].items() if key not in ("id", "default")}
            self._put(("agents", "entries", agent), settings)
            self._tell(("agents", "list"), f"is agents.entries.{agent} today, and was written there. Write it there.")

    def rename(self, renamed: Renamed) -> None:
        for path in list(_found(self.config, renamed.path)):
            value = _value(self.config, path)
            if isinstance(value, str) and value in renamed.values:
                new = renamed.values[value]
                _holder(self._own(), path)[path[-1]] = new
                self._tell(path, f"{json.dumps(value)} is {new} today, and was written so. Write {new}.")

    def leave_out(self, gone: Gone) -> None:
        for path in list(_found(self.config, gone.path)):
            _taken(self._own(), path)
            self._tell(path, f"OpenClaw no longer has it ({gone.why}), so it was left out. Remove it.")


def _under(above: Config, below: Config) -> Config:
    """Return I(above) with what only I(below) has."""
    merged = dict(above)
    for key, value in below.items():
        there = merged.get(key)
        if isinstance(there, dict) and isinstance(value, dict):
            merged[key] = _under(there, value)
        else:
            merged.setdefault(key, value)
    return merged


def _found(config: Mapping[str, object], pattern: str) -> Iterator[Path]:
    """Yield each path of I(config) that fits."""
    steps = _steps(pattern)
    if steps[0] not in config:
        return
    places: list[tuple[Path, object]] = [((), config)]
    for step in steps:
        places = [
            ((*path, key), value[key])
            for path, value in places
            if isinstance(value, Mapping)
            for key in (value if step == "*" else (step,))
            if key in value
        ]
        if not places:
            return
    yield from (path for path, _value in places)


@functools.cache
def _steps(pattern: str) -> Path:
    return tuple(pattern.split("."))


def _named_alike(moved: Moved, old: Path) -> Path:
    """Return the new path for this old one. A star of the new path alone is the key C(*), which means each."""
    keys = iter([key for key, step in zip(old, _steps(moved.old), strict=True) if step == "*"])
    return tuple(next(keys, "*") if step == "*" else step for step in _steps(moved.new))


def _holder(config: Config, path: Path) -> Config:
    """Return the map that the last step of a path is in; an empty one where the path does not lead."""
    holder = config
    for step in path[:-1]:
        below = holder.get(step)
        holder = below if isinstance(below, dict) else {}
    return holder


def _value(config: Config, path: Path) -> object:
    return _holder(config, path)[path[-1]]


def _taken(config: Config, path: Path) -> object:
    """Take a value out, with the maps that are empty without it."""
    value = _holder(config, path).pop(path[-1])
    if len(path) > 1 and not _holder(config, path):
        _taken(config, path[:-1])
    return value
