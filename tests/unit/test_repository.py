# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The house rules of CONTRIBUTING.md that a machine can check."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "ansible_collections.openclaw.kubernetes.plugins"
ROLES = sorted(path for path in (ROOT / "roles").iterdir() if path.is_dir())
PLUGIN_FILES = sorted((ROOT / "plugins").rglob("*.py"))
TEST_FILES = sorted((ROOT / "tests").rglob("*.py"))

GPL = "# SPDX-License-Identifier: GPL-3.0-or-later"
BSD = "# SPDX-License-Identifier: BSD-2-Clause"
COPYRIGHT = "# Copyright: (c) 2026, openclaw.kubernetes contributors"


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def load(path: Path) -> dict[str, object]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


# Roles


ROLE_FILES = {
    "README.md",
    "defaults/main.yml",
    "meta/argument_specs.yml",
    "meta/main.yml",
    "tasks/absent.yml",
    "tasks/main.yml",
}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_role_has_the_same_files(role: Path) -> None:
    found = {path.relative_to(role).as_posix() for path in role.rglob("*") if path.is_file()}
    assert not ROLE_FILES - found
    # Beside these a role holds further entry points and pieces of them, and its constants.
    tasks = {f"tasks/{path.name}" for path in (role / "tasks").glob("*.yml")}
    assert not found - ROLE_FILES - tasks - {"vars/main.yml"}


def entry_points(role: Path) -> Mapping[str, Mapping[str, object]]:
    return load(role / "meta" / "argument_specs.yml")["argument_specs"]


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_entry_point_is_specified(role: Path) -> None:
    files = {path.stem for path in (role / "tasks").glob("*.yml")}
    points = set(entry_points(role))
    assert points <= files
    # The others are pieces of these, or of another role's.
    texts = [text_of(path) for folder in (ROOT / "roles", ROOT / "playbooks") for path in folder.rglob("*.yml")]
    used = {name for text in texts for name in re.findall(r"(?:_tasks: |tasks_from: )(\w+)", text)}
    assert files - points <= used


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_role_needs_no_other_role(role: Path) -> None:
    assert not load(role / "meta" / "main.yml").get("dependencies")


# Options


def options_of(role: Path) -> dict[str, Mapping[str, object]]:
    found: dict[str, Mapping[str, object]] = {}
    for point in entry_points(role).values():
        found.update(point.get("options") or {})
    return found


ALL_OPTIONS = {name: spec for role in ROLES for name, spec in options_of(role).items()}


