#!/usr/bin/python
# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: image_info
short_description: Look an image up in its registry
version_added: 0.1.0
description:
  - Asks a registry of container images whether it has an image, and which tags there are. Speaks the distribution
    protocol of the Open Container Initiative, as the node does that pulls the image.
  - A registry that cannot be reached, or lets nobody in, is no failure. See RV(known).
  - Runs inside the Ansible process when the task's connection is local, otherwise as a module on the task's host.
options:
  image:
    description: The image, with a tag or a digest.
    type: str
    required: true
  tags:
    description: Whether to list the tags, too.
    type: bool
    default: false
  namespace:
    description: Namespace of O(pull_secrets).
    type: str
  pull_secrets:
    description: Secrets with logins, as pods name them. The cluster is asked for nothing else.
    type: list
    elements: str
    default: []
  registry_ca:
    description:
      - File with certificate authorities that the registry's certificate may come from, beside the public ones.
    type: path
extends_documentation_fragment:
  - openclaw.kubernetes.connection
  - openclaw.kubernetes.attributes
  - openclaw.kubernetes.attributes.reading
author:
  - openclaw.kubernetes contributors (@openclaw)
"""

EXAMPLES = r"""
- name: Look an image up
  openclaw.kubernetes.image_info:
    image: ghcr.io/openclaw/openclaw:2026.9.6
  register: found
"""

RETURN = r"""
known:
  description: Whether the registry answered. Otherwise RV(reason) says why, and the rest means nothing.
  returned: success
  type: bool
reason:
  description: Why nothing is known.
  returned: success
  type: str
exists:
  description: Whether the registry has the image.
  returned: success
  type: bool
digest:
  description: What the tag stands for.
  returned: success
  type: str
tags:
  description: Every tag, in the order of the registry. Empty unless O(tags).
  returned: success
  type: list
  elements: str
problems:
  description: Every problem that was found, one sentence each.
  returned: failure
  type: list
  elements: str
"""

import os

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import argspec, credentials, image_info


def main() -> None:
    module = AnsibleModule(argument_spec=argspec.IMAGE_INFO, supports_check_mode=True)
    if credentials.CLIENT_IS_MISSING:
        module.fail_json(msg=missing_required_lib("kubernetes"))
    result = image_info.run(module.params, os.environ)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
