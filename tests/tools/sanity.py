# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run `ansible-test sanity` on the checkout, and let no test of it drop out unseen.

ansible-test insists on a real folder ansible_collections/<namespace>/<name>. So the files that git knows or would add
are copied to build/sanity first; unchanged files keep their time stamps.
"""

from __future__ import annotations

import filecmp
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from console import Failure, duration
from environment import BUILD, CACHE, ROOT, VENV, find_python, install_debian_package, tool_environment

HOME = CACHE / "ansible-test"
"""ansible-test keeps its environments in the home folder; with this one they stay in our cache folder."""

COPY = BUILD / "sanity" / "ansible_collections" / "openclaw" / "kubernetes"

PYTHONS = BUILD / "sanity" / "pythons"
SUPPORTED_PYTHONS = ("3.11", "3.12", "3.13", "3.14")

MUST_RUN = frozenset(
    {
        "action-plugin-docs",
        "ansible-doc",
        "changelog",
        "compile",
        "ignores",
        "import",
        "no-assert",
        "pep8",
        "pylint",
        "runtime-metadata",
        "shebang",
        "shellcheck",
        "validate-modules",
        "yamllint",
    }
)
"""A run without one of these is not a pass: ansible-test only warns when a test cannot run."""

GET_PIP = """\
# ansible-test runs this to put pip into an empty environment. Its own copy comes from a host that many networks do not
# reach; this one lets the pip of .venv do it, from the package index that the machine is set up for.
import subprocess
import sys

packages = [argument for argument in sys.argv[1:] if "==" in argument]
sys.exit(subprocess.call(["{python}", "-m", "pip", "--python", sys.executable, "install", "--quiet", *packages]))
"""


def main(extra_arguments: list[str]) -> int:
    started = time.monotonic()
    try:
        copy_checkout()
        if not shutil.which("shellcheck"):
            install_debian_package("shellcheck", "the sanity test `shellcheck`")
        provide_pip()
        output = run_sanity(extra_arguments)
        # Whoever asks for one test has that one.
        tests = refuse_silent_skips(output, frozenset() if "--test" in extra_arguments else MUST_RUN)
    except Failure as failure:
        failure.show()
        return 1
    elapsed = duration(time.monotonic() - started)
    print(f"ansible-test sanity: {len(tests)} tests ok, nothing ignored, {elapsed}{not_on_this_machine()}")
    return 0


def checkout_files() -> list[str]:
    """Paths of all files that are committed or would be: what a fresh clone of this work would hold."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        raise Failure("git could not list the files of this checkout", "run this in a git clone", log=listed.stderr)
    return sorted({name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()})


def copy_checkout() -> None:
    wanted = checkout_files()
    for name in wanted:
        source, target = ROOT / name, COPY / name
        if target.is_file() and filecmp.cmp(source, target) and source.stat().st_mode == target.stat().st_mode:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target, follow_symlinks=False)
    remove_leftovers({COPY / name for name in wanted})
    if not (COPY / ".git").is_dir():
        # ansible-test asks the nearest repository upwards which files there are; ours ignores build/.
        subprocess.run(["git", "init", "--quiet", str(COPY)], check=True)


def remove_leftovers(keep: set[Path]) -> None:
    """Files that were copied by an earlier run and are gone from the checkout."""
    for path in sorted(COPY.rglob("*"), reverse=True):
        inside = path.relative_to(COPY).parts
        if inside[0] == ".git" or inside[:2] == ("tests", "output"):
            continue
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path not in keep:
            path.unlink()


def provide_pip() -> None:
    [requirements] = VENV.glob("lib/python3*/site-packages/ansible_test/_internal/python_requirements.py")
    version = re.search(r"pip='([\d.]+)'", requirements.read_text(encoding="utf-8"))
    if version is None:
        raise Failure("this ansible-test names its pip in an unknown way", f"look for the version in {requirements}")
    script = HOME / ".ansible" / "test" / "cache" / f"get_pip_{version.group(1).replace('.', '_')}.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(GET_PIP.format(python=VENV / "bin" / "python"), encoding="utf-8")


def run_sanity(extra_arguments: list[str]) -> str:
    """All tests, on the Python of .venv, in environments that ansible-test makes once and keeps."""
    environment = tool_environment()
    environment.pop("ANSIBLE_CONFIG", None)
    environment.pop("ANSIBLE_COLLECTIONS_PATH", None)
    pip_settings = Path.home() / ".config" / "pip" / "pip.conf"
    if pip_settings.is_file():
        environment.setdefault("PIP_CONFIG_FILE", str(pip_settings))
    environment["HOME"] = str(HOME)
    environment["PIP_QUIET"] = "1"
    environment["PATH"] = f"{VENV / 'bin'}{os.pathsep}{real_pythons()}{os.pathsep}{path_without_shims()}"
    process = subprocess.Popen(
        [str(VENV / "bin" / "ansible-test"), "sanity", "--local", "--requirements", "--color", "no", *extra_arguments],
        cwd=COPY,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    lines: list[str] = []
    for line in process.stdout or ():
        lines.append(line)
        print(line, end="", flush=True)
    if process.wait() != 0:
        raise Failure("ansible-test sanity found something", "mend what the lines above name; nothing may be ignored")
    return "".join(lines)


def real_pythons() -> Path:
    """A folder with the interpreters that work. pyenv's shims answer for versions that are not switched on."""
    shutil.rmtree(PYTHONS, ignore_errors=True)
    PYTHONS.mkdir(parents=True)
    for version in SUPPORTED_PYTHONS:
        found = find_python(version)
        if found:
            (PYTHONS / f"python{version}").symlink_to(found.path)
    return PYTHONS


def path_without_shims() -> str:
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if Path(folder).name != "shims")


def refuse_silent_skips(output: str, wanted: frozenset[str]) -> set[str]:
    """The names of the tests that ran. A test left out with a warning is a hole in the gate, so it fails here."""
    ran = set(re.findall(r"^Running sanity test \"([^\"]+)\"", output, flags=re.MULTILINE))
    missing_python = re.compile(r"Skipping sanity test .* on Python ([\d.]+) because it could not be found")
    holes = [f"did not run: {name}" for name in sorted(wanted - ran)]
    for line in output.splitlines():
        if "Skipping sanity test" not in line:
            continue
        absent = missing_python.search(line)
        if absent and not find_python(absent.group(1)):
            continue
        holes.append(line)
    if holes:
        raise Failure("ansible-test left tests out", "install what the lines name", log="\n".join(holes))
    return ran


def not_on_this_machine() -> str:
    missing = [version for version in SUPPORTED_PYTHONS if not find_python(version)]
    return f"; not on this machine: Python {', '.join(missing)}" if missing else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
