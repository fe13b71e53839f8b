# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the running gateway has the declared plugins: how to ask it, and what its answer amounts to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from .plugins import plugin_entries
from .pod import ENTRY_POINT

PROBE = "plugins"
_TIMEOUT = 60
_MAX_SHOWN = 300

# Runs in the gateway's container. The list has all plugins that OpenClaw knows of; those of the image are left out.
_LIST = (
    "const{execFileSync}=require('child_process');const[program,...words]=process.argv.slice(1);"
    "const said=execFileSync(program,words,{encoding:'utf8',maxBuffer:1<<26,stdio:['ignore','pipe','inherit']});"
    "const plugins=JSON.parse(said.slice(said.indexOf('{'))).plugins.filter(p=>p.installed&&p.origin!=='bundled');"
    "console.log(JSON.stringify({plugins:plugins.map(p=>({id:p.id,version:p.version,enabled:p.enabled,"
    "state:p.runtime?.state,error:p.runtime?.error??p.error}))}))"
)
_CALL = (*ENTRY_POINT, "gateway", "call", "plugins.list", "--json", "--timeout", "30000")


def plugin_probes(instance: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """Return the command that lists the plugins of the gateway; none for an instance that declares none."""
    return {PROBE: {"argv": ["node", "-e", _LIST, *_CALL], "timeout": _TIMEOUT}} if plugin_entries(instance) else {}


def _installed(info: Mapping[str, object]) -> dict[str, Mapping[str, object]] | None:
    """Return what the gateway says of each plugin that is not of its image; None if it gave no answer."""
    probes = info.get("probes")
    probe = probes.get(PROBE) if isinstance(probes, Mapping) else None
    try:
        plugins = json.loads(str(probe["stdout"]))["plugins"] if isinstance(probe, Mapping) else None
    except (KeyError, TypeError, ValueError):
        return None
    if not isinstance(plugins, list):
        return None
    return {str(plugin.get("id")): plugin for plugin in plugins if isinstance(plugin, dict)}


def judge_plugins(instance: Mapping[str, object], info: Mapping[str, object]) -> tuple[list[str], list[str]]:
    """Return problems and warnings about the plugins of the pod that was asked."""
    declared = plugin_entries(instance)
    if not declared:
        return [], []
    found = _installed(info)
    if found is None:
        return ["the gateway does not tell which plugins it has."], []
    problems = [
        f"the plugin {name} {problem}"
        for name, entry in declared.items()
        for problem in _problems(entry, found.get(name))
    ]
    others = sorted(found.keys() - declared.keys())
    return problems, [f"a plugin that the inventory does not declare: {name}" for name in others]


def _problems(entry: Mapping[str, object], plugin: Mapping[str, object] | None) -> Iterator[str]:
    if plugin is None:
        yield "is not installed; see the log of the container install-plugins."
        return
    if plugin.get("version") != entry["version"]:
        yield f"has the version {plugin.get('version')} instead of {entry['version']}; run the playbook restart."
    if entry.get("enabled", True) and not plugin.get("enabled"):
        yield "is disabled, though the inventory enables it."
    if plugin.get("error"):
        yield f"does not run: {' '.join(str(plugin['error']).split())[:_MAX_SHOWN]}"


def plugins_state(instance: Mapping[str, object], info: Mapping[str, object]) -> str:
    """Return in a few words how the plugins of the instance are."""
    declared = plugin_entries(instance)
    if not declared:
        return "-"
    found = _installed(info)
    if found is None:
        return "not asked"
    wrong = sum(bool(list(_problems(entry, found.get(name)))) for name, entry in declared.items())
    others = len(found.keys() - declared.keys())
    counts = {"pinned": len(declared), "wrong": wrong, "more": others}
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count)
