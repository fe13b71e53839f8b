# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From inventory variables to one checked, complete, plain mapping: the instance."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from . import controller_files, schema
from .checks import check_instance
from .layers import layer_names, merge
from .plain import NotPlain, check_size, holds_template, plain
from .schema import LAYER_SEPARATOR, PREFIX, Option
from .values import coerce, nearest, shown, validator

Template = Callable[[object], object]
Parser = Callable[[str], dict[str, object]]
Rule = Callable[[Mapping[str, object]], list[str]]
# Two layers of a map option, and the options that are known already.
Merge = Callable[[Mapping[str, object], Mapping[str, object], Mapping[str, object]], dict[str, object]]

_HARMLESS = re.compile(r"'\w{1,80}' is undefined|no vault secrets found|Decryption failed")


@dataclass
class Resolved:
    """What the variables of one host amount to.

    values: every option without its prefix; complete only if there are no problems.
    problems: one text per problem, each beginning with the option's name.
    warnings: the same for what works but is unwise.
    layers: the layers of the options that are merged in a way of their own, by variable, the lowest first.
    """

    values: dict[str, object] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    layers: dict[str, dict[str, object]] = field(default_factory=dict)

    def add(self, option: str, reason: str) -> None:
        self.problems.append(f"{option}  {reason}")

    def names(self, option: str) -> bool:
        """Whether a problem of I(option) is known already."""
        return any(problem.startswith(f"{option}  ") for problem in self.problems)


class _Reader:
    """Reads the variables of one host into a Resolved, collecting problems instead of stopping at the first."""

    def __init__(
        self,
        options: Mapping[str, Option],
        variables: Mapping[str, object],
        template: Template,
        parsers: Mapping[str, Parser],
        merges: Mapping[str, Merge],
        rules: Sequence[Rule],
        cautions: Sequence[Rule],
        last_rules: Sequence[Rule],
    ) -> None:
        self.options = options
        self.variables = {name: value for name, value in variables.items() if name.startswith(PREFIX)}
        self.template = template
        self.parsers = parsers
        self.merges = merges
        self.rules = rules
        self.cautions = cautions
        self.last_rules = last_rules
        self.inventory_name = str(variables.get("inventory_hostname", ""))
        # Where a relative path of the inventory begins.
        self.folders = [str(variables.get("inventory_dir") or os.getcwd()), os.getcwd()]
        self.resolved = Resolved()

    def read(self) -> Resolved:
        self.refuse_unknown()
        for option in self.options.values():
            given = self.layered(option) if option.layered else self.single(option)
            self.resolved.values[option.short] = self.defaulted(option) if given is None else given
        # These may read other options.
        for name in self.merges.keys() & self.options.keys():
            self.resolved.values[self.options[name].short] = self.merged(name)
        controller_files.locate(self.resolved.values, self.folders)
        # An option with a problem stands at its default here, so the rules find only problems of their own.
        check_instance(self.resolved.values, self.resolved.problems, self.resolved.warnings)
        for rule in self.rules:
            self.resolved.problems.extend(rule(self.resolved.values))
        if not self.resolved.problems:
            self.resolved.problems.extend(found for rule in self.last_rules for found in rule(self.resolved.values))
        for caution in self.cautions:
            self.resolved.warnings.extend(caution(self.resolved.values))
        return self.resolved

    def refuse_unknown(self) -> None:
        layered = {name for name, option in self.options.items() if option.layered}
        for name in sorted(self.variables):
            base, separator, layer = name.partition(LAYER_SEPARATOR)
            if name in self.options or (separator and base in layered):
                continue
            if separator and base in self.options:
                self.resolved.add(name, f"{base} is not a map, so it has no layers. Set {base} itself.")
                continue
            # Without the prefix, which makes any two options look alike.
            known = [option.removeprefix(PREFIX) for option in (layered if separator else self.options)]
            near = nearest(base.removeprefix(PREFIX), known)
            hint = f" Did you mean {PREFIX}{near}{separator}{layer}?" if near else ""
            self.resolved.add(name, f"is not an option.{hint}")

    def plain_value(self, option: Option, name: str) -> object:
        """Return the variable as plain data, or None with a problem noted."""
        raw = self.variables[name]
        try:
            check_size(raw)  # before templating: an alias bomb goes off in the template engine otherwise
            # The engine walks through a large configuration in milliseconds, and most have nothing for it to do.
            return plain(self.template(raw) if holds_template(raw) else raw)
        except NotPlain as problem:
            self.resolved.add(name, str(problem))
        except Exception as problem:  # whatever a template of the inventory raises belongs to that variable
            told = _harmless(problem) if option.secret else _first_line(problem)
            self.resolved.add(name, f"cannot be resolved: {told}")
        return None

    def single(self, option: Option) -> object:
        if option.name not in self.variables:
            return None
        value = self.plain_value(option, option.name)
        # An empty text is how a survey says "not set" for an option without a default, whatever its type.
        if value is None or (value == "" and option.default is None):
            return None
        coerced, problem = coerce(option, value)
        if problem:
            self.resolved.add(option.name, problem)
            return None
        return coerced

    def layered(self, option: Option) -> object:
        names = layer_names(option.name, self.variables)
        if not names:
            return None
        merged: dict[str, object] = {}
        for name in names:
            layer = self.layer(option, name)
            if layer is None:
                continue
            if option.name in self.merges:
                self.resolved.layers[name] = layer
            else:
                merged = merge(merged, layer)
        return merged

    def merged(self, option: str) -> dict[str, object]:
        merged: dict[str, object] = {}
        for name in layer_names(option, self.resolved.layers):
            merged = self.merges[option](merged, self.resolved.layers[name], self.resolved.values)
        return merged

    def layer(self, option: Option, name: str) -> dict[str, object] | None:
        value = self.plain_value(option, name)
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        if isinstance(value, str) and option.name in self.parsers:
            try:
                parsed = plain(self.parsers[option.name](value))
                return parsed if isinstance(parsed, dict) else None
            except ValueError as problem:
                self.resolved.add(name, str(problem))
                return None
        coerced, problem_text = coerce(option, value)
        if problem_text is None and not isinstance(coerced, dict):
            problem_text = f"{shown(option, value)} is not a map. Write name: value pairs."
        if problem_text:
            self.resolved.add(name, problem_text)
            return None
        return coerced if isinstance(coerced, dict) else None

    def defaulted(self, option: Option) -> object:
        default = option.default
        if isinstance(default, str) and "{{" in default:
            return self.template_default(option, default)
        return default.copy() if isinstance(default, (dict, list)) else default

    def template_default(self, option: Option, default: str) -> object:
        # A default names another option, or the inventory's name of the host: that needs no template engine.
        name = default.strip("{ }").split()[0]
        if name in self.options:
            return self.resolved.values.get(self.options[name].short)
        value, problem = coerce(option, self.inventory_name)
        if problem and not self.resolved.names(option.name):
            self.resolved.add(option.name, f"{problem} (It is the inventory host's name unless you set it.)")
        return value


