# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a security context gives away, and which Pod Security Standards allow that."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from .access import Instance, mapping, text, whole

RESTRICTED, BASELINE, PRIVILEGED = "restricted", "baseline", "privileged"
_STRICTEST_FIRST = (RESTRICTED, BASELINE, PRIVILEGED)

_BASELINE_CAPABILITIES = frozenset(
    (
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    )
)
_BASELINE_SELINUX_TYPES = ("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")
_BASELINE_SYSCTLS = frozenset(
    (
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_syncookies",
    )
)


def _when(wanted: object, standard: str) -> Callable[[object], str | None]:
    return lambda value: standard if value is wanted or (isinstance(wanted, str) and value == wanted) else None


def _unless(harmless: tuple[str, ...], standard: str) -> Callable[[object], str | None]:
    return lambda value: None if value in harmless else standard


def _added(value: object) -> str | None:
    names = set(map(str, value)) if isinstance(value, list) else set()
    if not names:
        return None
    if names <= {"NET_BIND_SERVICE"}:
        return RESTRICTED
    return BASELINE if names <= _BASELINE_CAPABILITIES else PRIVILEGED


def _not_dropped(value: object) -> str | None:
    return None if isinstance(value, list) and "ALL" in value else BASELINE


def _kernel_settings(value: object) -> str | None:
    names = {entry.get("name") for entry in value if isinstance(entry, dict)} if isinstance(value, list) else set()
    if not names:
        return None
    return RESTRICTED if names <= _BASELINE_SYSCTLS else PRIVILEGED


def _root_group(value: object) -> str | None:
    return RESTRICTED if isinstance(value, list) and 0 in value else None


@dataclass(frozen=True)
class _Rule:
    """One field of a security context, and what its values give away."""

    field: str
    standard: Callable[[object], str | None]
    """The strictest standard that allows a value; None for a value that gives nothing away."""
    effect: str
    instead: str


_RULES = (
    _Rule("privileged", _when(True, PRIVILEGED), "gives the container all of its node", "Write false"),
    _Rule(
        "allowPrivilegeEscalation",
        _when(True, BASELINE),
        "lets a program gain rights that its parent does not have",
        "Write false",
    ),
    _Rule("capabilities.add", _added, "adds rights of root", "Remove it"),
    _Rule("capabilities.drop", _not_dropped, "keeps rights of root", "Write [ALL]"),
    _Rule(
        "readOnlyRootFilesystem",
        _when(False, RESTRICTED),
        "lets the agent change the programs of its image until the next restart",
        "Write true",
    ),
    _Rule("seccompProfile.type", _when("Unconfined", PRIVILEGED), "opens every system call", "Write RuntimeDefault"),
    _Rule("appArmorProfile.type", _when("Unconfined", PRIVILEGED), "takes AppArmor away", "Write RuntimeDefault"),
    _Rule("procMount", _unless(("", "Default"), PRIVILEGED), "shows what /proc hides", "Write Default"),
    _Rule(
        "seLinuxOptions.type",
        _unless(_BASELINE_SELINUX_TYPES, PRIVILEGED),
        "leaves the confinement of containers",
        "Write container_t",
    ),
    _Rule("seLinuxOptions.user", _unless(("",), PRIVILEGED), "changes the SELinux user", "Remove it"),
    _Rule("seLinuxOptions.role", _unless(("",), PRIVILEGED), "changes the SELinux role", "Remove it"),
    _Rule("sysctls", _kernel_settings, "changes settings of the kernel", "Remove it"),
    _Rule("supplementalGroups", _root_group, "puts the container into the group of root", "Remove 0"),
    _Rule("windowsOptions.hostProcess", _when(True, PRIVILEGED), "gives the container its node", "Write false"),
)


@dataclass(frozen=True)
class Weakening:
    """A field that gives something away."""

    field: str
    value: object
    effect: str
    standard: str
    """The strictest Pod Security Standard that still allows it."""
    instead: str

    def allowed_by(self, standard: str) -> bool:
        return _STRICTEST_FIRST.index(self.standard) <= _STRICTEST_FIRST.index(standard)

    @property
    def told(self) -> str:
        return f"{self.field}: {json.dumps(self.value)} {self.effect}"


def weakenings(context: Mapping[str, object]) -> Iterator[Weakening]:
    """Yield what a security context, of a pod or of a container, gives away."""
    for rule in _RULES:
        value: object = context
        for step in rule.field.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        standard = None if value is None else rule.standard(value)
        if standard is not None:
            yield Weakening(rule.field, value, rule.effect, standard, rule.instead)


