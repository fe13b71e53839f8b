# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What OpenClaw needs from the pod it runs in: paths, ports, environment, probes. Seen on 2026.8.2 and 2026.9.6."""

from __future__ import annotations

PORT = 18789
USER_ID = 1000
ENTRY_POINT = ("node", "/app/openclaw.mjs")

HOME = "/home/node"
STATE_DIR = "/home/node/.openclaw"
STATE_SUB_PATH = "state"
CONFIG_DIR = "/etc/openclaw"
CONFIG_FILE = "openclaw.json"
TEMPORARY_DIR = "/tmp"

TOKEN_VARIABLE = "OPENCLAW_GATEWAY_TOKEN"

# Exit code with which the gateway refuses its configuration or state; a restart does not heal it.
REFUSED = 78

ENVIRONMENT = {
    "HOME": HOME,
    "OPENCLAW_STATE_DIR": STATE_DIR,
    # Without a writable cache directory the gateway exits 78 and blames its database.
    "XDG_CACHE_HOME": "/tmp/cache",
    "NPM_CONFIG_CACHE": "/tmp/cache/npm",
    # Restarts stay inside the process, updates and service installs are the cluster's business.
    "OPENCLAW_NO_RESPAWN": "1",
    "OPENCLAW_SUPERVISOR_MODE": "external",
    "OPENCLAW_SERVICE_REPAIR_POLICY": "external",
    "OPENCLAW_NO_AUTO_UPDATE": "1",
    "OPENCLAW_DISABLE_BONJOUR": "1",
    "DO_NOT_TRACK": "1",
}
READONLY_CONFIG = {
    "OPENCLAW_CONFIG_PATH": f"{CONFIG_DIR}/{CONFIG_FILE}",
    "OPENCLAW_CONFIG_READONLY": "1",
}
WRITABLE_CONFIG = {
    "OPENCLAW_CONFIG_PATH": f"{STATE_DIR}/{CONFIG_FILE}",
}
# Names that openclaw_env and openclaw_secrets may not set: the pod would contradict itself.
RESERVED_VARIABLES = frozenset(
    {*ENVIRONMENT, *READONLY_CONFIG, TOKEN_VARIABLE, "OPENCLAW_GATEWAY_PORT", "OPENCLAW_HOME", "OPENCLAW_PROFILE"}
)


def probe_command(path: str) -> list[str]:
    """Return the command that succeeds when the gateway answers I(path) with C(ok: true).

    Unknown paths answer 200 with a web page, and a probe over the pod's address is refused once proxies are trusted:
    so the probe runs in the pod, over loopback, and asserts the body.
    """
    script = (
        f"fetch('http://127.0.0.1:{PORT}{path}',{{signal:AbortSignal.timeout(4000)}})"
        ".then(r=>r.json().then(b=>process.exit(r.ok&&b.ok===true?0:1)),()=>process.exit(1)).catch(()=>process.exit(1))"
    )
    return ["node", "-e", script]


LIVE = "/healthz"
STARTED = "/startupz"
