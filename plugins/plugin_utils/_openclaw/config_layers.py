# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One configuration over another: what each layer of the inventory and of the collection contributes."""

from __future__ import annotations

from collections.abc import Mapping, Set

from .config_paths import Path, Rules, dotted

REST = "..."
"""In a list: the entries of the list below."""

_NO_RULES = Rules()


def laid_over(
    below: Mapping[str, object],
    above: Mapping[str, object],
    joined: Set[str] = frozenset(),
    rules: Rules = _NO_RULES,
    at: Path = (),
) -> dict[str, object]:
    """Return I(below) with I(above) over it: maps merge, null removes, lists follow I(rules), the rest replaces.

    Lists at the paths I(joined) become the sorted set of both.
    """
    merged = dict(below)
    for key, value in above.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _over(merged.get(key), value, joined, rules, (*at, key))
    return merged


def layer_merged(
    below: Mapping[str, object], above: Mapping[str, object], values: Mapping[str, object]
) -> dict[str, object]:
    """Return two layers of the option C(openclaw_config) as one; I(values) are the options that are known already."""
    keys = values.get("config_merge_keys")
    try:
        rules = Rules.of(keys=keys if isinstance(keys, dict) else {})
    except ValueError:  # told by a rule of its own
        rules = _NO_RULES
    return laid_over(below, above, rules=rules)


def _over(below: object, above: object, joined: Set[str], rules: Rules, at: Path) -> object:
    if isinstance(above, Mapping):
        return laid_over(below if isinstance(below, Mapping) else {}, above, joined, rules, at)
    if not isinstance(above, list):
        return above
    if REST in above:
        return _spread(below, above)
    if isinstance(below, list) and joined and dotted(at) in joined:
        return sorted({str(entry) for entry in (*below, *above)})
    key = rules.key(at)
    entries, changes = named(below, key), named(above, key)
    if entries is None or changes is None:
        return above
    return list(laid_over(entries, changes, joined, rules, at).values())


def _spread(below: object, above: list[object]) -> list[object]:
    """Return I(above) with the entries of I(below) in the place for them; without any it stays for the next layer."""
    if not isinstance(below, list):
        return above
    place = above.index(REST)
    added = [entry for entry in above if entry != REST]
    kept = [entry for entry in below if entry == REST or entry not in added]
    return [*added[:place], *kept, *added[place:]]


def named(value: object, key: str) -> dict[str, object] | None:
    """Return the entries of a list by their names; None for what is no list of maps with a name each."""
    if not key or not isinstance(value, list):
        return None
    entries: dict[str, object] = {}
    for entry in value:
        name = entry.get(key) if isinstance(entry, Mapping) else None
        if not isinstance(name, str) or name in entries:
            return None
        entries[name] = entry
    return entries


def finished(value: object) -> object:
    """Return I(value) without places for entries that no layer brought."""
    if isinstance(value, dict):
        return {key: finished(child) for key, child in value.items()}
    if isinstance(value, list):
        return [finished(entry) for entry in value if entry != REST]
    return value
