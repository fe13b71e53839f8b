# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A registry is asked as it wants to be asked, never believed too much, and never shown a login that is not its own."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import registry as registry_module
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.errors import EngineError
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.registry import NoAnswer, Refused, Registry
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.registry_login import (
    Challenge,
    Image,
    Login,
    login_for,
)
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.retry import RetryPolicy
from ansible_collections.openclaw.kubernetes.tests.integration.support.authority import Authority
from ansible_collections.openclaw.kubernetes.tests.integration.support.image_registry import (
    ImageRegistry,
    serving,
)

KIM = Login("kim", "s3cret")
AT_ONCE = RetryPolicy(budget=1.0, connect_budget=0.0, sleep=lambda _seconds: None)


def asked(server: ImageRegistry, login: Login | None = None, **options: Any) -> Registry:
    return Registry(Image.parse(server.image), login, policy=AT_ONCE, timeout=(2.0, 5.0), **options)


# -- references ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, host, repository, reference",
    [
        ("ghcr.io/openclaw/openclaw:2026.9.6", "ghcr.io", "openclaw/openclaw", "2026.9.6"),
        ("openclaw/openclaw:2026.9.6-slim", "registry-1.docker.io", "openclaw/openclaw", "2026.9.6-slim"),
        ("docker.io/node", "registry-1.docker.io", "library/node", "latest"),
        ("localhost/claw", "localhost", "claw", "latest"),
        ("registry:5000/a/b", "registry:5000", "a/b", "latest"),
        (f"ghcr.io/a/b:1@sha256:{'0' * 64}", "ghcr.io", "a/b", f"sha256:{'0' * 64}"),
        (f"ghcr.io/a/b@sha256:{'0' * 64}", "ghcr.io", "a/b", f"sha256:{'0' * 64}"),
    ],
)
def test_a_reference_is_read_as_the_kubelet_reads_it(text: str, host: str, repository: str, reference: str) -> None:
    image = Image.parse(text)
    assert (image.host, image.repository, image.reference) == (host, repository, reference)


# -- tags ----------------------------------------------------------------------------------------------------------


def test_all_pages_of_the_tags_are_read() -> None:
    with serving(ImageRegistry(tags=[f"2026.9.{day}" for day in range(10)], page=3)) as server:
        assert asked(server).tags() == server.tags
    assert len(server.requests) == 4


def test_a_list_that_goes_on_at_another_host_is_not_followed() -> None:
    with (
        serving(ImageRegistry(tags=["1", "2"], page=1, next_at="http://127.0.0.2:1")) as server,
        pytest.raises(EngineError, match=r"goes on at 127\.0\.0\.2, which is not asked"),
    ):
        asked(server).tags()


def test_a_list_that_goes_round_in_circles_ends() -> None:
    with serving(ImageRegistry(tags=["1", "2"], page=1)) as server:
        # What comes after "1" is always its first successor.
        server.tags = ["1", "2", "1", "3"]
        assert asked(server).tags() == ["1", "2"]


def test_pages_without_an_end_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_module, "_MOST_PAGES", 3)
    with (
        serving(ImageRegistry(tags=[str(number) for number in range(9)], page=1)) as server,
        pytest.raises(EngineError, match="more than 3 pages"),
    ):
        asked(server).tags()


def test_an_answer_without_an_end_is_cut_off() -> None:
    with serving(ImageRegistry(tags=["1"], huge=True)) as server, pytest.raises(EngineError, match="more than 4 MiB"):
        asked(server).tags()


def test_a_repository_without_tags_has_none() -> None:
    with serving(ImageRegistry()) as server:
        assert asked(server).tags() == []


def test_a_repository_that_is_not_there_is_no_empty_one() -> None:
    with serving(ImageRegistry()) as server:
        image = Image.parse(f"{server.host}/other/claw")
        with pytest.raises(EngineError, match="the registry has no such repository"):
            Registry(image, policy=AT_ONCE).tags()


# -- digests -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("habits", [{}, {"says_digest": False}, {"answers_head": False}])
def test_a_tag_has_a_digest_whatever_the_habits_of_the_registry(habits: dict[str, bool]) -> None:
    with serving(ImageRegistry(tags=["2026.9.6"], **habits)) as server:  # type: ignore[arg-type]
        assert asked(server).digest("2026.9.6") == server.digest("2026.9.6")


