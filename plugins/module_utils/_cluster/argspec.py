# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Options shared by both doors, the action and the module."""

from __future__ import annotations

from typing import Any

CONNECTION: dict[str, dict[str, Any]] = {
    "kubeconfig": {"type": "path"},
    "context": {"type": "str"},
    "host": {"type": "str"},
    "api_key": {"type": "str", "no_log": True},
    "ca_cert": {"type": "path", "aliases": ["ssl_ca_cert"]},
    "validate_certs": {"type": "bool", "aliases": ["verify_ssl"]},
    "client_cert": {"type": "path", "aliases": ["cert_file"]},
    "client_key": {"type": "path", "aliases": ["key_file"], "no_log": False},
    "proxy": {"type": "str"},
    "impersonate_user": {"type": "str"},
    "request_timeout": {"type": "int", "default": 30},
    "retry_budget": {"type": "int", "default": 60},
}

APPLY: dict[str, dict[str, Any]] = {
    **CONNECTION,
    "name": {"type": "str"},
    "namespace": {"type": "str"},
    "parts": {"type": "list", "elements": "str", "required": True, "aliases": ["part"]},
    # A list, or its JSON text: checked in plain.py. As a list it would be copied before that, at the price of the rest.
    "objects": {"type": "raw", "default": []},
    "secret_data": {"type": "dict", "no_log": True},
    "prune": {"type": "bool", "default": True},
    "delete_protected": {"type": "bool", "default": False},
    "force_conflicts": {"type": "bool", "default": False},
    "adopt": {"type": "bool", "default": False},
    "preflight": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "str", "default": "10m"},
}

INSTANCE_INFO: dict[str, dict[str, Any]] = {
    **CONNECTION,
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "container": {"type": "str"},
    "probes": {"type": "dict", "default": {}},
    "policies": {"type": "bool", "default": False},
    "jobs": {"type": "str"},
    "gateway": {
        "type": "dict",
        "options": {"name": {"type": "str", "required": True}, "namespace": {"type": "str", "required": True}},
    },
    "entries": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "url": {"type": "str", "required": True},
            "websocket": {"type": "str"},
            "origin": {"type": "str"},
            "frame": {"type": "str"},
            "address": {"type": "str"},
            "ca_file": {"type": "path"},
            "timeout": {"type": "int", "default": 10},
            "patience": {"type": "int", "default": 0},
            "status": {"type": "int", "default": 0},
            "settle": {"type": "int", "default": 0},
        },
    },
}

COMMANDS: dict[str, dict[str, Any]] = {
    **CONNECTION,
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "pod": {"type": "str"},
    "container": {"type": "str"},
    "commands": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "title": {"type": "str", "required": True},
            "argv": {"type": "list", "elements": "str", "required": True},
            "stdin": {"type": "str"},
            "timeout": {"type": "int", "default": 60},
        },
    },
    "show_output": {"type": "bool", "default": False},
}

CONFIG_INFO: dict[str, dict[str, Any]] = {
    **CONNECTION,
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "container": {"type": "str", "required": True},
    "config_map": {"type": "str", "required": True},
    "argv": {"type": "list", "elements": "str", "required": True},
    "stdin": {"type": "str"},
    "timeout": {"type": "int", "default": 60},
}

RESTART: dict[str, dict[str, Any]] = {
    **CONNECTION,
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "str", "default": "10m"},
}

OPERATION: dict[str, dict[str, Any]] = {
    **CONNECTION,
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "state": {
        "type": "str",
        "required": True,
        "choices": ["begin", "step", "end", "status", "abandon", "absent"],
    },
    "operation": {"type": "str"},
    "parameters": {"type": "dict", "default": {}},
    "resume": {"type": "bool", "default": False},
    "step": {"type": "str"},
    "record": {"type": "dict", "default": {}},
    "outcome": {"type": "str", "default": "done", "choices": ["done", "undone", "stopped"]},
    "holder": {"type": "str"},
    "lasts": {"type": "str", "default": "1h"},
}

ROTATE_SECRET: dict[str, dict[str, Any]] = {
    **CONNECTION,
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "secret": {"type": "str", "required": True},
    "key": {"type": "str", "required": True, "no_log": False},
    "state": {"type": "str", "required": True, "choices": ["replaced", "proven", "restored", "settled"]},
    "value": {"type": "str", "no_log": True},
    "argv": {"type": "list", "elements": "str", "default": []},
    "timeout": {"type": "int", "default": 60},
}

JOB: dict[str, dict[str, Any]] = {
    **CONNECTION,
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "job": {"type": "dict", "required": True},
    "claims": {"type": "list", "elements": "dict", "default": []},
    "owner": {"type": "str"},
    "run": {"type": "str"},
    "timeout": {"type": "str", "default": "1h"},
}

SCALE: dict[str, dict[str, Any]] = {
    **CONNECTION,
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "replicas": {"type": "int", "required": True},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "str", "default": "10m"},
}

REVISION: dict[str, dict[str, Any]] = {
    **CONNECTION,
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "state": {"type": "str", "required": True, "choices": ["recorded", "noted", "listed"]},
    "config_maps": {"type": "list", "elements": "str", "default": []},
    "keep": {"type": "int", "default": 10},
    "number": {"type": "int"},
    "what": {"type": "list", "elements": "str", "default": ["image", "config"], "choices": ["image", "config"]},
    "outcome": {"type": "str", "choices": ["serving", "trying", "failed"]},
    "snapshot": {"type": "str"},
    "why": {"type": "str"},
}

IMAGE_INFO: dict[str, dict[str, Any]] = {
    **CONNECTION,
    "image": {"type": "str", "required": True},
    "tags": {"type": "bool", "default": False},
    "namespace": {"type": "str"},
    "pull_secrets": {"type": "list", "elements": "str", "default": []},
    "registry_ca": {"type": "path"},
}
