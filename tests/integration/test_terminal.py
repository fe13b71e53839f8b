# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The web terminal, asked by its own protocol: who gets in, and what they can do.

ttyd itself cannot be had here: a stand-in with its arguments and protocol runs on a real pty. The unit tests pin the
arguments.
"""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance
from ansible_collections.openclaw.kubernetes.tests.integration.support.neighbour import Neighbour, new_neighbour
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

pytestmark = pytest.mark.needs_image("terminal")
USERNAME, PASSWORD = "guest", "p:ss w0rd$(HOME)"
STATE = "/home/node/.openclaw"

# Opens a terminal the way ttyd's page does: the token by the credentials, then a WebSocket of the protocol "tty".
# Prints the status of the page and what the terminal showed within the time, or until it showed a word.
_VISIT = """
const [base, authorization, typed, word, origin] = process.argv.slice(1);
const headers = authorization ? { authorization } : {};
const page = await fetch(base, { headers });
const { token } = page.ok ? await (await fetch(base + "token", { headers })).json() : { token: "" };
const address = base.replace("http", "ws") + "ws";
const socket = new WebSocket(address, { protocols: ["tty"], headers: { origin: origin || base.replace(/\\/$/, "") } });
socket.binaryType = "arraybuffer";
let shown = "";
const ended = new Promise((end) => {
  setTimeout(end, 5000, "time");
  socket.onerror = () => end("refused");
  socket.onclose = ({ code }) => end(String(code));
  socket.onopen = () => {
    socket.send(JSON.stringify({ AuthToken: token, columns: 80, rows: 24 }));
    if (typed) setTimeout(() => socket.send(Buffer.from("0" + typed + "\\r")), 500);
  };
  socket.onmessage = ({ data }) => {
    const text = Buffer.from(data).toString();
    if (text[0] === "0") shown += text.slice(1);
    if (word && shown.includes(word)) end("word");
  };
});
console.log(JSON.stringify({ status: page.status, end: await ended, shown }));
process.exit(0);
"""


@pytest.fixture(scope="module")
def neighbour(shared_stage: Stage) -> Neighbour:
    return new_neighbour(shared_stage)


@pytest.fixture(scope="module")
def instance(shared_stage: Stage, neighbour: Neighbour) -> Instance:
    """An instance whose terminal shows what is in the state directory."""
    name = shared_stage.namespace(shared_stage.name("terminal"))
    data = {
        key: base64.b64encode(value.encode()).decode()
        for key, value in {"username": USERNAME, "password": PASSWORD}.items()
    }
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web-login", "namespace": name}, "data": data}
    shared_stage.cluster.create(secret)
    inventory = shared_stage.inventory().host(
        name,
        openclaw_terminal_enabled=True,
        openclaw_terminal_secret="web-login",
        openclaw_terminal_command=["sh", "-c", "echo in $PWD; exec sh"],
        openclaw_networkpolicy_ingress_namespaces=[neighbour.namespace],
    )
    return Instance(shared_stage.cluster, name, inventory, deployed=run("site", inventory).ok())


def visit(
    neighbour: Neighbour,
    instance: Instance,
    typed: str = "",
    word: str = "",
    password: str = PASSWORD,
    origin: str = "",
) -> Any:
    base = f"http://{instance.name}.{instance.name}.svc:7681/"
    authorization = "Basic " + base64.b64encode(f"{USERNAME}:{password}".encode()).decode() if password else ""
    return neighbour.script(_VISIT, base, authorization, typed, word, origin)


def test_credentials_open_the_terminal_in_the_state_directory(neighbour: Neighbour, instance: Instance) -> None:
    seen = visit(neighbour, instance, word=f"in {STATE}")
    assert (seen["status"], seen["end"]) == (200, "word"), seen


@pytest.mark.parametrize("password", ["", "wrong"])
def test_without_the_credentials_nobody_gets_in(neighbour: Neighbour, instance: Instance, password: str) -> None:
    seen = visit(neighbour, instance, password=password, typed="id", word="uid=")
    assert (seen["status"], seen["end"], seen["shown"]) == (401, "1008", "")


def test_a_page_of_another_host_gets_no_terminal(neighbour: Neighbour, instance: Instance) -> None:
    seen = visit(neighbour, instance, word=STATE, origin="http://elsewhere.example.com")
    assert (seen["end"], seen["shown"]) == ("refused", "")


def test_a_terminal_that_only_shows_takes_no_input_and_writes_nothing(neighbour: Neighbour, instance: Instance) -> None:
    seen = visit(neighbour, instance, typed="touch made-by-visitor; echo ty''ped", word="typed")
    assert f"in {STATE}" in seen["shown"]
    assert (seen["end"], "typed" in seen["shown"]) == ("time", False)
    # Nor does anything else in its container.
    tried = instance.cluster.exec(
        instance.pod_name, instance.name, "touch", f"{STATE}/made-by-visitor", container="terminal"
    )
    assert "Read-only file system" in tried.stderr
    assert instance.exec("ls", f"{STATE}/made-by-visitor").rc != 0


def test_no_log_holds_the_password(instance: Instance) -> None:
    both = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
    log = instance.cluster.logs(instance.pod_name, instance.name, "terminal")
    assert instance.deployed
    for text in (log, instance.deployed.everything, str(instance.pod()["spec"])):
        assert PASSWORD not in text
        assert both not in text


def test_a_writable_terminal_is_a_shell_on_the_volume(neighbour: Neighbour, instance: Instance) -> None:
    """Last in the file: it changes the instance."""
    instance.site(openclaw_terminal_writable_enabled=True).ok()
    seen = visit(neighbour, instance, typed="id -u > made-by-visitor; echo ty''ped", word="typed")
    assert seen["end"] == "word", seen
    assert instance.exec("cat", f"{STATE}/made-by-visitor").stdout.strip() == "1000"


def test_without_a_secret_it_is_refused_before_anything_is_made(shared_stage: Stage) -> None:
    name, inventory = shared_stage.instance("openterm", openclaw_terminal_enabled=True)
    refused = run("site", inventory)
    assert refused.rc != 0
    assert "openclaw_terminal_secret" in refused.error
    assert "openclaw_terminal_open_enabled" in refused.error
    assert shared_stage.cluster.find("Namespace", name) is None