_CONTEXTS = ("pod_security_context", "container_security_context")
_WITH_OWN_OPTION = {
    "runAsUser": "openclaw_run_as_user",
    "runAsGroup": "openclaw_run_as_group",
    "fsGroup": "openclaw_fs_group",
    "appArmorProfile": "openclaw_apparmor_profile",
    "hostUsers": "openclaw_user_namespace_enabled",
}
_HOST_FIELDS = ("hostNetwork", "hostPID", "hostIPC")
_SWITCHES = ("privileged", "allowPrivilegeEscalation", "readOnlyRootFilesystem", "runAsNonRoot")
# Fields of the one context that stand in the other.
_BELONGS_TO = {
    "pod_security_context": dict.fromkeys(
        ("privileged", "allowPrivilegeEscalation", "capabilities", "readOnlyRootFilesystem", "procMount"),
        "openclaw_container_security_context",
    ),
    "container_security_context": dict.fromkeys(
        ("fsGroupChangePolicy", "supplementalGroups", "supplementalGroupsPolicy", "sysctls", "seLinuxChangePolicy"),
        "openclaw_pod_security_context",
    ),
}


def _misplaced(option: str, field: str, value: object) -> str | None:
    """Return what is wrong with a field that cannot stand in this option, or None."""
    if field in _WITH_OWN_OPTION:
        return f"has an option of its own. Set {_WITH_OWN_OPTION[field]}."
    if field in _BELONGS_TO[option]:
        return f"does not belong here. Move it to {_BELONGS_TO[option][field]}."
    if field in _HOST_FIELDS:
        return "opens the node to the pod and is not offered. Remove it."
    if field in _SWITCHES and not isinstance(value, bool):
        return f"{json.dumps(value)} is not true or false. Write true or false."
    if field == "runAsNonRoot" and value is False:
        return "false would let root run, which nothing here needs. Remove it."
    return None


def _capability_prefixes(option: str, context: Mapping[str, object]) -> Iterator[str]:
    capabilities = context.get("capabilities")
    if capabilities is not None and not isinstance(capabilities, Mapping):
        yield f"openclaw_{option}  capabilities: is not a map. Write {{drop: [ALL]}}."
        return
    for group, names in (capabilities or {}).items():
        for name in names if isinstance(names, list) else ():
            if str(name).startswith("CAP_"):
                right = str(name).removeprefix("CAP_")
                yield f"openclaw_{option}  capabilities.{group}: {name} is unknown to Kubernetes. Write {right}."


def security_fields_misplaced(instance: Instance) -> list[str]:
    """Each setting has one place, and root has none."""
    problems = []
    for option in _CONTEXTS:
        context = mapping(instance, option)
        for field, value in context.items():
            reason = _misplaced(option, field, value)
            if reason:
                problems.append(f"openclaw_{option}  {field}: {reason}")
        problems.extend(_capability_prefixes(option, context))
    return problems


def _contexts(instance: Instance) -> Iterator[tuple[str, Weakening]]:
    for option in _CONTEXTS:
        for weakening in weakenings(mapping(instance, option)):
            if _misplaced(option, weakening.field.partition(".")[0], weakening.value) is None:
                yield option, weakening


def security_forbidden_by_namespace(instance: Instance) -> list[str]:
    """The namespace refuses a pod that breaks its standard, so it is said before anything is touched."""
    enforced = text(instance, "namespace_pod_security")
    return [
        f"openclaw_{option}  {weakening.told}, which the standard {enforced} of the namespace forbids. "
        f"{weakening.instead}, or set openclaw_namespace_pod_security to {weakening.standard}."
        for option, weakening in _contexts(instance)
        if not weakening.allowed_by(enforced)
    ]


def security_weakened(instance: Instance) -> list[str]:
    """What is allowed and still gives something away."""
    enforced = text(instance, "namespace_pod_security")
    warnings = [
        f"openclaw_{option}  {weakening.told}."
        for option, weakening in _contexts(instance)
        if weakening.allowed_by(enforced)
    ]
    if whole(instance, "run_as_group") == 0:
        warnings.append("openclaw_run_as_group  0 is the group of root, which many files of an image belong to.")
    return warnings


ERRORS: tuple[Callable[[Instance], list[str]], ...] = (security_fields_misplaced, security_forbidden_by_namespace)
WARNINGS: tuple[Callable[[Instance], list[str]], ...] = (security_weakened,)
