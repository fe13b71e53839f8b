# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first five minutes: from a fresh machine to an OpenClaw instance that answers.

Usage: python3 tests/tools/demo.py               the six steps of `make demo`
       python3 tests/tools/demo.py ask QUESTION  one question to the demo's instance
       python3 tests/tools/demo.py ui            a link that lets one browser in, once

With KUBECONFIG set it uses that cluster, installs nothing on this machine and starts no cluster.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import environment
import figures
from cluster_access import CLUSTER, own_kubeconfig, running_cluster
from console import Failure, Step, duration, run_logged, tail
from environment import BUILD, ROOT, VENV, tool_environment

EXAMPLE = ROOT / "examples" / "quickstart"
INVENTORY = EXAMPLE.relative_to(ROOT).as_posix()
MODEL = next(iter(sorted((ROOT / "examples").rglob("model.yml"))), EXAMPLE / "model.yml")
LOG = BUILD / "demo.log"
STEPS = 6
KUBERNETES = "1.35"
PROMPT = "ping:it-works"

NEXT = f"""
Your instance `hello` runs in namespace `hello`.
  talk to it   make ask Q="What can you do?"
  look at it   ansible-playbook openclaw.kubernetes.status -i {INVENTORY}
  open the UI  make ui        (prints a one-time link)
  change it    edit {INVENTORY}/host_vars/hello.yml, then run the site playbook again with --check --diff
  stop it      make cluster-down
"""
ACTIVATE_HINT = (
    "  (ansible-playbook is in .venv; `. build/activate` puts it on your PATH, with this cluster's KUBECONFIG)"
)
OWN_CLUSTER_NEXT = f"""
Your instance `hello` runs in namespace `hello` of your cluster.
  talk to it   make ask Q="What can you do?"
  look at it   ansible-playbook openclaw.kubernetes.status -i {INVENTORY}
  open the UI  make ui        (prints a one-time link)
  remove it    ansible-playbook openclaw.kubernetes.teardown -i {INVENTORY} -e openclaw_teardown_confirm=hello
"""


def main(arguments: Sequence[str]) -> int:
    try:
        if arguments[:1] == ["ask"]:
            return ask(" ".join(arguments[1:]).strip())
        if arguments[:1] == ["ui"]:
            return ui()
        return demo()
    except Failure as failure:
        failure.show()
        return 1
    except KeyboardInterrupt:
        print("\nstopped; `make demo` goes on where it was", file=sys.stderr)
        return 130


def demo() -> int:
    BUILD.mkdir(exist_ok=True)
    LOG.write_text("", encoding="utf-8")
    started = time.monotonic()
    cold = figures.machine_is_cold()
    own = own_kubeconfig()
    if not own:
        refuse_unless_root()
    make_environment()
    if own:
        skip("2-4", "Cluster and images", f"skipped: using {own}")
        print(images_note())
    else:
        image = f"image-openclaw-{image_tag()}"
        missing = missing_builds()
        build(2, f"Kubernetes {KUBERNETES} (first time only)", [name for name in missing if name != image])
        build(3, f"OpenClaw image {image_tag()}", [name for name in missing if name == image])
        start_cluster()
    cluster = running_cluster()
    deploy(cluster)
    answer(cluster)
    if cold and not own:
        seconds = time.monotonic() - started
        figures.write("demo-cold", figures.Figure(seconds, duration(seconds), f"{os.cpu_count()} cores"))
    print(OWN_CLUSTER_NEXT if own else NEXT + ACTIVATE_HINT)
    return 0


def refuse_unless_root() -> None:
    if os.geteuid() != 0:
        raise Failure(
            "the built-in cluster needs root: it makes network namespaces and mounts",
            "sudo make demo, or set KUBECONFIG to a cluster of yours",
        )


def label(number: int | str, name: str) -> str:
    return f"[{number}/{STEPS}] {name}"


def skip(numbers: str, name: str, why: str) -> None:
    Step(label(numbers, name)).finish(why)


