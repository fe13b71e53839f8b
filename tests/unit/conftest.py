# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the unit tests share: variables in, instance out, and golden files to compare with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml
from hypothesis import configuration, settings

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
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved, resolve

GOLDEN = Path(__file__).parent / "golden"
HOST = "support"

Instance = dict[str, object]

configuration.set_hypothesis_home_dir(Path(__file__).parents[2] / "build" / "hypothesis")
# The same examples at every run, and no limit on one of them: the machine may be busy.
settings.register_profile("unit", derandomize=True, deadline=None, database=None)
settings.load_profile("unit")


class _ReadableDumper(yaml.SafeDumper):
    """YAML for reviewers: no aliases, texts of many lines as such."""

    def ignore_aliases(self, data: object) -> bool:
        return True


_ReadableDumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files instead of comparing")


def _resolved(variables: Mapping[str, object]) -> Resolved:
    """What the lookup makes of these variables, without templates."""
    host = {"inventory_hostname": HOST, **variables}
    return resolve(
        host,
        lambda value: value,
        parsers={"openclaw_config": parse_object},
        merges={"openclaw_config": layer_merged},
        rules=(*RULES, *EXPOSURE_RULES, *LINT_RULES),
        cautions=(*CAUTIONS, *EXPOSURE_CAUTIONS),
        last_rules=(*POD_RULES, *LAST_LINT_RULES),
    )


def _instance(**overrides: object) -> Instance:
    # Not in the home of whoever runs the tests: it would be in the golden files.
    given = {"config_schema_cache": "/var/cache/schemas", **overrides}
    found = _resolved({f"openclaw_{option}": value for option, value in given.items()})
    if found.problems:
        raise ValueError("\n".join(found.problems))
    return found.values


@pytest.fixture(scope="session")
def resolved() -> Callable[[Mapping[str, object]], Resolved]:
    """Full variable names to values, problems and warnings, on an inventory host called support."""
    return _resolved


@pytest.fixture(scope="session")
def make_instance() -> Callable[..., Instance]:
    """The instance of a host with these options, named without their prefix; a problem is a ValueError."""
    return _instance


@pytest.fixture
def golden_text(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare text with golden/<name>.txt, or write it when pytest was called with --update-golden."""

    def compare(name: str, found: str) -> None:
        assert found == _golden(request, f"{name}.txt", found)

    return compare


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, list[Instance]], None]:
    """Compare manifests with golden/<name>.golden, or write it when pytest was called with --update-golden."""

    def compare(name: str, found: list[Instance]) -> None:
        written = yaml.dump_all(found, Dumper=_ReadableDumper, sort_keys=False, width=110, allow_unicode=True)
        assert found == list(yaml.safe_load_all(_golden(request, f"{name}.golden", written)))

    return compare


def _golden(request: pytest.FixtureRequest, file: str, found: str) -> str:
    path = GOLDEN / file
    if request.config.getoption("--update-golden"):
        path.write_text(found, encoding="utf-8")
    if not path.is_file():
        pytest.fail(f"tests/unit/golden/{file} is missing: pytest --update-golden writes it")
    return path.read_text(encoding="utf-8")
