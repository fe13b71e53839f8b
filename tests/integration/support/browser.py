# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A person's browser: a real Chromium in a pod of its own, driven over its DevTools by a script beside it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .cluster import Cluster, Manifest, wait_until
from .playbook import COLLECTION
from .stage import Stage

SCREENSHOTS = COLLECTION / "build" / "screenshots"
_CHROMIUM = "docker.io/chromedp/headless-shell:stable"
_DRIVER = "ghcr.io/openclaw/openclaw:2026.9.6"
_POD, _DRIVING = "browser", "driver"
_SIZE = "1280,900"

# Opens a tab, or speaks to one: each step is a method of the DevTools protocol with its parameters. Prints the last
# result. Scripts for new documents go with the connection, so a page is waited for before that ends.
_DRIVE = """
const [tab, steps] = [process.argv[1], JSON.parse(process.argv[2])];
const devtools = "http://127.0.0.1:9222/json";
// It ends only when all is written: a picture is more than a pipe takes at once.
const end = (told) => new Promise(() => process.stdout.write(JSON.stringify(told), () => process.exit()));
if (!tab) {
  const made = await fetch(`${devtools}/new?about:blank`, { method: "PUT" });
  await end((await made.json()).id);
}
const socket = new WebSocket(`ws://127.0.0.1:9222/devtools/page/${tab}`);
const waiting = new Map();
let loaded = Promise.withResolvers();
socket.onmessage = ({ data }) => {
  const { id, method, result, error } = JSON.parse(data);
  if (method === "Page.loadEventFired") loaded.resolve();
  waiting.get(id)?.(error ? { error } : result);
};
await new Promise((resolve, reject) => { socket.onopen = resolve; socket.onerror = reject; });
let last;
for (const [number, [method, params]] of steps.entries()) {
  loaded = Promise.withResolvers();
  last = await new Promise((resolve) => {
    waiting.set(number, resolve);
    socket.send(JSON.stringify({ id: number, method, params }));
  });
  if (last.error || last.errorText || last.exceptionDetails) break;
  if (method === "Page.navigate") await Promise.race([loaded.promise, new Promise((late) => setTimeout(late, 30000))]);
}
await end(last);
"""
# Keeps an account of the WebSockets of a page.
_ACCOUNT = """
window.account = [];
window.WebSocket = class extends WebSocket {
  constructor(...words) {
    super(...words);
    const kept = { url: this.url, made: Date.now(), sent: 0, received: 0 };
    window.account.push(kept);
    this.addEventListener("open", () => { kept.opened = Date.now(); });
    this.addEventListener("message", () => { kept.received += 1; });
    this.addEventListener("close", ({ code, reason }) => {
      Object.assign(kept, { closed: Date.now(), code, reason });
    });
    kept.socket = this;
  }
  send(data) { window.account.find(({ socket }) => socket === this).sent += 1; super.send(data); }
};
"""
_TELL = "JSON.stringify(window.account.map(({ socket, ...kept }) => ({ ...kept, age: Date.now() - kept.opened })))"


