# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lookup that turns the openclaw_* variables of a host into one checked instance."""

from __future__ import annotations

DOCUMENTATION = r"""
name: instance
short_description: The OpenClaw instance that the inventory describes
version_added: 0.1.0
author: openclaw.kubernetes contributors (@openclaw)
description:
  - Reads every C(openclaw_*) variable of the current host, merges the layers of map options (C(openclaw_env__10_site)
    below C(openclaw_env)), fills in the defaults of the roles' argument specs, checks the result, and returns it as one
    plain map of option to value, the names without their prefix.
  - All problems are reported in one error, each with option, value, reason and what to write instead.
options:
  _terms:
    description: Takes no terms.
  report:
    description:
      - Return a map with the keys C(instance), C(problems), C(warnings) and C(layers), the variables that make up
        C(openclaw_config), instead of failing.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Show where the instance lives
  ansible.builtin.debug:
    msg: "{{ lookup('openclaw.kubernetes.instance').namespace }}"

- name: Show the manifests of its network policies
  ansible.builtin.debug:
    msg: "{{ lookup('openclaw.kubernetes.instance') | openclaw.kubernetes.networkpolicy_manifests }}"
"""

RETURN = r"""
_raw:
  description: The instance, or the report about it.
  type: list
  elements: dict
"""

from collections.abc import Mapping

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.checks import POD_RULES
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.config_lint import (
    LAST_LINT_RULES,
    LINT_RULES,
)
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.exposure_checks import (
    EXPOSURE_CAUTIONS,
    EXPOSURE_RULES,
)
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.checks import CAUTIONS, RULES
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.config_layers import layer_merged
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.json5_text import parse_object
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import resolve
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.report import problem_text


class LookupModule(LookupBase):
    """The instance of the current host."""

    def run(self, terms: list[object], variables: Mapping[str, object] | None = None, **kwargs: object) -> list[object]:
        self.set_options(var_options=variables, direct=kwargs)
        resolved = resolve(
            variables or {},
            self._templar.template,
            parsers={"openclaw_config": parse_object},
            merges={"openclaw_config": layer_merged},
            rules=(*RULES, *EXPOSURE_RULES, *LINT_RULES),
            cautions=(*CAUTIONS, *EXPOSURE_CAUTIONS),
            last_rules=(*POD_RULES, *LAST_LINT_RULES),
        )
        if self.get_option("report"):
            told = {"problems": resolved.problems, "warnings": resolved.warnings, "layers": resolved.layers}
            return [{"instance": resolved.values, **told}]
        host = str((variables or {}).get("inventory_hostname", "instance"))
        for warning in resolved.warnings:
            # However often the instance is looked up, Ansible shows the same text once.
            Display().warning(f"{host}: {' '.join(warning.split())}")
        if resolved.problems:
            raise AnsibleLookupError(problem_text(host, resolved.problems))
        return [resolved.values]
