# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A browser that opens the user interface, as far as the gateway can tell: a key pair, and the frames of its page."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from .neighbour import Neighbour

# Makes a key pair unless it is given one, connects, and prints what the gateway made of it.
_CONNECT = """
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
const [url, origin, given, options] = process.argv.slice(1);
const { name, platform, auth, scopes, headers } = JSON.parse(options);
const key = given ? createPrivateKey(given) : generateKeyPairSync("ed25519").privateKey;
const publicKey = createPublicKey(key).export({ format: "jwk" }).x;
const id = createHash("sha256").update(Buffer.from(publicKey, "base64url")).digest("hex");
const client = { id: "openclaw-control-ui", mode: "webchat", version: "2026.9.6", buildId: "dev" };
const told = { ok: false, key: key.export({ type: "pkcs8", format: "pem" }), id };
const socket = new WebSocket(url, { headers: { origin, ...headers } });
Object.assign(told, await new Promise((end) => {
  setTimeout(end, 20000, { code: "nothing" });
  socket.onerror = () => end({ code: "refused" });
  socket.onclose = ({ code }) => end({ code: `closed ${code}` });
  socket.onmessage = ({ data }) => {
    const { type, event, payload, ok, error } = JSON.parse(data);
    if (event === "connect.challenge") {
      const signedAt = Date.now(), { nonce } = payload;
      const proof = auth.token ?? auth.deviceToken ?? auth.bootstrapToken ?? "";
      const words = ["v3", id, client.id, client.mode, "operator", scopes.join(","), String(signedAt), proof, nonce];
      const signed = [...words, platform.toLowerCase(), ""].join("|");
      const signature = sign(null, Buffer.from(signed), key).toString("base64url");
      const params = { minProtocol: 4, maxProtocol: 4, client: { ...client, displayName: name, platform },
        role: "operator", scopes, auth, device: { id, publicKey, signature, signedAt, nonce } };
      socket.send(JSON.stringify({ type: "req", id: "1", method: "connect", params }));
    } else if (type === "res") {
      end(ok ? { ok, token: payload.auth?.deviceToken, scopes: payload.auth?.scopes }
             : { code: error.details?.code ?? error.code, request: error.details?.requestId });
    }
  };
}));
socket.close();
console.log(JSON.stringify(told));
process.exit(0);
"""
READING = ("operator.read", "operator.write")
OWNING = (
    "operator.admin",
    "operator.approvals",
    "operator.pairing",
    "operator.questions",
    "operator.read",
    "operator.talk.secrets",
    "operator.write",
)


@dataclass
class Device:
    """One browser, on a neighbour's machine. What it learns (its key, its token) it keeps, as browsers do."""

    neighbour: Neighbour
    url: str
    origin: str
    name: str
    platform: str = "MacIntel"
    key: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    identifier: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    """What a proxy between it and the gateway adds."""

    def connect(self, scopes: tuple[str, ...] = READING, **auth: str) -> dict[str, Any]:
        """Open a session with `token`, `bootstrapToken` or, without either, the token it was given before."""
        options = {
            "name": self.name,
            "platform": self.platform,
            "auth": auth or {"deviceToken": self.token},
            "scopes": list(scopes),
            "headers": self.headers,
        }
        told: dict[str, Any] = self.neighbour.script(_CONNECT, self.url, self.origin, self.key, json.dumps(options))
        self.key, self.identifier = told.pop("key"), told.pop("id")
        self.token = told.pop("token", None) or self.token
        return told
