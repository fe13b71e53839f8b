# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tailscale beside the gateway: the instance is a machine of a tailnet, which answers HTTPS there."""

from __future__ import annotations

import json

from ..._openclaw.pod import PORT
from ..._options.access import Instance, entries, text
from ..._options.formats import range_and_port
from ..identity import NOT_SECRET, Manifest, config_name, metadata, name
from ..image import reference
from .containers import sidecar, variables
from .feature import Feature, Way
from .installer import copier

CONTAINER = "tailscale"
CLI_COPIER = "copy-tailscale"
_PREFIX = "tailscale_"
_PROGRAMS = "/usr/local/bin"
_CLI_DIR = "/opt/tailscale"
_TEMPORARY_DIR = "/tmp"
# Where the command line looks for the daemon unless it is told otherwise.
_SOCKET_DIR = "/var/run/tailscale"
_SOCKET = f"{_SOCKET_DIR}/tailscaled.sock"
_AUTH_DIR = "/etc/tailscale/auth"
_AUTH_KEY = "authkey"
_SERVE_DIR = "/etc/tailscale/serve"
_SERVE_FILE = "tailscale-serve.json"
_ACCOUNT_DIR = "/var/run/secrets/kubernetes.io/serviceaccount"
_SECRETS_PART = "secrets"
# What Tailscale keeps there beside its keys. A profile has a key, too, but first of all the machine's name and settings
# line by line, which what Tailscale says about itself has as well.
_NO_SECRETS = (
    "_current-profile",
    "_profiles",
    "device_*",
    "https_endpoint",
    "pod_uid",
    "profile-*",
    "tailscale_capver",
)

_HTTPS = 443
_LOOPBACK = "127.0.0.1"
# Tailscale puts the name in, which is known only once the machine has joined.
_ADDRESS = f"${{TS_CERT_DOMAIN}}:{_HTTPS}"
# By these machines find out how they are seen from outside, and reach each other directly. Everything else is HTTPS.
_WAYS = (Way((3478, 41641), "UDP"),)


def tailscale(instance: Instance) -> Feature | None:
    """Return what Tailscale adds."""
    if not instance["tailscale_enabled"]:
        return None
    return Feature(
        init_containers=(_cli_copier(instance), _machine(instance)),
        volumes=(
            {"name": "tailscale-cli", "emptyDir": {"sizeLimit": "128Mi"}},
            {"name": "tailscale-socket", "emptyDir": {"sizeLimit": "1Mi"}},
            {"name": "tailscale-tmp", "emptyDir": {"sizeLimit": "256Mi"}},
            {"name": "tailscale-auth", "secret": {"secretName": text(instance, "tailscale_auth_secret"), **_key()}},
            {"name": "tailscale-account", "projected": {"sources": _account()}},
            _serve_volume(instance),
        ),
        # The socket's peers have the daemon's user, so they may do everything with the machine; the agent is meant to.
        mounts=(
            {"name": "tailscale-cli", "mountPath": _CLI_DIR, "readOnly": True},
            {"name": "tailscale-socket", "mountPath": _SOCKET_DIR, "readOnly": True},
        ),
        path=(_CLI_DIR,),
        offline=(CLI_COPIER,),
        ways=(*_WAYS, *_ways_to_the_apiserver(instance)),
        config=_config(instance),
        secrets=(_state(instance),),
        rights=(_right_to_the_state(instance),),
        files={_SERVE_FILE: _serve_config(instance)},
    )


def _serves(instance: Instance) -> bool:
    """Whether Tailscale answers for the gateway, as a file tells it. For SSO OpenClaw tells it, by the command line."""
    return instance["tailscale_mode"] != "none" and not instance["tailscale_sso_enabled"]


def _config(instance: Instance) -> Manifest:
    if instance["tailscale_sso_enabled"]:
        # OpenClaw takes the word about a user only on a listener of its own, to which it leads Tailscale itself.
        return {"gateway": {"tailscale": {"mode": "serve"}, "auth": {"allowTailscale": True}}}
    return {"gateway": {"trustedProxies": [_LOOPBACK]}} if _serves(instance) else {}


