# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that prove, inside the pod, that a secret which was replaced is of no use any more.

Each reads one line of JSON, C(former) and C(current), and tells on standard error what is wrong.
"""

from __future__ import annotations

from .pod import PORT

TIMEOUT = 90

_READ = (
    "const say=t=>{console.error(t);process.exit(1)};"
    "require('readline').createInterface({input:process.stdin}).once('line',l=>{const v=JSON.parse(l);"
)
# The one endpoint that is always there and lets nobody in without proof. An empty request does nothing: it is
# answered with 400 after the proof was accepted, with 401 before.
_ASK = (
    f"const ask=t=>fetch('http://127.0.0.1:{PORT}/tools/invoke',{{method:'POST',body:'{{}}',headers:"
    "{'content-type':'application/json',authorization:'Bearer '+t},signal:AbortSignal.timeout(20000)})"
    ".then(r=>r.status);"
)
_GATEWAY = (
    f"{_READ}{_ASK}Promise.all([ask(v.former),ask(v.current)]).then(([f,c])=>{{"
    "if(f!==401)say('the gateway still takes the former one, its answer is '+f);"
    "if(c===401||c>=500)say('the gateway does not take the new one, its answer is '+c);process.exit(0)})"
    ".catch(e=>say('the gateway does not answer: '+(e.cause?.code||e.message)))})"
)
_ENVIRONMENT = (
    f"{_READ}const held=Object.keys(process.env).filter(k=>process.env[k]===v.former);"
    "if(held.length)say('the pod still has the former one in '+held.join(', '));process.exit(0)})"
)


def gateway_proof() -> list[str]:
    """Return the command that asks the gateway with both, the token or the password."""
    return ["node", "-e", _GATEWAY]


def environment_proof() -> list[str]:
    """Return the command that looks for the former one among the variables of the container."""
    return ["node", "-e", _ENVIRONMENT]
