# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What every module of the collection supports."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode, and predicts what a real run would do without writing anything.
    support: full
  action_group:
    description: Use C(group/openclaw.kubernetes.openclaw) in C(module_defaults) to set the connection options once.
    support: full
    membership:
      - openclaw.kubernetes.openclaw
"""

    WRITING = r"""
options: {}
attributes:
  diff_mode:
    description: Returns what changed, or in check mode would change. Values of Secrets are shown as digests.
    support: full
  idempotent:
    description: A second run with the same options writes nothing.
    support: full
"""

    READING = r"""
options: {}
attributes:
  diff_mode:
    description: Changes nothing, so there is no difference to show.
    support: none
  idempotent:
    description: Changes nothing.
    support: full
"""

    ACTING = r"""
options: {}
attributes:
  diff_mode:
    description: Returns what changed, or in check mode would change.
    support: full
  idempotent:
    description: Does what it says each time it is called.
    support: none
"""

    COMMANDING = r"""
options: {}
attributes:
  diff_mode:
    description: What a command changes is known to it alone.
    support: none
  idempotent:
    description: Does what it says each time it is called.
    support: none
"""