def _harmless(problem: BaseException) -> str:
    """Return what may be told of a problem with a secret: a failing template is quoted with its text."""
    found = _HARMLESS.search(str(problem))
    if found is not None:
        return f"{found.group()}."
    return "a template fails; its text is hidden. Tag a value that only looks like a template with !unsafe."


def _first_line(problem: BaseException) -> str:
    return (str(problem) or type(problem).__name__).strip().splitlines()[0]


def prepare() -> None:
    """Do once what reading any host needs: in the process that Ansible forks its workers from, for all of them."""
    for option in schema.load().values():
        validator(option)


def resolve(
    variables: Mapping[str, object],
    template: Template,
    parsers: Mapping[str, Parser] | None = None,
    merges: Mapping[str, Merge] | None = None,
    rules: Sequence[Rule] = (),
    cautions: Sequence[Rule] = (),
    last_rules: Sequence[Rule] = (),
    options: Mapping[str, Option] | None = None,
) -> Resolved:
    """Return what the C(openclaw_*) variables among I(variables) amount to.

    template turns a raw variable into its value. parsers turn the text form of an option (a JSON5 document) into a map
    and raise ValueError with the reason. merges lay one layer of an option over another where plain maps are not
    enough. rules and cautions are further checks of the complete instance; rules return problems, cautions return
    warnings. last_rules see only an instance without any other problem. options are those of the collection unless
    given.
    """
    return _Reader(
        options or schema.load(), variables, template, parsers or {}, merges or {}, rules, cautions, last_rules
    ).read()
