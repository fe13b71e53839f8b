# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about the web terminal."""

from __future__ import annotations

from collections.abc import Callable

from .access import Instance, entries

_OPEN = "openclaw_terminal_open_enabled"


def terminal_without_credentials(instance: Instance) -> list[str]:
    """Whoever reaches a terminal without a password reads the agent's memory, or is the agent."""
    if not instance["terminal_enabled"] or instance["terminal_secret"] or instance["terminal_open_enabled"]:
        return []
    return [
        "openclaw_terminal_enabled  the terminal has no credentials. Name a Secret with the keys username and password "
        f"in openclaw_terminal_secret, or let in whoever reaches the port with {_OPEN}."
    ]


def terminal_with_and_without_credentials(instance: Instance) -> list[str]:
    """One of the two is a mistake, and which one is not to be guessed."""
    if instance["terminal_secret"] and instance["terminal_open_enabled"]:
        return [f"{_OPEN}  is true, and openclaw_terminal_secret is set. Remove one of the two."]
    return []


def terminal_without_command(instance: Instance) -> list[str]:
    if not instance["terminal_enabled"] or entries(instance, "terminal_command"):
        return []
    return ["openclaw_terminal_command  is an empty list. Name what the terminal runs, or remove the option."]


def terminal_open(instance: Instance) -> list[str]:
    """It was asked for, and stays worth a line."""
    if not instance["terminal_enabled"] or not instance["terminal_open_enabled"]:
        return []
    may = "use the agent's shell and volume" if instance["terminal_writable_enabled"] else "read what it shows"
    return [f"{_OPEN}  is true: whoever reaches the port of the terminal can {may}."]


ERRORS: tuple[Callable[[Instance], list[str]], ...] = (
    terminal_without_credentials,
    terminal_with_and_without_credentials,
    terminal_without_command,
)
WARNINGS: tuple[Callable[[Instance], list[str]], ...] = (terminal_open,)