def _machine(instance: Instance) -> Manifest:
    return {
        **sidecar(instance, _PREFIX, CONTAINER),
        "command": [f"{_PROGRAMS}/containerboot"],
        "env": variables(_environment(instance), {}),
        # The gateway asks Tailscale for the way at its start, and ends when there is none yet.
        **({"startupProbe": _logged_in()} if instance["tailscale_sso_enabled"] else {}),
        "volumeMounts": [
            {"name": "tailscale-socket", "mountPath": _SOCKET_DIR},
            {"name": "tailscale-tmp", "mountPath": _TEMPORARY_DIR},
            {"name": "tailscale-auth", "mountPath": _AUTH_DIR, "readOnly": True},
            {"name": "tailscale-account", "mountPath": _ACCOUNT_DIR, "readOnly": True},
            {"name": "tailscale-serve", "mountPath": _SERVE_DIR, "readOnly": True},
        ],
    }


def _logged_in() -> Manifest:
    return {
        "exec": {"command": [f"{_PROGRAMS}/tailscale", "status", "--peers=false"]},
        "periodSeconds": 2,
        "timeoutSeconds": 5,
        "failureThreshold": 60,
    }


def _environment(instance: Instance) -> dict[str, str]:
    arguments = [*_login_server(instance), *map(str, entries(instance, "tailscale_args"))]
    return {
        "HOME": _TEMPORARY_DIR,
        # A key may be good for one machine once, and the identity that it made is kept.
        "TS_AUTH_ONCE": "true",
        # A file, since the command line of a process shows what it was started with.
        "TS_AUTHKEY": f"file:{_AUTH_DIR}/{_AUTH_KEY}",
        **({"TS_EXTRA_ARGS": " ".join(arguments)} if arguments else {}),
        "TS_HOSTNAME": text(instance, "tailscale_hostname"),
        "TS_KUBE_SECRET": _state_name(instance),
        "TS_SERVE_CONFIG": f"{_SERVE_DIR}/{_SERVE_FILE}",
        "TS_SOCKET": _SOCKET,
        "TS_STATE_DIR": _TEMPORARY_DIR,
        "TS_USERSPACE": "true",
    }


def _login_server(instance: Instance) -> list[str]:
    server = text(instance, "tailscale_login_server")
    return [f"--login-server={server}"] if server else []


def _cli_copier(instance: Instance) -> Manifest:
    mount: Manifest = {"name": "tailscale-cli", "mountPath": _CLI_DIR}
    return copier(instance, CLI_COPIER, reference(instance, _PREFIX), [f"{_PROGRAMS}/tailscale"], _CLI_DIR, mount)


def _serve_volume(instance: Instance) -> Manifest:
    source = {"name": config_name(instance), "items": [{"key": _SERVE_FILE, "path": _SERVE_FILE}]}
    return {"name": "tailscale-serve", "configMap": source}


def _serve_config(instance: Instance) -> str:
    """Return the file that leads HTTPS to the gateway itself: it is nearer than the pod's own proxy, and trusts us.

    Tailscale keeps what it answered with its identity. So where it is to answer no more, the file says that, too.
    """
    served: Manifest = {
        "TCP": {str(_HTTPS): {"HTTPS": True}},
        "Web": {_ADDRESS: {"Handlers": {"/": {"Proxy": f"http://{_LOOPBACK}:{PORT}"}}}},
    }
    public = {"AllowFunnel": {_ADDRESS: True}} if instance["tailscale_mode"] == "funnel" else {}
    content = {**served, **public} if _serves(instance) else {}
    return json.dumps(content, indent=2, sort_keys=True) + "\n"


def _key() -> Manifest:
    return {"items": [{"key": _AUTH_KEY, "path": _AUTH_KEY}]}


def _account() -> list[Manifest]:
    """Return what the API server knows the pod by: for this container only, unlike the token of the whole pod."""
    return [
        {"serviceAccountToken": {"path": "token", "expirationSeconds": 3600}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}]}},
    ]


def _state_name(instance: Instance) -> str:
    return f"{name(instance)}-{CONTAINER}"


def _state(instance: Instance) -> Manifest:
    """Return the Secret in which Tailscale keeps the machine's identity. Its keys are Tailscale's, so none is here."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata(
            instance,
            _SECRETS_PART,
            _state_name(instance),
            CONTAINER,
            annotations={NOT_SECRET: ",".join(_NO_SECRETS)},
        ),
        "type": "Opaque",
    }


def _right_to_the_state(instance: Instance) -> Manifest:
    # It refuses to start without C(update), and patches.
    return {
        "apiGroups": [""],
        "resources": ["secrets"],
        "resourceNames": [_state_name(instance)],
        "verbs": ["get", "patch", "update"],
    }


def _ways_to_the_apiserver(instance: Instance) -> list[Way]:
    places = [range_and_port(str(place)) for place in entries(instance, "tailscale_apiserver")]
    return [Way((port,), ranges=(block,), apiserver=True) for block, port in places] or [Way((), apiserver=True)]