@dataclass(frozen=True)
class Tab:
    """One page."""

    cluster: Cluster
    namespace: str
    identifier: str

    def _drive(self, *steps: tuple[str, Mapping[str, object]]) -> dict[str, Any]:
        told: dict[str, Any] = _driven(self.cluster, self.namespace, self.identifier, steps)
        assert not {"error", "errorText", "exceptionDetails"} & set(told), told
        return told

    def open(self, url: str) -> None:
        """Go somewhere, with an account of the WebSockets there."""
        self._drive(
            ("Page.enable", {}),
            ("Page.addScriptToEvaluateOnNewDocument", {"source": _ACCOUNT}),
            ("Page.navigate", {"url": "about:blank"}),
            ("Page.navigate", {"url": url}),
        )

    def run(self, expression: str) -> Any:
        """The value of an expression in the page."""
        wanted = {"expression": expression, "awaitPromise": True, "returnByValue": True}
        return self._drive(("Runtime.evaluate", wanted))["result"].get("value")

    def wait_for(self, what: str, expression: str, timeout: float = 60) -> Any:
        """Wait until an expression is true in the page; a screenshot tells how it looked when it never was."""
        try:
            return wait_until(what, lambda: self.run(expression), timeout, 1)
        except AssertionError as failed:
            text = self.run("document.body.innerText")
            raise AssertionError(f"{failed}; see {self.screenshot('failed')}; the page says: {text[:1000]}") from None

    def write(self, text: str) -> None:
        """Type into what has the focus, and press Enter."""
        key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
        self._drive(
            ("Input.insertText", {"text": text}),
            ("Input.dispatchKeyEvent", {"type": "keyDown", **key}),
            ("Input.dispatchKeyEvent", {"type": "keyUp", **key}),
        )

    def screenshot(self, name: str) -> Path:
        """Keep what a person sees, for whoever looks into the build folder."""
        picture = base64.b64decode(self._drive(("Page.captureScreenshot", {"format": "png"}))["data"])
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        file = SCREENSHOTS / f"{name}.png"
        file.write_bytes(picture)
        return file

    def sockets(self) -> list[dict[str, Any]]:
        """The WebSockets of the page: url, opened, age (ms), sent, received, and closed with code and reason."""
        told: list[dict[str, Any]] = json.loads(self.run(_TELL))
        return told


@dataclass(frozen=True)
class Browser:
    """One browser with one profile, in a namespace of its own."""

    cluster: Cluster
    namespace: str

    def tab(self) -> Tab:
        return Tab(self.cluster, self.namespace, _driven(self.cluster, self.namespace, "", ()))


def new_browser(stage: Stage, address: str, hosts: Iterable[str], certificates: Iterable[str]) -> Browser:
    """Start a browser that finds these hosts at that address, and trusts the keys of these certificates."""
    namespace = stage.namespace(stage.name("person"))
    stage.cluster.create(_pod(namespace, address, list(hosts), ",".join(map(_fingerprint, certificates))))
    browser = Browser(stage.cluster, namespace)

    def answers() -> bool:
        pod = stage.cluster.get("Pod", _POD, namespace)
        running = [each.get("ready") for each in pod["status"].get("containerStatuses", [])]
        return running == [True, True] and _driven(stage.cluster, namespace, "", ()) is not None

    wait_until("the browser runs", answers, 90, 1)
    return browser


def _driven(cluster: Cluster, namespace: str, tab: str, steps: Iterable[tuple[str, Mapping[str, object]]]) -> Any:
    argv = ("node", "--input-type=module", "-e", _DRIVE, tab, json.dumps(list(steps)))
    said = cluster.exec(_POD, namespace, *argv, container=_DRIVING, timeout=90)
    if said.rc != 0:
        if not tab:
            return None
        raise AssertionError(f"the browser does not answer: {said.stderr[-1000:]}")
    return json.loads(said.stdout)


def _fingerprint(certificate: str) -> str:
    """A key as Chromium's option names it."""
    key = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    return base64.b64encode(
        hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    ).decode()


def _pod(namespace: str, address: str, hosts: list[str], fingerprints: str) -> Manifest:
    chromium = {
        "name": "chromium",
        "image": _CHROMIUM,
        "imagePullPolicy": "IfNotPresent",
        "args": [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--no-first-run",
            "--remote-debugging-port=9222",
            "--remote-allow-origins=*",
            "--user-data-dir=/tmp/profile",
            f"--window-size={_SIZE}",
            f"--ignore-certificate-errors-spki-list={fingerprints}",
        ],
        "env": [{"name": "HOME", "value": "/tmp"}],
        "securityContext": {"runAsUser": 1000, "runAsNonRoot": True},
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}, {"name": "shm", "mountPath": "/dev/shm"}],
    }
    driver = {
        "name": _DRIVING,
        "image": _DRIVER,
        "imagePullPolicy": "IfNotPresent",
        "command": ["sleep", "7200"],
    }
    spec = {
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 0,
        "hostAliases": [{"ip": address, "hostnames": hosts}],
        "containers": [chromium, driver],
        "volumes": [
            {"name": "tmp", "emptyDir": {}},
            {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": "256Mi"}},
        ],
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": _POD, "namespace": namespace}, "spec": spec}
