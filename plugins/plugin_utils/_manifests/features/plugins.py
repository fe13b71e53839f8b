# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plugins of OpenClaw, which OpenClaw itself installs before the gateway starts, from packages pinned by checksum."""

from __future__ import annotations

from ..._openclaw.endpoint import Endpoint, endpoint_of
from ..._openclaw.plugins import plugins_config, wanted_plugins
from ..._openclaw.pod import ENTRY_POINT, ENVIRONMENT, TEMPORARY_DIR
from ..._options.access import Instance, entries, mapping, text
from ..._options.resources import resources_over
from ..content import map_name
from ..identity import Manifest
from ..image import in_registry
from ..plugins import FOLDER, packed_bundle
from ..state import DATA_MOUNT
from .containers import program_texts, variables
from .feature import Feature
from .installer import copier, folder, installer, program_files

INSTALLER = "install-plugins"
COPIER = "copy-plugins"
_PROGRAM = "install-plugins.mjs"
_REGISTRY = "registry.mjs"
_WANTED = "plugins.json"
_IMAGE_VOLUME, _IMAGE_DIR = "plugins-image", "/opt/plugins"
_BUNDLE_DIR = "/bundle"
# OpenClaw's installer and npm have been seen with 560 MiB.
_RESOURCES = {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "1536Mi"}}
_MIRROR = "NPM_CONFIG_REGISTRY"


def plugins(instance: Instance) -> Feature | None:
    """Return what installs the declared plugins and enables them."""
    wanted = wanted_plugins(instance)
    if not wanted:
        return None
    maps = {f"bundle-{chunk.name}": (chunk.name, map_name(instance, chunk)) for chunk in packed_bundle(instance)}
    image = text(instance, "plugins_image")
    return Feature(
        init_containers=(*([_copier(instance, image)] if image else []), _installer(instance, maps, bool(image))),
        volumes=_volumes(maps, bool(image)),
        offline=(COPIER,) if image else (),
        destinations=_mirror(instance),
        config=plugins_config(instance),
        files={**program_files(_PROGRAM, _WANTED, wanted), **program_texts(_REGISTRY)},
    )


def _volumes(maps: dict[str, tuple[str, str]], image: bool) -> tuple[Manifest, ...]:
    bundle: list[Manifest] = [
        {"name": volume, "configMap": {"name": config_map}} for volume, (_chunk, config_map) in maps.items()
    ]
    of_image: Manifest = {"name": _IMAGE_VOLUME, "emptyDir": {"sizeLimit": "2Gi"}}
    return (*bundle, of_image) if image else tuple(bundle)


def _installer(instance: Instance, maps: dict[str, tuple[str, str]], image: bool) -> Manifest:
    bundles = [*([_BUNDLE_DIR] if maps else []), *([_IMAGE_DIR] if image else [])]
    mounts: list[Manifest] = [
        dict(DATA_MOUNT),
        *(
            {"name": volume, "mountPath": f"{_BUNDLE_DIR}/{chunk}", "readOnly": True}
            for volume, (chunk, _config_map) in maps.items()
        ),
        *([{"name": _IMAGE_VOLUME, "mountPath": _IMAGE_DIR, "readOnly": True}] if image else []),
    ]
    frame = installer(instance, INSTALLER, _PROGRAM, [folder(FOLDER), ENTRY_POINT[1], *bundles], mounts)
    # Above the user's: with another state directory OpenClaw would install them where no gateway looks.
    ours = {**ENVIRONMENT, "HOME": TEMPORARY_DIR}
    given = [entry for entry in entries(frame, "env") if isinstance(entry, dict) and entry["name"] not in ours]
    return {
        **frame,
        "env": [*given, *variables(ours, {})],
        "resources": resources_over(_RESOURCES, mapping(instance, "init_resources")),
    }


def _copier(instance: Instance, image: str) -> Manifest:
    mount: Manifest = {"name": _IMAGE_VOLUME, "mountPath": _IMAGE_DIR}
    source = f"{text(instance, 'plugins_image_path').rstrip('/')}/."
    copying = copier(instance, COPIER, in_registry(image, text(instance, "image_registry")), [], _IMAGE_DIR, mount)
    return {**copying, "command": ["cp", "-r", source, _IMAGE_DIR]}


def _mirror(instance: Instance) -> tuple[Endpoint, ...]:
    given = mapping(instance, "env").get(_MIRROR)
    endpoint = endpoint_of(given) if isinstance(given, str) else None
    return () if endpoint is None else (endpoint,)
