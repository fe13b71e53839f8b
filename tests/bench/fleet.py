# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet that every contender deploys: N instances of twelve objects each, as inventory and as manifests."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import instance_manifests
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import resolve

PREFIX = "bench-"
"""Every namespace of the benchmark begins like this; nothing else on the cluster may."""

HOUSE_RULES: dict[str, object] = {
    "openclaw_namespace_quota": {"requests.memory": "16Gi", "pods": "10"},
    "openclaw_namespace_limit_range": {"default": {"memory": "1Gi"}, "defaultRequest": {"cpu": "50m"}},
    "openclaw_secrets": {"PROVIDER_API_KEY": {"value": "sk-bench-0123456789"}},
    "openclaw_config__10_house": {
        "agents": {"defaults": {"skipBootstrap": True, "model": {"primary": "stub/echo-1"}}},
        "models": {
            "providers": {
                "stub": {
                    "baseUrl": "http://model.bench-models.svc:4010/v1",
                    "api": "openai-completions",
                    "apiKey": {"source": "env", "provider": "default", "id": "PROVIDER_API_KEY"},
                    "models": [{"id": "echo-1", "name": "Echo", "contextWindow": 32768, "maxTokens": 1024}],
                }
            }
        },
    },
    # Not part of what is compared: kubernetes.core and raw requests validate nothing and wait for nothing.
    "openclaw_config_validate_enabled": False,
    "openclaw_wait_enabled": False,
}
ONE_CHANGE: dict[str, object] = {"openclaw_config": {"agents": {"defaults": {"maxConcurrent": 7}}}}
"""Changes two of the twelve objects: the ConfigMap, and the pod template that carries its digest."""


@dataclass(frozen=True)
class Fleet:
    """The instances of one contender; each has a namespace of its own, as the collection does it by default."""

    contender: str
    size: int

    @property
    def names(self) -> list[str]:
        return [f"{PREFIX}{self.contender}-{number:03d}" for number in range(1, self.size + 1)]

    def manifests(self, changed: bool) -> list[list[dict[str, object]]]:
        """The objects of each instance, from the collection's own builders."""
        return [self._instance(name, changed) for name in self.names]

    def _instance(self, name: str, changed: bool) -> list[dict[str, object]]:
        variables = {"inventory_hostname": name, **HOUSE_RULES, **(ONE_CHANGE if changed else {})}
        resolved = resolve(variables, lambda value: value)
        if resolved.problems:
            raise ValueError("; ".join(resolved.problems))
        return instance_manifests(resolved.values)

    def write(self, folder: Path, python: Path) -> FleetFiles:
        """Write the inventory, the change as a file for `-e`, and the manifests of both states."""
        shutil.rmtree(folder, ignore_errors=True)
        files = FleetFiles(folder)
        for part in (files.inventory / "group_vars", files.manifests(False), files.manifests(True)):
            part.mkdir(parents=True)
        hosts = {"all": {"hosts": dict.fromkeys(self.names)}}
        (files.inventory / "hosts.json").write_text(json.dumps(hosts), encoding="utf-8")
        house = {**HOUSE_RULES, "ansible_python_interpreter": str(python)}
        (files.inventory / "group_vars" / "all.json").write_text(json.dumps(house), encoding="utf-8")
        files.change.write_text(json.dumps(ONE_CHANGE), encoding="utf-8")
        for changed in (False, True):
            for name, objects in zip(self.names, self.manifests(changed), strict=True):
                target = files.manifests(changed) / f"{name}.json"
                target.write_text(json.dumps(objects), encoding="utf-8")
        return files


@dataclass(frozen=True)
class FleetFiles:
    """Where `Fleet.write` put things."""

    folder: Path

    @property
    def inventory(self) -> Path:
        return self.folder / "inventory"

    @property
    def change(self) -> Path:
        return self.folder / "change.json"

    def manifests(self, changed: bool) -> Path:
        return self.folder / ("manifests-changed" if changed else "manifests")
