# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plugin for the tests: one tool that greets, as an archive of npm."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tarfile

PACKAGE = "@house/greeter"
TOOL = "greet"
_INDEX = """
import { definePluginEntry } from "openclaw/plugin-sdk/plugin-entry";
%(imports)s
export default definePluginEntry({
  id: "greeter",
  name: "Greeter",
  description: "Greets people.",
  register(api) {
    api.registerTool({
      name: "greet",
      label: "Greet",
      description: "Greets somebody.",
      parameters: { type: "object", properties: { who: { type: "string" } }, required: ["who"] },
      async execute(_call, { who }) {
        const text = `${api.pluginConfig?.greeting ?? "Hello"}, ${who}! (greeter %(version)s)`;
        return { content: [{ type: "text", text }] };
      },
    });
  },
});
"""


def greeter(version: str, needs: dict[str, str] | None = None) -> bytes:
    """The plugin, whose scripts would leave a file behind if anybody ran them."""
    imports = "".join(f'import "{name}";\n' for name in needs or {})
    manifest = {
        "name": PACKAGE,
        "version": version,
        "type": "module",
        "openclaw": {"extensions": ["./index.js"], "compat": {"pluginApi": ">=2026.5.17"}},
        "peerDependencies": {"openclaw": ">=2026.5.17"},
        "peerDependenciesMeta": {"openclaw": {"optional": True}},
        "dependencies": needs or {},
        "scripts": {"preinstall": "touch /tmp/script-ran", "postinstall": "touch /tmp/script-ran"},
    }
    described = {
        "id": "greeter",
        "name": "Greeter",
        "version": version,
        "description": "Greets people.",
        "activation": {"onStartup": True},
        "configSchema": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"greeting": {"type": "string"}},
        },
        "contracts": {"tools": [TOOL]},
    }
    return packed(
        {
            "package.json": json.dumps(manifest),
            "openclaw.plugin.json": json.dumps(described),
            "index.js": _INDEX % {"version": version, "imports": imports},
        }
    )


def library(name: str, version: str) -> bytes:
    """A package that a plugin needs."""
    manifest = {"name": name, "version": version, "type": "module", "exports": "./index.js"}
    return packed({"package.json": json.dumps(manifest), "index.js": "export default 1;\n"})


def packed(files: dict[str, str]) -> bytes:
    """An archive as npm pack makes it, the same for the same files."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, text in files.items():
            info = tarfile.TarInfo(f"package/{path}")
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return gzip.compress(archive.getvalue(), mtime=0)


def integrity(archive: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode()


def plugin(archive: bytes, version: str, **further: object) -> dict[str, object]:
    """The same as an entry of openclaw_plugins."""
    return {"package": PACKAGE, "version": version, "integrity": integrity(archive), **further}