def image_tag() -> str:
    """The OpenClaw version that the collection deploys unless told otherwise."""
    specs = (ROOT / "roles" / "workload" / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
    found = re.search(r"openclaw_image_tag:.*?default: [\"']?([\w.-]+)", specs, flags=re.DOTALL)
    return found.group(1) if found else ""


def images_note() -> str:
    stub = re.search(r"image: (\S+)", MODEL.read_text(encoding="utf-8"))
    return f"      your cluster must be able to pull ghcr.io/openclaw/openclaw:{image_tag()}" + (
        f"\n      and {stub.group(1)} (tests/cluster/cluster build image-stub-model makes it)" if stub else ""
    )


def make_environment() -> None:
    step = Step(label(1, "Python environment"))
    try:
        environment.link_collection()
        environment.make_venv(
            VENV, environment.development_python(), requirement_files=[ROOT / "tests" / "requirements.txt"]
        )
        environment.write_activate()
    except Failure:
        step.finish("FAILED")
        raise
    step.ok()


def missing_builds() -> list[str]:
    """What the demo needs and the cache folder does not hold, in the order to make it."""
    listed = subprocess.run([str(CLUSTER), "steps", "--set", "demo"], capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        raise Failure("tests/cluster/cluster steps failed", "read the lines above", log=listed.stderr)
    rows = [line.split("\t") for line in listed.stdout.splitlines()]
    return [name for name, state, _title in rows if state == "missing"]


def build(number: int, name: str, targets: list[str]) -> None:
    step = Step(label(number, name))
    for target in targets:
        run_cluster(step, ["build", target], "make demo again goes on where it stopped")
    step.ok()


def start_cluster() -> None:
    step = Step(label(4, "Cluster"))
    run_cluster(step, ["up", "--set", "demo"], "make cluster-down, then make demo again")
    step.ok()


def run_cluster(step: Step, arguments: list[str], next_step: str) -> None:
    code, output = run_logged(step, [str(CLUSTER), *arguments], LOG, os.environ, ROOT)
    if code != 0:
        step.finish("FAILED")
        raise Failure(f"tests/cluster/cluster {' '.join(arguments)} failed", next_step, log=tail(output))


def deploy(cluster: dict[str, str]) -> None:
    step = Step(label(5, "ansible-playbook openclaw.kubernetes.site"))
    playbook(step, cluster, MODEL.relative_to(ROOT).as_posix())
    output = playbook(step, cluster, "openclaw.kubernetes.site", "-v")
    step.ok(deployed(output))


def deployed(output: str) -> str:
    """`(created 14 objects)`, from the results that the tasks printed; preflight and apply name the same objects."""
    objects = set(re.findall(r'"action": "(\w+)", "kind": "(\w+)", "name": "([^"]+)"', output))
    actions = Counter(action for action, _kind, _name in objects)
    told = [f"{action} {actions[action]} objects" for action in ("created", "configured", "deleted") if actions[action]]
    return f"({', '.join(told)})" if told else "(nothing to change)"


def answer(cluster: dict[str, str]) -> None:
    step = Step(label(6, "Asking the instance"))
    step.finish(json.dumps(verified_answer(step, cluster, PROMPT), ensure_ascii=False))


def ask(question: str) -> int:
    if not question:
        raise Failure("there is no question", 'make ask Q="What can you do?"')
    step = Step("Asking the instance")
    reply = verified_answer(step, running_cluster(), question)
    step.ok()
    print(reply)
    return 0


def verified_answer(step: Step, cluster: dict[str, str], question: str) -> str:
    output = playbook(
        step, cluster, "openclaw.kubernetes.verify", "-e", json.dumps({"openclaw_verify_prompt": question})
    )
    found = answer_in(output)
    if found is None:
        step.finish("FAILED")
        raise Failure("the verify playbook passed, but showed no answer", f"read {LOG}", log=tail(output))
    return found


def answer_in(output: str) -> str | None:
    """The reply in what the verify playbook printed: the end of its message, after `answer: `."""
    for quoted in re.findall(r'"msg": ("(?:[^"\\]|\\.)*")', output):
        _verdict, found, reply = str(json.loads(quoted)).partition("\n  answer: ")
        if found:
            return reply
    return None


def ui() -> int:
    cluster = running_cluster()
    step = Step("Making a link")
    # A file of it would outlive the ten minutes for which nobody else may have it.
    output = playbook(
        step,
        cluster,
        "openclaw.kubernetes.devices",
        "-e",
        '{"openclaw_devices_link_enabled": true}',
        log=Path(os.devnull),
    )
    lines = link_in(output)
    if not lines:
        step.finish("FAILED")
        raise Failure("the devices playbook passed, but showed no link", "make ui once more")
    step.ok()
    kubectl = re.compile(r"(?=\bkubectl )")
    print("", *(kubectl.sub(f"KUBECONFIG={cluster['KUBECONFIG']} ", line) for line in lines), sep="\n")
    if not shutil.which("kubectl"):
        print("\n(kubectl is not on this machine: https://kubernetes.io/docs/tasks/tools)")
    return 0


def link_in(output: str) -> list[str]:
    """The lines about the link in what the devices playbook printed."""
    for listed in re.findall(r'"msg": (\[[^\[\]]*\])', output):
        if "#bootstrapToken=" in listed:
            return list(json.loads(listed))
    return []


def playbook(step: Step, cluster: dict[str, str], name: str, *arguments: str, log: Path = LOG) -> str:
    variables = {**tool_environment(), **cluster, "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
    program = shutil.which("ansible-playbook", path=str(VENV / "bin")) or "ansible-playbook"
    code, output = run_logged(step, [program, name, "-i", INVENTORY, *arguments], log, variables, ROOT)
    if code != 0:
        step.finish("FAILED")
        kept = f" (all of the output is in {LOG.relative_to(ROOT)})" if log == LOG else ""
        raise Failure(
            f"ansible-playbook {name} failed",
            f"read the error above{kept}, then run the same again",
            log=tail(output),
        )
    return output


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