def test_what_the_registry_does_not_have_is_no_error() -> None:
    with serving(ImageRegistry(tags=["2026.9.6"])) as server:
        assert asked(server).digest("2026.9.7") is None
        assert asked(server).digest("sha256:" + "0" * 64) is None


def test_a_digest_that_names_something_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = "sha256:" + "1" * 64
    with (
        serving(ImageRegistry(tags=[wanted])) as server,
        pytest.raises(EngineError, match=f"what the registry has as {wanted} is {server.digest(wanted)}"),
    ):
        asked(server).digest(wanted)


# -- logins --------------------------------------------------------------------------------------------------------


def test_a_token_is_asked_for_without_a_login() -> None:
    with serving(ImageRegistry(tags=["1"], auth="bearer")) as server:
        assert asked(server).tags() == ["1"]


def test_a_token_is_asked_for_with_a_login() -> None:
    with serving(ImageRegistry(tags=["1"], auth="bearer", login="kim:s3cret")) as server:
        assert asked(server, KIM).tags() == ["1"]


def test_a_token_is_asked_for_with_an_identity_token() -> None:
    with serving(ImageRegistry(tags=["1"], auth="bearer", login="nobody:knows", identity="id")) as server:
        assert asked(server, Login(identity="id")).tags() == ["1"]


def test_a_token_that_expires_between_pages_is_replaced() -> None:
    with serving(ImageRegistry(tags=["1", "2", "3"], page=1, auth="bearer", lives=2)) as server:
        assert asked(server).tags() == ["1", "2", "3"]
    assert len([token for token in server.issued if token.startswith("token-")]) == 2


def test_a_registry_may_want_the_login_itself() -> None:
    with serving(ImageRegistry(tags=["1"], auth="basic", login="kim:s3cret")) as server:
        assert asked(server, KIM).tags() == ["1"]
    # Not before it was asked for.
    assert server.shown[0] == ""


@pytest.mark.parametrize(
    "login, said",
    [
        (None, "asks for a login, and no pull secret has one for openclaw/openclaw"),
        (Login("kim", "wrong"), "refuses the login of the pull secret for openclaw/openclaw"),
    ],
)
@pytest.mark.parametrize("auth", ["basic", "bearer"])
def test_who_is_not_let_in_is_told_what_is_missing(auth: str, login: Login | None, said: str) -> None:
    with (
        serving(ImageRegistry(tags=["1"], auth=auth, login="kim:s3cret")) as server,
        pytest.raises(Refused) as caught,
    ):
        asked(server, login).tags()
    assert caught.value.text == f"127.0.0.1: {said}".replace("127.0.0.1", server.host)
    assert "wrong" not in caught.value.text


def test_nobody_gets_a_login_without_encryption() -> None:
    with (
        serving(ImageRegistry(tags=["1"], auth="bearer", realm="http://192.0.2.1/token")) as server,
        pytest.raises(EngineError, match="which is not encrypted"),
    ):
        asked(server, KIM).tags()


def test_another_place_is_not_shown_what_the_registry_was() -> None:
    with serving(ImageRegistry(tags=["1"])) as other:
        moved = ImageRegistry(tags=["1"], auth="basic", login="kim:s3cret", elsewhere=f"http://127.0.0.1:{other.port}")
        with serving(moved) as server:
            found = asked(server, KIM)
            found._authorization = KIM.basic
            assert found.digest("1") == other.digest("1")
    assert server.shown == [KIM.basic]
    assert other.shown == [""]


# -- faults --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_fault_is_not_seen(status: int) -> None:
    with serving(ImageRegistry(tags=["1"], broken=[status, status])) as server:
        assert asked(server).tags() == ["1"]


def test_a_fault_that_stays_says_nothing_about_the_image() -> None:
    with serving(ImageRegistry(tags=["1"], broken=[503] * 1000)) as server:
        policy = RetryPolicy(budget=0.0)
        with pytest.raises(NoAnswer, match="answers 503 when asked for 1 of"):
            Registry(Image.parse(server.image), policy=policy).digest("1")


