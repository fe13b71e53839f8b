# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""pnpm and Python for the agent, installed once on the data volume, pinned and checked."""

from __future__ import annotations

from ..._openclaw.endpoint import Endpoint, endpoint_of
from ..._openclaw.pod import STATE_DIR
from ..._options.access import Instance, mapping, text
from ..identity import Manifest
from ..image import reference
from .feature import Feature
from .installer import copier, folder, folder_mount, installer, program_files

INSTALLER = "install-runtime"
UV_COPIER = "copy-uv"
FOLDER = "runtime"
_UV_PREFIX = "runtime_uv_"
_UV_VOLUME = "uv"
_UV_DIR = "/opt/uv"
_PROGRAM = "install-runtime.mjs"
# Places that tools of the agent fill themselves: below the state, in a folder that OpenClaw's backups leave out.
_OWN_TOOLS = f"{STATE_DIR}/tools"
# Where the user's own variables send the installer.
_MIRRORS = ("NPM_CONFIG_REGISTRY", "UV_PYTHON_INSTALL_MIRROR", "UV_PYTHON_DOWNLOADS_JSON_URL")


def runtime(instance: Instance) -> Feature | None:
    """Return what installs pnpm and Python, and lets the agent find them."""
    pnpm, python = text(instance, "runtime_pnpm"), text(instance, "runtime_python")
    if not pnpm and not python:
        return None
    wanted: dict[str, object] = {}
    if pnpm:
        wanted["pnpm"] = {"version": pnpm, "integrity": text(instance, "runtime_pnpm_integrity")}
    if python:
        wanted["python"] = python
    return Feature(
        init_containers=(*([_uv_copier(instance)] if python else []), _installer(instance, bool(python))),
        volumes=({"name": _UV_VOLUME, "emptyDir": {"sizeLimit": "256Mi"}},) if python else (),
        mounts=(folder_mount(FOLDER), *([_uv_mount(writable=False)] if python else [])),
        environment={**(_pnpm_environment() if pnpm else {}), **(_uv_environment() if python else {})},
        path=(f"{folder(FOLDER)}/bin", *([_UV_DIR] if python else [])),
        offline=(UV_COPIER,) if python else (),
        destinations=_mirrors(instance),
        files=program_files(_PROGRAM, "runtime.json", wanted),
    )


def _pnpm_environment() -> dict[str, str]:
    # The home directory is read-only.
    return {"PNPM_HOME": f"{_OWN_TOOLS}/pnpm"}


def _uv_environment() -> dict[str, str]:
    return {
        "UV_PYTHON_INSTALL_DIR": f"{folder(FOLDER)}/python",
        "UV_TOOL_DIR": f"{_OWN_TOOLS}/uv",
        "UV_TOOL_BIN_DIR": f"{_OWN_TOOLS}/bin",
        # The cache is on another volume than what is made from it.
        "UV_LINK_MODE": "copy",
    }


def _mirrors(instance: Instance) -> tuple[Endpoint, ...]:
    given = mapping(instance, "env")
    found = (endpoint_of(str(given[name])) for name in _MIRRORS if isinstance(given.get(name), str))
    return tuple(endpoint for endpoint in found if endpoint is not None)


def _installer(instance: Instance, python: bool) -> Manifest:
    if not python:
        return installer(instance, INSTALLER, _PROGRAM, [folder(FOLDER)])
    return installer(instance, INSTALLER, _PROGRAM, [folder(FOLDER), f"{_UV_DIR}/uv"], [_uv_mount(writable=False)])


def _uv_mount(*, writable: bool) -> Manifest:
    mount: Manifest = {"name": _UV_VOLUME, "mountPath": _UV_DIR}
    return mount if writable else {**mount, "readOnly": True}


def _uv_copier(instance: Instance) -> Manifest:
    """Return what copies uv from its image. It runs in the gateway's: a Python of that image's kind is wanted."""
    files = ["/usr/local/bin/uv", "/usr/local/bin/uvx"]
    return copier(instance, UV_COPIER, reference(instance, _UV_PREFIX), files, _UV_DIR, _uv_mount(writable=True))
