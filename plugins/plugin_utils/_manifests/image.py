# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The image every container of OpenClaw runs."""

from __future__ import annotations

import re

from .identity import Instance, Manifest

_NOT_IN_A_LABEL = re.compile(r"[^A-Za-z0-9_.-]")


def reference(instance: Instance) -> str:
    """Return the image reference; a digest decides what runs, the tag then only tells what it is."""
    image = f"{instance['image_repository']}:{instance['image_tag']}"
    return f"{image}@{instance['image_digest']}" if instance["image_digest"] else image


def version_label(instance: Instance) -> str:
    return _NOT_IN_A_LABEL.sub("-", str(instance["image_tag"]))[:63].strip("-_.")


def pull_settings(instance: Instance) -> Manifest:
    """Return what the pod needs to pull: every pod of the instance carries the same credentials."""
    secrets = instance["image_pull_secrets"]
    if not isinstance(secrets, list) or not secrets:
        return {}
    return {"imagePullSecrets": [{"name": secret} for secret in secrets]}
