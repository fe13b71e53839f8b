# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventories for tests: the files a person would write, in a folder of the test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

# Two cores carry everything: the node, the instances of the tests and the tests themselves.
SMALL: Mapping[str, object] = {"openclaw_cpu_request": "100m", "openclaw_storage_size": "1Gi"}
# A module that runs outside the controller's process needs an interpreter that has the client library.
_INTERPRETER: Mapping[str, object] = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
# For a control plane without a node: nothing can become ready, and no Job can run there.
WITHOUT_NODE: Mapping[str, object] = {"openclaw_wait_enabled": False, "openclaw_config_validate_enabled": False}


class Inventory:
    """hosts.yml, group_vars and host_vars; every method writes at once, so a test can change it between two runs."""

    def __init__(self, folder: Path, home: Path, kubeconfig: str) -> None:
        self.folder = folder
        self.home = home
        self.kubeconfig = kubeconfig
        folder.mkdir(parents=True, exist_ok=True)
        self._children: dict[str, dict[str, Any]] = {}
        self._loose: dict[str, None] = {}
        self._variables: dict[Path, dict[str, object]] = {}
        self.all(openclaw_kubeconfig=kubeconfig, ansible_async_dir=str(home / "async"), **SMALL, **_INTERPRETER)

    @property
    def hosts_file(self) -> Path:
        return self.folder / "hosts.yml"

    def all(self, **variables: object) -> Inventory:
        return self._set(self.folder / "group_vars" / "all.yml", variables)

    def group(self, name: str, hosts: list[str], **variables: object) -> Inventory:
        self._children[name] = {"hosts": dict.fromkeys(hosts)}
        self._write_hosts()
        return self._set(self.folder / "group_vars" / f"{name}.yml", variables)

    def host(self, name: str, **variables: object) -> Inventory:
        """Add a host, or set variables of one. A variable that is None goes."""
        if not any(name in group["hosts"] for group in self._children.values()):
            self._loose[name] = None
        self._write_hosts()
        several = self.folder / "host_vars" / name
        return self._set(several / "main.yml" if several.is_dir() else several.with_suffix(".yml"), variables)

    def forget(self, name: str) -> Inventory:
        """Take a host out again; its variable files stay, as in a repository."""
        self._loose.pop(name, None)
        self._write_hosts()
        return self

    def raw(self, name: str, text: str) -> Inventory:
        """A further variable file of a host, written as it stands: for YAML that no program would write."""
        path = self.folder / "host_vars" / name / "raw.yml"
        existing = self.folder / "host_vars" / f"{name}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        if existing.exists():
            existing.rename(path.parent / "main.yml")
            self._variables[path.parent / "main.yml"] = self._variables.pop(existing, {})
        path.write_text(text, encoding="utf-8")
        return self

    def playbook(self, text: str, name: str = "playbook.yml") -> str:
        """A playbook of the user's own beside the inventory; returns its path."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def _set(self, path: Path, variables: Mapping[str, object]) -> Inventory:
        known = self._variables.setdefault(path, {})
        known.update(variables)
        for name in [name for name, value in known.items() if value is None]:
            del known[name]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(known, allow_unicode=True, sort_keys=False), encoding="utf-8")
        return self

    def _write_hosts(self) -> None:
        content = {"all": {"hosts": self._loose, "children": self._children}}
        self.hosts_file.write_text(yaml.safe_dump(content), encoding="utf-8")
