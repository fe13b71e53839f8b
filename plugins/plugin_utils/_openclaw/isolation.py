# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the cluster enforces the network policies of an instance, and whether somebody else's open its pods."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network

PROBE = "isolation"
APISERVER, DNS_METRICS = "apiserver", "dns-metrics"
METRICS_PORT = 9153
"""Where the cluster's DNS tells its figures, on the same pods that answer names."""
_TITLES = {APISERVER: "the API server", DNS_METRICS: "the figures of the cluster's DNS"}
_REASONS = (
    "it runs on the pod's own node, where policies need not hold, or has a public address, which belongs in "
    "openclaw_networkpolicy_cluster_ranges"
)
_NOT_THERE, _CONNECTED = "none", "connected"
_TIMEOUT = 10

# Runs in the gateway's container and tries to connect. What a policy drops ends by the time limit. The API server is
# everywhere, but on the pod's own node no policy has to stand before it; the figures of CoreDNS are on pods, but not
# everywhere, which the record of their port tells.
_TRY = """
import { readFile } from "node:fs/promises";
import { Resolver } from "node:dns/promises";
import { connect } from "node:net";

const tried = (host, port) => new Promise((end) => {
  const socket = connect({ host, port: Number(port), timeout: 2000 });
  socket.on("connect", () => end("connected"));
  socket.on("timeout", () => end("timeout"));
  socket.on("error", ({ code }) => end(code));
});
const targets = {
  "apiserver": async ({ KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port }) =>
    host ? tried(host, port) : "none",
  "dns-metrics": async () => {
    const domain = /^search .*\\bsvc\\.(\\S+)/m.exec(await readFile("/etc/resolv.conf", "utf8"))?.[1];
    const resolver = new Resolver({ timeout: 900, tries: 1 });
    const record = `_metrics._tcp.kube-dns.kube-system.svc.${domain}`;
    const [found] = domain ? await resolver.resolveSrv(record) : [];
    return found ? tried(found.name, found.port) : "none";
  },
};
const outcome = async (name) => [name, await targets[name](process.env).catch(() => "none")];
console.log(JSON.stringify(Object.fromEntries(await Promise.all(process.argv.slice(1).map(outcome)))));
process.exit();
"""


def isolation_probe(targets: Sequence[str]) -> dict[str, dict[str, object]]:
    """Return the command that tries to connect to targets that the policies forbid; nothing if there are none."""
    if not targets:
        return {}
    return {PROBE: {"argv": ["node", "--input-type=module", "-e", _TRY, *targets], "timeout": _TIMEOUT}}


def judge_isolation(instance: Mapping[str, object], info: Mapping[str, object]) -> tuple[list[str], list[str]]:
    """Return problems and warnings about the isolation of the pods, from what C(instance_info) found."""
    policies = _mapping(info.get("policies"))
    found = list(map(_mapping, _list(policies.get("found"))))
    foreign = [policy for policy in found if not policy["managed"]]
    warnings = [*_taken_for_the_internet(instance, info), *(text for policy in foreign for text in _opened(policy))]
    if policies.get("refused"):
        warnings.append(f"policies of others that open the pods could not be looked for: {policies['refused']}")
    elif policies and len(foreign) == len(found):
        return ["its network policies are not on the cluster; run the site playbook."], warnings
    # What others open is told already, and is no matter of the cluster.
    if any(policy["egress"] for policy in foreign):
        return [], warnings
    problems, doubts = _enforcement(_outcomes(_mapping(_mapping(info.get("probes")).get(PROBE))))
    if instance["networkpolicy_enforcement"] == "fail":
        return problems, [*doubts, *warnings]
    return [], [*problems, *doubts, *warnings]


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _taken_for_the_internet(instance: Mapping[str, object], info: Mapping[str, object]) -> list[str]:
    """Pods and nodes may have public addresses, of IPv6 above all, and only the user knows in which ranges."""
    pods = map(_mapping, _list(_mapping(info.get("instance")).get("pods")))
    own = {ip_address(str(each)) for pod in pods for each in _list(pod.get("addresses"))}
    public = sorted((each for each in own if each.is_global), key=str)
    if not public or not instance["networkpolicy_enabled"] or instance["networkpolicy_egress"] != "open-internet":
        return []
    ranges = [ip_network(str(each)) for each in _list(instance["networkpolicy_cluster_ranges"])]
    missed = [str(each) for each in public if not any(each in known for known in ranges)]
    if not missed:
        return []
    return [
        f"pods or nodes of the cluster have public addresses ({', '.join(missed)}), so open-internet leads to them. "
        "Write their ranges in openclaw_networkpolicy_cluster_ranges."
    ]


def _opened(policy: Mapping[str, object]) -> list[str]:
    ways = [f"{direction} {way}" for direction in ("ingress", "egress") for way in _list(policy[direction])]
    if not ways:
        return []
    return [f"the NetworkPolicy {policy['name']}, which is not of this instance, opens {'; '.join(ways)}"]


def _outcomes(probe: Mapping[str, object]) -> dict[str, str]:
    """Return how each target ended that is there at all."""
    try:
        told = json.loads(str(probe.get("stdout", "")))
    except ValueError:
        return {}
    return {str(name): str(end) for name, end in _mapping(told).items() if end != _NOT_THERE}


def _enforcement(outcomes: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Return problems and doubts. One target that stayed closed shows that policies hold: nothing else closes these."""
    reached = [name for name, end in outcomes.items() if end == _CONNECTED]
    if not reached:
        return [], []
    if len(reached) < len(outcomes):
        doubt = f"the pod reaches the API server, which no option opens: {_REASONS}."
        return [], [doubt] if APISERVER in reached else []
    unless = f", unless {_REASONS}" if reached == [APISERVER] else ""
    return [
        "the cluster does not enforce network policies: the pod reaches "
        f"{' and '.join(_TITLES[name] for name in reached)}, which they forbid{unless}. Use a network plugin that "
        "enforces them, or set openclaw_networkpolicy_enforcement to warn."
    ], []
