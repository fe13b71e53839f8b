# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example of webhooks: it is a valid instance, and its modules say what they should."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved

Resolve = Callable[[Mapping[str, object]], Resolved]
WEBHOOKS = Path(__file__).parents[2] / "examples" / "webhooks"
_CALL = (
    "const [module,context]=process.argv.slice(1);"
    "import(module).then(m=>console.log(JSON.stringify(m.default(JSON.parse(context)))))"
)


class _Loader(yaml.SafeLoader):
    """Reads what Ansible reads."""


_Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def transformed(module: str, payload: object, path: str = "sonarr") -> Any:
    """What a module makes of a call."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node.js")
    context = json.dumps({"payload": payload, "headers": {}, "url": "", "path": path})
    argv = [node, "-e", _CALL, str(WEBHOOKS / "files" / module), context]
    return json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout)


def test_the_example_is_a_valid_instance(resolved: Resolve) -> None:
    options = yaml.load((WEBHOOKS / "host_vars" / "claw.yml").read_text(encoding="utf-8"), Loader=_Loader)
    found = resolved({"inventory_dir": str(WEBHOOKS), **options})
    assert found.problems == []
    assert found.warnings == []


def test_an_alert_becomes_a_message() -> None:
    alert = {
        "status": "firing",
        "labels": {"alertname": "PodCrashLooping", "severity": "critical", "namespace": "media", "pod": "sonarr-0"},
        "annotations": {"summary": "restarts"},
        "startsAt": "2026-11-21T10:00:00Z",
    }
    told = transformed("alertmanager.mjs", {"version": "4", "alerts": [alert, {**alert, "status": "resolved"}]})
    assert told["kind"] == "agent"
    assert "1 firing, 1 resolved" in told["message"]
    assert "- firing critical PodCrashLooping (media, sonarr-0) since 2026-11-21T10:00:00Z: restarts" in told["message"]
    assert "and 10 more" in transformed("alertmanager.mjs", {"alerts": [alert] * 30})["message"]
    assert transformed("alertmanager.mjs", {"alerts": []}) is None


def test_of_the_media_server_only_what_matters_is_told() -> None:
    episode = {"seasonNumber": 1, "episodeNumber": 2, "title": "Two"}
    told = transformed("media.mjs", {"eventType": "Download", "series": {"title": "One"}, "episodes": [episode]})
    assert told == {"kind": "agent", "message": "One was imported. S1E2 Two"}
    assert transformed("media.mjs", {"eventType": "Health", "message": "disk full"})["message"].endswith("disk full")
    assert transformed("media.mjs", {"eventType": "Test"}) is None
