# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A running instance, looked at from outside the collection."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .cluster import Cluster, Executed, Manifest
from .inventory import Inventory
from .playbook import Run, run
from .stage import Stage

_FETCH = (
    "const [url,token,body]=process.argv.slice(1);"
    "fetch(url,{method:'POST',body,headers:{'content-type':'application/json',authorization:'Bearer '+token}})"
    ".then(async r=>console.log(JSON.stringify({status:r.status,body:await r.text()})))"
    ".catch(e=>console.log(JSON.stringify({status:0,body:String(e.cause?.code||e.message)})))"
)


def model_options(namespace: str, prompt: str = "") -> dict[str, object]:
    """Options of an instance that answers with the stand-in model of that namespace."""
    return {
        "openclaw_secrets": {"STUB_API_KEY": {"value": "any-key-will-do"}},
        "openclaw_verify_prompt": prompt,
        "openclaw_config__10_model": {
            "gateway": {"http": {"endpoints": {"chatCompletions": {"enabled": True}}}},
            "agents": {"defaults": {"skipBootstrap": True, "model": {"primary": "stub/echo-1"}}},
            "models": {
                "providers": {
                    "stub": {
                        "baseUrl": f"http://model.{namespace}.svc:4010/v1",
                        "api": "openai-completions",
                        "apiKey": {"source": "env", "provider": "default", "id": "STUB_API_KEY"},
                        "models": [
                            {
                                "id": "echo-1",
                                "name": "Stand-in",
                                "reasoning": False,
                                "input": ["text"],
                                "contextWindow": 32768,
                                "maxTokens": 1024,
                            }
                        ],
                    }
                }
            },
        },
    }


@dataclass
class Instance:
    """Name, namespace (the same unless a test says otherwise) and inventory of one instance."""

    cluster: Cluster
    name: str
    inventory: Inventory
    deployed: Run | None = None

    @property
    def pod_name(self) -> str:
        return f"{self.name}-0"

    def site(self, **variables: object) -> Run:
        """Run site, after a change of the host's variables if some are given."""
        if variables:
            self.inventory.host(self.name, **variables)
        return run("site", self.inventory)

    def pod(self) -> Manifest:
        return self.cluster.get("Pod", self.pod_name, self.name)

    def uid(self) -> str:
        """Identity of the pod: the same before and after means that it was not restarted by us."""
        return str(self.pod()["metadata"]["uid"])

    def ready(self) -> bool:
        pod = self.cluster.find("Pod", self.pod_name, self.name)
        if pod is None or pod["metadata"].get("deletionTimestamp"):
            return False
        return any(
            condition["type"] == "Ready" and condition["status"] == "True"
            for condition in pod["status"].get("conditions", [])
        )

    def revisions(self) -> int:
        """How often the pod template has changed, the first deployment included."""
        return len(self.cluster.request("GET", f"/apis/apps/v1/namespaces/{self.name}/controllerrevisions")["items"])

    def token(self) -> str:
        return self.cluster.secret_value(f"{self.name}-gateway-token", "token", self.name)

    def exec(self, *argv: str) -> Executed:
        return self.cluster.exec(self.pod_name, self.name, *argv, container="openclaw", timeout=120)

    def openclaw(self, *argv: str) -> Executed:
        return self.exec("node", "/app/openclaw.mjs", *argv)

    def ask(self, question: str, token: str | None = None) -> tuple[int, str]:
        """Put a question to the agent through the Service; HTTP status and answer."""
        body = json.dumps({"model": "openclaw", "messages": [{"role": "user", "content": question}]})
        url = f"http://{self.name}.{self.name}.svc:18789/v1/chat/completions"
        said = self.exec("node", "-e", _FETCH, url, token or self.token(), body)
        answer = json.loads(said.stdout)
        if answer["status"] != 200:
            return answer["status"], answer["body"]
        return 200, json.loads(answer["body"])["choices"][0]["message"]["content"]

    def config_in_force(self) -> Mapping[str, Any]:
        """The configuration that the gateway process runs, as it tells itself."""
        said = self.openclaw("gateway", "call", "config.get", "--json")
        if said.rc != 0:
            raise AssertionError(f"config.get failed: {said.stdout[-500:]} {said.stderr[-500:]}")
        answer: dict[str, Any] = json.loads(said.stdout[said.stdout.index("{") :])
        config: dict[str, Any] = answer["config"]
        return config

    def max_concurrent(self) -> object:
        """One harmless setting that tests change."""
        return self.config_in_force()["agents"]["defaults"].get("maxConcurrent")


def with_max_concurrent(number: int) -> dict[str, object]:
    return {"agents": {"defaults": {"maxConcurrent": number}}}


def new_instance(stage: Stage, stem: str, model: str, **options: object) -> Instance:
    """Deploy an instance that answers with the stand-in model; its first run has to succeed."""
    name, inventory = stage.instance(stem, **{**model_options(model), **options})
    return Instance(stage.cluster, name, inventory, deployed=run("site", inventory).ok())