def test_nobody_there_says_nothing_about_the_image() -> None:
    with pytest.raises(NoAnswer, match=r"127\.0\.0\.1: cannot be asked: .*refused"):
        Registry(Image.parse("127.0.0.1:1/a/b"), policy=AT_ONCE).digest("1")


# -- encryption ----------------------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, str]:
    """A file with a certificate and its key, and one with the authority that signed it."""
    authority = Authority()
    signed = authority.sign("localhost")
    pair, ca = tmp_path / "pair.pem", tmp_path / "ca.pem"
    pair.write_text(signed.certificate + signed.key)
    ca.write_text(authority.certificate)
    return pair, str(ca)


def test_an_authority_of_ones_own_is_believed(files: tuple[Path, str]) -> None:
    pair, ca = files
    with serving(ImageRegistry(tags=["1"], auth="bearer", login="kim:s3cret"), pair) as server:
        assert asked(server, KIM, ca_file=ca).tags() == ["1"]


def test_a_certificate_of_nobody_known_is_not(files: tuple[Path, str], tmp_path: Path) -> None:
    pair, _ca = files
    other = tmp_path / "other.pem"
    other.write_text(Authority().certificate)
    with (
        serving(ImageRegistry(tags=["1"]), pair) as server,
        pytest.raises(NoAnswer, match=r"cannot be asked: .*certificate"),
    ):
        asked(server, ca_file=str(other)).tags()
    assert server.requests == []


def test_a_file_without_authorities_is_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "none.pem")
    with pytest.raises(EngineError, match="holds no certificate authorities that can be read"):
        Registry(Image.parse("ghcr.io/a/b"), ca_file=missing)


# -- pull secrets --------------------------------------------------------------------------------------------------


def secret(auths: dict[str, Any], key: str = ".dockerconfigjson") -> dict[str, str]:
    content = {"auths": auths} if key == ".dockerconfigjson" else auths
    return {key: b64encode(json.dumps(content).encode()).decode()}


def entry(pair: str) -> dict[str, str]:
    return {"auth": b64encode(pair.encode()).decode()}


@pytest.mark.parametrize(
    "place, image, fits",
    [
        ("ghcr.io", "ghcr.io/openclaw/openclaw", True),
        ("https://ghcr.io", "ghcr.io/openclaw/openclaw", True),
        ("https://index.docker.io/v1/", "openclaw/openclaw", True),
        ("docker.io", "openclaw/openclaw", True),
        ("ghcr.io/openclaw", "ghcr.io/openclaw/openclaw", True),
        ("ghcr.io/open", "ghcr.io/openclaw/openclaw", False),
        ("ghcr.io:443", "ghcr.io/openclaw/openclaw", False),
        ("quay.io", "ghcr.io/openclaw/openclaw", False),
    ],
)
def test_a_login_is_for_its_registry_alone(place: str, image: str, fits: bool) -> None:
    found = login_for(Image.parse(image), [secret({place: entry("kim:s3cret")})])
    assert (found == KIM) is fits


def test_the_longest_path_wins_and_then_the_first_secret() -> None:
    image = Image.parse("ghcr.io/openclaw/openclaw")
    wide, narrow = secret({"ghcr.io": entry("wide:1")}), secret({"ghcr.io/openclaw": entry("narrow:2")}, ".dockercfg")
    assert login_for(image, [wide, narrow]) == Login("narrow", "2")
    assert login_for(image, [wide, secret({"ghcr.io": entry("late:3")})]) == Login("wide", "1")


@pytest.mark.parametrize("data", [{}, {".dockerconfigjson": "!"}, {".dockerconfigjson": b64encode(b"[1]").decode()}])
def test_a_secret_without_a_login_has_none(data: dict[str, str]) -> None:
    assert login_for(Image.parse("ghcr.io/a/b"), [data]) is None


def test_a_login_does_not_show_itself() -> None:
    assert "s3cret" not in repr(KIM)
    assert "s3cret" in KIM.secrets


def test_a_challenge_may_quote_commas() -> None:
    challenge = Challenge.parse('Bearer realm="https://a/t",service="a, b",scope="repository:x:pull,push"')
    assert challenge == Challenge(
        "bearer", {"realm": "https://a/t", "service": "a, b", "scope": "repository:x:pull,push"}
    )
