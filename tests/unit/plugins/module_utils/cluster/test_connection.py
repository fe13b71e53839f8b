# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which cluster, as whom."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.connection import settings_from
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.errors import EngineError
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.kubeconfig import read
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.transport import Transport


def kubeconfig(path: Path, context: str, user: dict[str, Any], server: str = "http://127.0.0.1:9") -> Path:
    path.write_text(
        json.dumps(
            {
                "current-context": context,
                "contexts": [{"name": context, "context": {"cluster": f"{context}-c", "user": f"{context}-u"}}],
                "clusters": [
                    {"name": f"{context}-c", "cluster": {"server": server, "certificate-authority": "ca.pem"}}
                ],
                "users": [{"name": f"{context}-u", "user": user}],
            }
        )
    )
    return path


def test_task_options_win_over_the_environment() -> None:
    settings = settings_from(
        {"host": "https://task", "api_key": None},
        {
            "K8S_AUTH_HOST": "https://environment",
            "K8S_AUTH_API_KEY": "from-environment",
            "K8S_AUTH_VERIFY_SSL": "no",
        },
    )
    assert (settings.host, settings.api_key, settings.validate_certs) == ("https://task", "from-environment", False)
    assert settings.stands_alone


def test_the_environment_wins_over_the_kubeconfig(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path / "config", "one", {"token": "of-the-file"})
    environ = {"KUBECONFIG": str(path), "K8S_AUTH_API_KEY": "of-the-environment"}
    assert Transport(settings_from({}, environ)).secrets()[0] == "of-the-environment"
    assert Transport(settings_from({}, {"KUBECONFIG": str(path)})).secrets() == ["of-the-file"]


def test_a_named_context_wins_over_host_and_key_standing_alone(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path / "config", "one", {"token": "x"})
    settings = settings_from(
        {"context": "one"},
        {
            "KUBECONFIG": str(path),
            "K8S_AUTH_HOST": "https://h",
            "K8S_AUTH_API_KEY": "key-of-awx",
        },
    )
    assert settings.kubeconfig == str(path)
    assert not settings.stands_alone


def test_an_unreadable_truth_value_is_refused() -> None:
    with pytest.raises(EngineError, match="validate_certs"):
        settings_from({}, {"K8S_AUTH_VERIFY_SSL": "perhaps"})


def test_several_files_are_merged_and_the_first_current_context_counts(tmp_path: Path) -> None:
    one = kubeconfig(tmp_path / "one", "one", {"token": "first"})
    (tmp_path / "sub").mkdir()
    two = kubeconfig(tmp_path / "sub" / "two", "two", {"client-certificate": "me.pem", "client-key": "/abs/me.key"})
    paths = f"{one}:{tmp_path / 'missing'}:{two}"
    assert read(paths, "").context == "one"
    chosen = read(paths, "two")
    assert chosen.user == {"client-certificate": str(tmp_path / "sub" / "me.pem"), "client-key": "/abs/me.key"}
    assert chosen.cluster["certificate-authority"] == str(tmp_path / "sub" / "ca.pem")


@pytest.mark.parametrize(
    "content, message",
    [
        ("{", "not valid YAML"),
        ("[]", "not a kubeconfig"),
        ("a: &a [*a]", "no current context"),
        ("current-context: x", 'no context named "x" \\(found: none\\)'),
    ],
)
def test_a_broken_kubeconfig_is_one_clear_error(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "config"
    path.write_text(content)
    with pytest.raises(EngineError, match=message):
        read(str(path), "")


def test_a_broken_kubeconfig_is_not_quoted(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("users:\n- token: canary-in-the-file\n  x: [")
    with pytest.raises(EngineError) as caught:
        read(str(path), "")
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_missing_file_is_named() -> None:
    with pytest.raises(EngineError, match="kubeconfig /nowhere/config: no such file"):
        read("/nowhere/config", "")


def _plugin(path: Path, body: str) -> Path:
    path.write_text(f"#!{sys.executable}\n{body}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_an_exec_plugin_beside_the_kubeconfig_gives_the_token(tmp_path: Path) -> None:
    _plugin(
        tmp_path / "login",
        (
            'print(\'{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", '
            '"status": {"token": "made-by-the-plugin"}}\')'
        ),
    )
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "./login"}}
    path = kubeconfig(tmp_path / "config", "one", user)
    assert Transport(settings_from({"kubeconfig": str(path)}, {})).secrets() == ["made-by-the-plugin"]


def test_a_failing_exec_plugin_is_named_with_its_reason(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    _plugin(tmp_path / "login", "import sys; sys.exit('the session has expired')")
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "./login"}}
    path = kubeconfig(tmp_path / "config", "one", user)
    with pytest.raises(EngineError, match=r"login.*the session has expired"):
        Transport(settings_from({"kubeconfig": str(path)}, {}))
    assert capfd.readouterr() == ("", "")