def with_suboptions(name: str, spec: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    yield name, spec
    for inner, inner_spec in (spec.get("options") or {}).items():
        yield from with_suboptions(f"{name}.{inner}", inner_spec)


@pytest.mark.parametrize("name", sorted(ALL_OPTIONS))
def test_every_option_is_typed_and_described(name: str) -> None:
    assert re.fullmatch(r"openclaw(_[a-z0-9]+)+", name)
    for path, spec in with_suboptions(name, ALL_OPTIONS[name]):
        assert spec.get("type"), path
        assert spec.get("description"), path
        if spec["type"] == "list":
            assert spec.get("elements"), path


@pytest.mark.parametrize("name", sorted(name for name, spec in ALL_OPTIONS.items() if spec.get("type") == "bool"))
def test_switches_end_in_enabled_or_name_an_act_of_consent(name: str) -> None:
    assert name.endswith(("_enabled", "_confirm", "_force_conflicts"))


def test_every_option_belongs_to_one_role() -> None:
    owners = Counter(name for role in ROLES for name in options_of(role))
    assert [name for name, count in owners.items() if count > 1] == []


def test_an_option_means_the_same_in_every_entry_point() -> None:
    different = [
        f"{role.name}: {name}"
        for role in ROLES
        for point in entry_points(role).values()
        for name, spec in (point.get("options") or {}).items()
        if spec != options_of(role)[name]
    ]
    assert different == []


@pytest.fixture(scope="module")
def readers() -> str:
    """The text of everything that may read an option: not the specs that declare it."""
    files = [*PLUGIN_FILES, *(ROOT / "playbooks").glob("*.yml")]
    for role in ROLES:
        files += [path for path in role.rglob("*.yml") if path.name != "argument_specs.yml"]
    return "\n".join(text_of(path) for path in files)


@pytest.mark.parametrize("name", sorted(ALL_OPTIONS))
def test_every_option_is_read_somewhere(name: str, readers: str) -> None:
    short = name.removeprefix("openclaw_")
    # Read as instance["storage_size"], instance.storage_size or, before there is an instance, openclaw_targets.
    assert re.search(rf"""(?:["'.]{short}\b|\b{name}\b)""", readers) or read_by_prefix(short, readers)


def read_by_prefix(short: str, readers: str) -> bool:
    """Whether it is one of several options that differ in their prefix: instance[f"{prefix}size"] and "storage_"."""
    words = short.split("_")
    halves = (("_".join(words[:cut]) + "_", "_".join(words[cut:])) for cut in range(1, len(words)))
    return any(f'"{prefix}"' in readers and f'{{prefix}}{rest}"' in readers for prefix, rest in halves)


# Licences and names


@pytest.mark.parametrize("path", [*PLUGIN_FILES, *TEST_FILES], ids=relative)
def test_every_python_file_says_its_licence(path: Path) -> None:
    lines = text_of(path).splitlines()
    if not lines:
        return
    if lines[0].startswith("#!"):
        lines = lines[1:]
    in_module_utils = relative(path).startswith("plugins/module_utils/")
    assert lines[0] == COPYRIGHT
    assert lines[2] == (BSD if in_module_utils else GPL)


@pytest.mark.parametrize("path", PLUGIN_FILES, ids=relative)
def test_no_plugin_file_outgrows_its_name(path: Path) -> None:
    assert len(text_of(path).splitlines()) <= 400


@pytest.mark.parametrize("path", [*PLUGIN_FILES, *TEST_FILES], ids=relative)
def test_no_file_collects_strangers(path: Path) -> None:
    assert path.stem.strip("_") not in {"utils", "util", "helpers", "helper", "common", "misc", "manager", "handler"}


PRIVATE_PLACES = re.compile(
    r"(?<![\w.-])/work/"  # somebody's checkout
    r"|(?<![\w.-])/root/(?=[.\w])"  # somebody's home
    r"|(?<![\w.-])/home/(?!node\b|linuxbrew\b|\[)"  # the image's users are public, and so is a pattern for all
    r"|\.\./shared/"
)


def test_no_file_names_a_private_place() -> None:
    found = [
        f"{relative(path)}:{number}: {line.strip()[:80]}"
        for path in tracked_files()
        if path != Path(__file__)
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if PRIVATE_PLACES.search(line)
    ]
    assert found == []


def test_nothing_is_put_off() -> None:
    put_off = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
    code = [path for path in tracked_files() if path.suffix in {".py", ".go", ".yml", ".sh"} and path != Path(__file__)]
    assert [relative(path) for path in code if put_off.search(text_of(path))] == []


# Sanity and metadata


def test_sanity_ignores_nothing() -> None:
    ignores = sorted((ROOT / "tests" / "sanity").glob("ignore-*.txt"))
    assert ignores
    assert [path.name for path in ignores if text_of(path).strip()] == []


def test_the_action_group_holds_every_module() -> None:
    modules = {f"openclaw.kubernetes.{path.stem}" for path in (ROOT / "plugins" / "modules").glob("*.py")}
    group = load(ROOT / "meta" / "runtime.yml")["action_groups"]["openclaw"]
    assert set(group) == modules


def test_every_module_has_its_action() -> None:
    modules = {path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")}
    assert modules == {path.stem for path in (ROOT / "plugins" / "action").glob("*.py")}


def test_the_changelog_was_made_from_the_fragments() -> None:
    changelog = load(ROOT / "changelogs" / "changelog.yaml")
    told = {name for release in changelog["releases"].values() for name in release["fragments"]}
    assert {path.name for path in (ROOT / "changelogs" / "fragments").glob("*.y*ml")} <= told, "run `make changelog`"


def test_no_dependency_on_another_collection() -> None:
    assert load(ROOT / "galaxy.yml")["dependencies"] == {}


IN_THE_TARBALL = re.compile(
    r"(?:MANIFEST\.json|FILES\.json|COPYING|(?:README|CONTRIBUTING|CODE_OF_CONDUCT|SECURITY)\.md|CHANGELOG\.(?:md|rst)"
    r"|changelogs/(?:changelog|config)\.yaml"
    r"|meta/[\w.-]+|LICENSES/[\w.-]+\.txt|docs/[\w./-]+\.md|examples/[\w./-]+"
    r"|(?:plugins|roles|playbooks)/[\w./-]+\.(?:py|mjs|yml|md)"
    r"|tests/config\.yml)"
)


def test_the_tarball_holds_what_users_need_and_nothing_else(tmp_path: Path) -> None:
    galaxy = Path(sys.executable).with_name("ansible-galaxy")
    build = [str(galaxy), "collection", "build", "--output-path", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    [tarball] = tmp_path.glob("*.tar.gz")
    with tarfile.open(tarball) as archive:
        names = {member.name for member in archive.getmembers() if member.isfile()}
    assert {name for name in names if not IN_THE_TARBALL.fullmatch(name)} == set()
    runtime = {relative(path) for path in tracked_files() if relative(path).split("/")[0] in RUNTIME_FOLDERS}
    assert runtime - names == set()


RUNTIME_FOLDERS = {"meta", "plugins", "roles", "playbooks", "examples"}


# Layers: CONTRIBUTING.md explains them, this table enforces them


@dataclass(frozen=True)
class Layer:
    """What a folder of plugins may import: our folders, and packages that are not in the standard library."""

    ours: frozenset[str]
    packages: frozenset[str] = frozenset()


LAYERS = {
    "plugin_utils/_options": Layer(frozenset({"plugin_utils/_options"}), frozenset({"ansible", "yaml"})),
    "plugin_utils/_openclaw": Layer(frozenset({"plugin_utils/_openclaw"}), frozenset({"json5", "yaml"})),
    "plugin_utils/_manifests": Layer(
        frozenset({"plugin_utils/_manifests", "plugin_utils/_openclaw", "plugin_utils/_options"})
    ),
    "module_utils/_cluster": Layer(
        frozenset({"module_utils/_cluster"}), frozenset({"ansible", "kubernetes", "urllib3", "yaml", "websocket"})
    ),
}
FRONT_ENDS = ("action", "doc_fragments", "filter", "lookup", "modules", "inventory")
KUBERNETES_CLIENT_FILES = {"plugins/module_utils/_cluster/credentials.py", "plugins/module_utils/_cluster/exec.py"}


def layer_of(path: Path) -> str:
    """`plugin_utils/_options` for a file of a layer; the first folder for a front end."""
    parts = path.relative_to(ROOT / "plugins").parts
    return "/".join(parts[:2]) if parts[0] in ("plugin_utils", "module_utils") else parts[0]


def imports_of(path: Path) -> Iterator[str]:
    """Absolute dotted names of what a file imports, with relative imports resolved."""
    package = [PACKAGE, *path.relative_to(ROOT / "plugins").parts[:-1]]
    for node in ast.walk(ast.parse(text_of(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            # `from ._openclaw import config` imports the module `config`, `from x import name` a name: both are below.
            yield from (f"{module}.{alias.name}" for alias in node.names)


def imported_layer(name: str) -> str:
    parts = name.removeprefix(PACKAGE + ".").split(".")
    return "/".join(parts[:2]) if parts[0] in ("plugin_utils", "module_utils") else parts[0]


@pytest.mark.parametrize("path", [path for path in PLUGIN_FILES if text_of(path).strip()], ids=relative)
def test_imports_only_go_down_the_layers(path: Path) -> None:
    layer = layer_of(path)
    ours = {imported_layer(name) for name in imports_of(path) if name.startswith(PACKAGE + ".")}
    if layer in FRONT_ENDS:
        assert ours <= {*LAYERS, layer}
        return
    assert layer in LAYERS, "a new layer needs a row in LAYERS and in CONTRIBUTING.md"
    assert ours <= LAYERS[layer].ours
    foreign = {name.split(".")[0] for name in imports_of(path)} - set(sys.stdlib_module_names) - {"ansible_collections"}
    assert foreign <= LAYERS[layer].packages


def test_the_kubernetes_client_is_behind_credentials_and_exec() -> None:
    users = {relative(path) for path in PLUGIN_FILES for name in imports_of(path) if name.split(".")[0] == "kubernetes"}
    assert users <= KUBERNETES_CLIENT_FILES


@pytest.mark.parametrize("path", PLUGIN_FILES, ids=relative)
def test_no_private_or_deprecated_part_of_ansible_is_imported(path: Path) -> None:
    closed = (
        "ansible._internal",
        "ansible.module_utils._internal",
        "ansible.module_utils._text",
        "ansible.module_utils.six",
        "ansible.module_utils.common._collections_compat",
        "ansible.parsing.yaml.objects",
        "ansible.parsing.ajson",
    )
    assert [name for name in imports_of(path) if name.startswith(closed)] == []


# What the pages say


PAGES = [
    path for path in sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").rglob("*.md")) if "CHANGELOG" not in path.name
]


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text_of(page))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_commands_on_the_page_exist(page: Path) -> None:
    text = text_of(page)
    known = set(re.findall(r"^([a-z-]+):", text_of(ROOT / "Makefile"), flags=re.MULTILINE))
    named = set(re.findall(r"(?:^|`|\$ )make ([a-z][a-z-]*)", text, flags=re.MULTILINE))
    assert named <= known
    playbooks = set(re.findall(r"ansible-playbook openclaw\.kubernetes\.(\w+)", text))
    assert {name for name in playbooks if not (ROOT / "playbooks" / f"{name}.yml").is_file()} == set()


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_options_on_the_page_exist(page: Path) -> None:
    named = {name for name in re.findall(r"\bopenclaw_[a-z0-9_]+", text_of(page)) if not name.endswith("_")}
    layered = {name.split("__")[0] for name in named}
    assert {name for name in layered if name not in ALL_OPTIONS} == set()
