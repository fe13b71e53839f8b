# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What OpenClaw needs from the pod it runs in: paths, ports, environment, probes. Seen on 2026.8.2 and 2026.9.6."""

from __future__ import annotations

PORT = 18789
USER_ID = 1000
ENTRY_POINT = ("node", "/app/openclaw.mjs")
NODE = "/usr/local/bin/node"
"""Where images of OpenClaw have it, for those who do not look for it on the path."""

HOME = "/home/node"
STATE_DIR = "/home/node/.openclaw"
STATE_SUB_PATH = "state"
WORKSPACE = "workspace"
"""Where the agent works: a folder of the state directory."""
CONFIG_DIR = "/etc/openclaw"
CONFIG_FILE = "openclaw.json"
REPLICA_CONFIG_DIR = "/etc/openclaw-replica"
TEMPORARY_DIR = "/tmp"

TOKEN_VARIABLE = "OPENCLAW_GATEWAY_TOKEN"
PASSWORD_VARIABLE = "OPENCLAW_GATEWAY_PASSWORD"
CONFIG_VARIABLE = "OPENCLAW_CONFIG_PATH"
# Ours, not OpenClaw's: which of several gateways this is.
REPLICA_VARIABLE = "OPENCLAW_REPLICA"

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
_STATE_ELSEWHERE = "would move the state away from its volume"
_ONLY_WRITABLE = "is the one place where this cache can be written"
_CLUSTERS_BUSINESS = "leaves updates, services and restarts to the cluster"
_FOLLOWS_MODE = "follows openclaw_config_mode"
# Names that openclaw_env and openclaw_secrets may not set, and why: the pod would contradict itself.
RESERVED_VARIABLES = {
    "HOME": "is the folder that the volume is mounted below",
    "OPENCLAW_STATE_DIR": "is where the volume is mounted",
    "OPENCLAW_HOME": _STATE_ELSEWHERE,
    "OPENCLAW_PROFILE": _STATE_ELSEWHERE,
    "OPENCLAW_CONFIG_PATH": _FOLLOWS_MODE,
    "OPENCLAW_CONFIG_READONLY": _FOLLOWS_MODE,
    "XDG_CACHE_HOME": _ONLY_WRITABLE,
    "NPM_CONFIG_CACHE": _ONLY_WRITABLE,
    "OPENCLAW_NO_RESPAWN": _CLUSTERS_BUSINESS,
    "OPENCLAW_SUPERVISOR_MODE": _CLUSTERS_BUSINESS,
    "OPENCLAW_SERVICE_REPAIR_POLICY": _CLUSTERS_BUSINESS,
    "OPENCLAW_NO_AUTO_UPDATE": _CLUSTERS_BUSINESS,
    "OPENCLAW_DISABLE_BONJOUR": "stops announcements that no cluster network carries",
    "DO_NOT_TRACK": "keeps the gateway from calling home",
    "OPENCLAW_GATEWAY_PORT": f"is {PORT}, which probes, Service and policies speak to",
    TOKEN_VARIABLE: "comes from its Secret, which openclaw_gateway_token_secret names",
    PASSWORD_VARIABLE: "comes from its Secret, which openclaw_gateway_password_secret names",
    REPLICA_VARIABLE: "tells several gateways apart",
}

NODE_OPTIONS = "NODE_OPTIONS"
TIMEZONE_VARIABLE = "TZ"


def probe_command(path: str, timeout: int = 5, condition: str = "") -> list[str]:
    """Return the command that succeeds when the gateway answers I(path) with C(ok: true).

    It gives up before I(timeout), the seconds that the kubelet grants. I(condition) is a script that runs before.

    Unknown paths answer 200 with a web page, and a probe over the pod's address is refused once proxies are trusted:
    so the probe runs in the pod, over loopback, and asserts the body.
    """
    # A process that the kubelet kills says nothing, so its own limit comes first; Node.js itself starts in 50 ms.
    milliseconds = max(timeout * 1000 - 1000, timeout * 500)
    script = (
        f"{condition}fetch('http://127.0.0.1:{PORT}{path}',{{signal:AbortSignal.timeout({milliseconds})}})"
        ".then(r=>r.json().then(b=>process.exit(r.ok&&b.ok===true?0:1)),()=>process.exit(1)).catch(()=>process.exit(1))"
    )
    return ["node", "-e", script]


def enough_space(folder: str, wanted: int, wanted_text: str) -> str:
    """Return the script that ends with a message when less than I(wanted) bytes are free below I(folder)."""
    return (
        f"const s=require('fs').statfsSync('{folder}'),free=s.bavail*s.bsize;"
        f"if(free<{wanted}){{console.error('{folder} has '+Math.floor(free/1048576)+'Mi free, wanted {wanted_text}');"
        "process.exit(1)}"
    )


LIVE = "/healthz"
STARTED = "/startupz"
