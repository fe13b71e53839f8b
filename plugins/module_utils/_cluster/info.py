# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The state of one instance, read only."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from . import entry, health, job_reports, policies
from . import exec as container_exec
from .cluster import Cluster
from .connection import settings_from
from .errors import ApiError, EngineError
from .exec import Output
from .health import Health, Surroundings
from .identity import CONFIG_DIGEST, VERSION_LABEL, annotations_of, labels_of, name_of, selector
from .inventory import Inventory
from .kinds import known
from .plain import Manifest, plain
from .podspecs import claim_of, claim_templates, references
from .redact import Redactor
from .transport import Transport
from .wait import read_surroundings

_WORKLOAD = "apps/StatefulSet"
_POLICY = "networking.k8s.io/NetworkPolicy"
_GATEWAY, _GATEWAY_CLASS = "gateway.networking.k8s.io/Gateway", "gateway.networking.k8s.io/GatewayClass"
_DEFAULT_SECONDS = 60
# One that only waits holds nobody up, and the pod need not hold all of them in its memory.
_PROBES_AT_ONCE = 2
NOT_RUNNING = "no container is running"


def run(options: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """What both doors call: options in, task result out."""
    redactor = Redactor([text for text in (options.get("api_key"),) if text])
    transport: Transport | None = None
    result: dict[str, Any] = {"changed": False}
    try:
        probes = _checked_probes(options.get("probes") or {})
        entries = entry.checked(options.get("entries") or ())
        transport = Transport(settings_from(options, environ))
        for secret in transport.secrets():
            redactor.learn(secret)
        reader = Reader(Cluster(transport), str(options["name"]), str(options["namespace"]), options.get("container"))
        result["instance"] = {**reader.describe(), "cluster": transport.context}
        # An instance that does not serve cannot be reached: that is known without asking.
        asked = entries if result["instance"]["ready"] else []
        with ThreadPoolExecutor(max(1, len(asked))) as pool:
            answers = [pool.submit(entry.ask, one) for one in asked]
            result["probes"] = reader.probe(probes, redactor) if probes else {}
            result["entries"] = [answer.result() for answer in answers]
        result["policies"] = reader.policies() if options.get("policies") else {}
        result["gateway"] = reader.gateway(**options["gateway"]) if options.get("gateway") else {}
        result["jobs"] = reader.jobs(str(options["jobs"])) if options.get("jobs") else []
    except EngineError as exc:
        result.update(exc.failure)
    finally:
        if transport is not None:
            transport.close()
    return dict(redactor.scrub_all(result))


def _checked_probes(given: Mapping[str, Any]) -> dict[str, Manifest]:
    probes: dict[str, Manifest] = plain([dict(given)], "probes")[0]
    problems = []
    for name, probe in probes.items():
        argv = probe.get("argv") if isinstance(probe, dict) else None
        if not isinstance(argv, list) or not argv or not all(isinstance(word, str) for word in argv):
            problems.append(f"probes.{name}: argv has to be a list of words")
        elif unknown := set(probe) - {"argv", "timeout"}:
            problems.append(f"probes.{name}: unknown: {', '.join(sorted(unknown))}")
        elif not isinstance(probe.get("timeout", 0), int):
            problems.append(f"probes.{name}: timeout has to be a number of seconds")
    if problems:
        raise EngineError(problems)
    return probes


class Place(NamedTuple):
    """A container of a pod."""

    pod: str
    container: str


class Reader:
    """Looks at one instance."""

    def __init__(self, cluster: Cluster, name: str, namespace: str, container: str | None) -> None:
        self._cluster = cluster
        self._name = name
        self._namespace = namespace
        self._container = container
        self._workload = cluster.get(known(_WORKLOAD), namespace, name)
        self._around = self._surroundings()

    def _surroundings(self) -> Surroundings:
        if self._workload is None:
            return Surroundings()
        return read_surroundings(self._cluster, self._namespace, known(_WORKLOAD), self._workload)

    def describe(self) -> dict[str, Any]:
        """Everything but the probes."""
        found: dict[str, Any] = {
            "name": self._name,
            "namespace": self._namespace,
            "exists": True,
            "phase": health.ABSENT,
            "ready": False,
            "version": "",
            "image": "",
            "restarts": 0,
            "config_digest": "",
            "declared": {},
            "pod": "",
            "pods": [],
            "volume": {},
            "service": {},
            "last_problem": "",
        }
        workload = self._workload
        if workload is None:
            record = self._cluster.get(known("ConfigMap"), self._namespace, Inventory.name_for(self._name))
            found["exists"] = record is not None
            return found
        verdict = health.judge(_WORKLOAD, workload, self._around)
        pod = self._pod()
        template = (workload.get("spec") or {}).get("template") or {}
        found.update(self._running(pod or template))
        found.update(
            phase=verdict.phase,
            ready=verdict.phase == health.READY,
            restarts=sum(health.restarts(item) for item in self._around.pods),
            declared=self._running(template),
            pod=name_of(pod) if pod else "",
            pods=[_pod_summary(item) for item in sorted(self._around.pods, key=_index)],
            volume=self._volume(workload, pod),
            service=self._service(workload),
            last_problem=_last_problem(verdict, self._around),
        )
        return found

    def _pod(self) -> Manifest | None:
        """The first pod that serves, or the first that should."""
        pods = sorted(self._around.pods, key=_index)
        staying = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
        return next((pod for pod in staying if health.pod_ready(pod)), staying[0] if staying else None)

    def _container_of(self, holder: Manifest) -> Manifest:
        """The container the caller means, by default the first."""
        containers: list[Manifest] = (holder.get("spec") or {}).get("containers") or []
        for container in containers:
            if not self._container or container["name"] == self._container:
                return container
        names = ", ".join(container["name"] for container in containers)
        raise EngineError([f'container: there is no "{self._container}" in {self._name} (found: {names})'])

    def _running(self, holder: Manifest) -> dict[str, str]:
        """Image, version and configuration of a pod or pod template."""
        image = str(self._container_of(holder).get("image", ""))
        return {
            "image": image,
            "version": labels_of(holder).get(VERSION_LABEL) or _tag(image),
            "config_digest": annotations_of(holder).get(CONFIG_DIGEST, ""),
        }

    def _volume(self, workload: Manifest, pod: Manifest | None) -> dict[str, str]:
        for name in _claims(workload, pod):
            claim = self._cluster.get(known("PersistentVolumeClaim"), self._namespace, name)
            if claim is None:
                continue
            status, spec = claim.get("status") or {}, claim["spec"]
            size = (status.get("capacity") or {}).get("storage") or spec["resources"]["requests"]["storage"]
            return {
                "name": name,
                "phase": status.get("phase", ""),
                "size": size,
                "class": spec.get("storageClassName", ""),
            }
        return {}

    def _service(self, workload: Manifest) -> dict[str, Any]:
        name = workload["spec"].get("serviceName") or self._name
        service = self._cluster.get(known("Service"), self._namespace, name)
        if service is None:
            return {}
        spec = service["spec"]
        ports = [{"name": port.get("name", ""), "port": port["port"]} for port in spec.get("ports") or ()]
        return {"name": name, "cluster_ip": spec.get("clusterIP", ""), "ports": ports}

    def policies(self) -> dict[str, Any]:
        """The network policies that select the pods, whoever made them, or why they are not known."""
        if self._workload is None:
            return {"found": [], "refused": ""}
        try:
            listed = self._cluster.list(known(_POLICY), self._namespace)
        except ApiError as exc:
            if exc.status != 403:
                raise
            return {"found": [], "refused": exc.message}
        template = (self._workload.get("spec") or {}).get("template") or {}
        labels = [labels_of(holder) for holder in (template, *self._around.pods)]
        return {"found": policies.selecting(listed, labels, self._name), "refused": ""}

    def jobs(self, component: str) -> list[dict[str, Any]]:
        """How the Jobs of a component ended."""
        return job_reports.read(self._cluster, self._name, self._namespace, component)

    def gateway(self, name: str, namespace: str) -> dict[str, Any]:
        """What a Gateway can do, as far as its class tells; none for one that may not be read or is not there."""
        try:
            gateway = self._cluster.get(known(_GATEWAY), namespace, name) or {}
            named = (gateway.get("spec") or {}).get("gatewayClassName")
            found = (self._cluster.get(known(_GATEWAY_CLASS), "", named) or {}) if named else {}
        except ApiError as exc:
            if exc.status != 403:
                raise
            found = {}
        features = (found.get("status") or {}).get("supportedFeatures") or ()
        # The first releases of the Gateway API had a list of words here.
        return {"features": [each["name"] if isinstance(each, dict) else str(each) for each in features]}

    # -- commands ----------------------------------------------------------------------------------------------

    def probe(self, probes: Mapping[str, Manifest], redactor: Redactor) -> dict[str, dict[str, Any]]:
        """Run each command in the instance's container; without a running one none of them can."""
        place = self.place()
        if place is None:
            return {name: Output(container_exec.RC_NOT_RUN, "", NOT_RUNNING)._asdict() for name in probes}
        self.learn_secrets(redactor)
        with ThreadPoolExecutor(_PROBES_AT_ONCE) as pool:
            outputs = pool.map(lambda probe: self.run(place, probe["argv"], probe.get("timeout")), probes.values())
            return {name: output._asdict() for name, output in zip(probes, outputs, strict=True)}

    def place(self, pod_name: str = "") -> Place | None:
        """The running container to use: of the named pod, or of the first that serves or should."""
        pod = next((one for one in self._around.pods if name_of(one) == pod_name), None) if pod_name else self._pod()
        container = self._container_of(pod)["name"] if pod else ""
        return Place(name_of(pod), container) if pod and health.is_running(pod, container) else None

    def run(self, place: Place, argv: list[str], timeout: float | None = None, stdin: str = "") -> Output:
        """Run one command there."""
        seconds = float(timeout or _DEFAULT_SECONDS)
        return container_exec.run(
            self._cluster, self._namespace, place.pod, place.container, argv, seconds, stdin=stdin.encode()
        )

    def learn_secrets(self, redactor: Redactor) -> None:
        """What the instance keeps secret must not come back in the output of a command."""
        kind = known("Secret")
        names = {
            reference.name for reference in references(_WORKLOAD, self._workload or {}) if reference.kind == "Secret"
        }
        try:
            for manifest in self._cluster.list(kind, self._namespace, selector(self._name)):
                redactor.learn_secret(manifest)
                names.discard(name_of(manifest))
            for name in sorted(names):
                redactor.learn_secret(self._cluster.get(kind, self._namespace, name))
        except ApiError as exc:
            # Whoever may not read the Secrets cannot scrub them either.
            if exc.status != 403:
                raise


def _index(pod: Manifest) -> int:
    """Pod 10 comes after pod 9."""
    index = name_of(pod).rpartition("-")[2]
    return int(index) if index.isdecimal() else 0


def _claims(workload: Manifest, pod: Manifest | None) -> list[str]:
    """The claims of a pod, those that its workload makes first; without a pod those of the first one."""
    index = name_of(pod).rpartition("-")[2] if pod else "0"
    made = [claim_of(template, workload, int(index)) for template in claim_templates(workload) if index.isdecimal()]
    volumes = ((workload["spec"].get("template") or {}).get("spec") or {}).get("volumes") or ()
    return [
        *made,
        *(volume["persistentVolumeClaim"]["claimName"] for volume in volumes if volume.get("persistentVolumeClaim")),
    ]


def _pod_summary(pod: Manifest) -> dict[str, Any]:
    status = pod.get("status") or {}
    return {
        "name": name_of(pod),
        "phase": status.get("phase", ""),
        "ready": health.pod_ready(pod),
        "restarts": health.restarts(pod),
        "node": (pod.get("spec") or {}).get("nodeName", ""),
        "started": status.get("startTime", ""),
        "addresses": [each["ip"] for key in ("podIPs", "hostIPs") for each in status.get(key) or ()],
        "terminating": bool(pod["metadata"].get("deletionTimestamp")),
    }


def _last_problem(verdict: Health, around: Surroundings) -> str:
    """What is wrong now, or what went wrong last."""
    if verdict.problems:
        return verdict.problems[0].text
    if not verdict.ready:
        return verdict.progress
    for pod in around.pods:
        for status in health.container_statuses(pod):
            ended = (status.get("lastState") or {}).get("terminated") or {}
            if ended:
                why = ended.get("reason", "") or "ended"
                return (
                    f"container {status['name']} restarted {status.get('restartCount', 0)} times, last at "
                    f"{ended.get('finishedAt', '?')}: {why}, exit code {ended.get('exitCode', '?')}"
                )
    return ""


def _tag(image: str) -> str:
    """The tag of an image reference; a digest or a registry port is none."""
    last = image.split("@", 1)[0].rsplit("/", 1)[-1]
    return last.partition(":")[2]
