# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What this collection last applied to an object, put together again from the fields that are ours.

Applying it once more, with one value changed, changes that value and leaves the ownership of all others as it is.
"""

from __future__ import annotations

import json
from typing import Any

from .fields import owned_fields
from .plain import Manifest

_FIELD, _KEYED, _VALUE = "f:", "k:", "v:"


def applied(live: Manifest) -> Manifest | None:
    """The object as it was applied, with its identity; None if that was never done."""
    owned = owned_fields(live)
    if owned is None:
        return None
    made = _part(live, owned)
    about = live["metadata"]
    identity = {key: about[key] for key in ("name", "namespace") if key in about}
    return {
        **made,
        "apiVersion": live["apiVersion"],
        "kind": live["kind"],
        "metadata": {**made.get("metadata", {}), **identity},
    }


def _part(value: Any, owned: Manifest) -> Any:
    """What is ours of a value. Without anything below it, it is ours as a whole."""
    below = [name for name in owned if name != "."]
    if not below:
        return value
    if isinstance(value, list):
        return [part for item in value if (part := _item(item, owned)) is not None]
    if not isinstance(value, dict):
        return value
    names = {name[len(_FIELD) :]: name for name in below if name.startswith(_FIELD)}
    return {key: _part(value[key], owned[name]) for key, name in names.items() if key in value}


def _item(item: Any, owned: Manifest) -> Any:
    """What is ours of an element of a list; None if nothing is."""
    for name, fields in owned.items():
        if name.startswith(_VALUE) and json.loads(name[len(_VALUE) :]) == item:
            return item
        if not name.startswith(_KEYED) or not isinstance(item, dict):
            continue
        key = json.loads(name[len(_KEYED) :])
        if all(item.get(part) == wanted for part, wanted in key.items()):
            return {**key, **_part(item, fields)} if fields else item
    return None
