# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the variables of a host to a complete instance, or to every problem at once."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Mapping

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options import schema
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved, resolve
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.report import problem_text
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.schema import Option
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.values import coerce, nearest

Resolve = Callable[[Mapping[str, object]], Resolved]
OPTIONS = schema.load()
SECRET = "sk-live-0123456789abcdef"


def option(spec_type: str, **spec: object) -> Option:
    return Option("openclaw_sample", "sample", {"type": spec_type, **spec})


# The schema


@pytest.mark.parametrize("name", sorted(OPTIONS))
def test_every_default_passes_its_own_check(name: str, resolved: Resolve) -> None:
    default = OPTIONS[name].default
    if default is None or "{{" in str(default):
        return
    found = resolved({name: default})
    assert found.problems == []
    value = found.values[OPTIONS[name].short]
    if OPTIONS[name].type == "path":
        assert os.path.isabs(str(value))
        assert str(value).endswith(str(default).removeprefix("~"))
    else:
        assert value == default


def test_a_host_without_any_option_is_complete(resolved: Resolve) -> None:
    found = resolved({})
    assert (found.problems, found.warnings) == ([], [])
    assert set(found.values) == {option.short for option in OPTIONS.values()}
    assert (found.values["name"], found.values["namespace"]) == ("support", "support")


def test_the_namespace_follows_the_name(resolved: Resolve) -> None:
    assert resolved({"openclaw_name": "sales"}).values["namespace"] == "sales"


def test_null_and_empty_text_mean_the_default(resolved: Resolve) -> None:
    found = resolved(
        {"openclaw_storage_size": None, "openclaw_storage_class": "", "openclaw_config": "", "openclaw_env": None}
    )
    assert found.problems == []
    assert found.values["storage_size"] == OPTIONS["openclaw_storage_size"].default
    assert (found.values["storage_class"], found.values["config"], found.values["env"]) == (None, {}, {})


@pytest.mark.parametrize("option", ["service_node_port", "service_external_traffic_policy", "route_timeout"])
def test_empty_text_is_no_value_of_any_type(option: str, resolved: Resolve) -> None:
    found = resolved({f"openclaw_{option}": ""})
    assert (found.problems, found.values[option]) == ([], None)


def test_what_one_host_does_to_a_default_no_other_host_sees(resolved: Resolve) -> None:
    first = resolved({}).values
    for value in first.values():
        if isinstance(value, dict):
            value["changed"] = True
        elif isinstance(value, list):
            value.append("changed")
    second = resolved({}).values
    assert "changed" not in str(second)


def test_the_schema_reads_each_role_and_entry_point_once() -> None:
    assert OPTIONS["openclaw_storage_size"].role == "storage"
    assert OPTIONS["openclaw_teardown_confirm"].role == "instance"
    assert OPTIONS["openclaw_secrets"].secret
    assert not OPTIONS["openclaw_env"].secret
    assert {name for name, found in OPTIONS.items() if found.layered} >= {"openclaw_config", "openclaw_env"}


# Names


@pytest.mark.parametrize(
    "name, hint",
    [
        ("openclaw_storage_sise", "is not an option. Did you mean openclaw_storage_size?"),
        ("openclaw_networkpolicy_enable", "is not an option. Did you mean openclaw_networkpolicy_enabled?"),
        ("openclaw_evn", "is not an option. Did you mean openclaw_env?"),
        ("openclaw_envs__10_site", "is not an option. Did you mean openclaw_env__10_site?"),
        ("openclaw_termination__10", "is not an option."),
        ("openclaw_zzz", "is not an option."),
        (
            "openclaw_storage_size__10_site",
            "openclaw_storage_size is not a map, so it has no layers. Set openclaw_storage_size itself.",
        ),
    ],
)
def test_an_unknown_option_is_refused_with_the_nearest_name(name: str, hint: str, resolved: Resolve) -> None:
    assert resolved({name: "x"}).problems == [f"{name}  {hint}"]


def test_variables_of_others_are_left_alone(resolved: Resolve) -> None:
    assert resolved({"ansible_host": object(), "openclawx": 1, "my_openclaw_name": 1}).problems == []


@pytest.mark.parametrize("name", sorted(OPTIONS))
def test_a_typing_slip_finds_its_option(name: str) -> None:
    short = OPTIONS[name].short
    assert nearest(short[:-2] + short[-1] + short[-2], [option.short for option in OPTIONS.values()]) == short


# Types


@pytest.mark.parametrize(
    "spec_type, value, expected",
    [
        ("str", 7, "7"),
        ("bool", "yes", True),
        ("bool", "false", False),
        ("int", "7", 7),
        ("float", "0.5", 0.5),
        ("list", "a,b", ["a", "b"]),
        ("dict", '{"a": 1}', {"a": 1}),
        ("dict", "a=1 b=2", {"a": "1", "b": "2"}),
    ],
)
def test_surveys_and_extra_vars_send_text(spec_type: str, value: object, expected: object) -> None:
    assert coerce(option(spec_type), value) == (expected, None)


@pytest.mark.parametrize(
    "spec_type, value, problem",
    [
        ("str", ["a"], '["a"] is not text. Write it in quotes.'),
        ("str", {"a": 1}, '{"a": 1} is not text. Write it in quotes.'),
        ("str", True, "true is not text. Write it in quotes."),
        ("str", 2026.1, "2026.1 was read as a number, which can lose digits. Write it in quotes."),
        ("bool", "maybe", '"maybe" is not true or false. Write true or false.'),
        ("int", "7d", '"7d" is not a whole number. Write it without quotes or units.'),
        ("float", "half", '"half" is not a number. Write it without quotes or units.'),
        ("list", {"a": 1}, '{"a": 1} is not a list. Write one entry per line, each behind a dash.'),
        ("dict", "text", '"text" is not a map. Write name: value pairs.'),
        ("dict", ["a"], '["a"] is not a map. Write name: value pairs.'),
        ("bool", "x" * 100, f'"{"x" * 58}… is not true or false. Write true or false.'),
    ],
)
def test_a_wrong_type_says_what_to_write(spec_type: str, value: object, problem: str) -> None:
    assert coerce(option(spec_type), value)[1] == problem


def test_a_tag_that_yaml_took_for_a_number_is_refused(resolved: Resolve) -> None:
    """Quotes keep 2026.10 from becoming the image of 2026.1."""
    unquoted, quoted = yaml.safe_load("[2026.10, '2026.10']")
    assert resolved({"openclaw_image_tag": unquoted}).problems == [
        "openclaw_image_tag  2026.1 was read as a number, which can lose digits. Write it in quotes."
    ]
    assert resolved({"openclaw_image_tag": quoted}).values["image_tag"] == "2026.10"


def test_choices_are_listed_with_the_nearest_one() -> None:
    mode = option("str", choices=["readonly", "overwrite", "seed"])
    assert coerce(mode, "read-only")[1] == (
        '"read-only" is not one of readonly, overwrite, seed. Did you mean readonly?'
    )
    assert coerce(mode, "x")[1] == '"x" is not one of readonly, overwrite, seed.'


def test_choices_of_a_list_name_the_wrong_entry() -> None:
    modes = option("list", elements="str", choices=["ReadWriteOnce", "ReadWriteMany"])
    assert coerce(modes, ["ReadWriteOnce", "ReadWriteMony"])[1] == (
        '"ReadWriteMony" is not one of ReadWriteOnce, ReadWriteMany. Did you mean ReadWriteMany?'
    )


def test_each_entry_of_a_list_has_the_form_of_the_option(resolved: Resolve) -> None:
    assert resolved({"openclaw_image_pull_secrets": ["ghcr", "My_Registry"]}).problems == [
        'openclaw_image_pull_secrets  "My_Registry" is not a name of a Kubernetes object: '
        "lower-case letters, digits, dashes and dots only."
    ]


# Names of hosts


def test_a_host_whose_name_cannot_name_objects_is_told_once(resolved: Resolve) -> None:
    problems = resolved({"inventory_hostname": "Support_1"}).problems
    assert len(problems) == 1
    assert problems[0].startswith('openclaw_name  "Support_1" cannot name objects in Kubernetes')
    assert problems[0].endswith("Write support-1. (It is the inventory host's name unless you set it.)")


def test_a_bad_name_beside_a_bad_host_name_is_one_problem(resolved: Resolve) -> None:
    problems = resolved({"inventory_hostname": "Support_1", "openclaw_name": "Sales_1"}).problems
    assert [problem.partition(" cannot")[0] for problem in problems] == ['openclaw_name  "Sales_1"']


def test_a_good_name_makes_any_host_name_good(resolved: Resolve) -> None:
    assert resolved({"inventory_hostname": "Support_1", "openclaw_name": "sales"}).problems == []


# Problems


ALL_WRONG: dict[str, object] = {
    "inventory_hostname": "support",
    "openclaw_storage_sise": "20Gi",
    "openclaw_storage_size": "20GB",
    "openclaw_config_mode": "read-only",
    "openclaw_image_tag": 2026.1,
    "openclaw_config": "{ gateway: { port: 1 }, a: [ }",
    "openclaw_env__10_site": ["TZ"],
    "openclaw_env": {"OPENCLAW_STATE_DIR": "/x", "tz data": "UTC", "VERSION": 1.1},
    "openclaw_secrets": {"API_KEY": SECRET, "OTHER": {"secret": "my keys", "key": "a"}},
    "openclaw_networkpolicy_ingress_namespaces": ["Ingress"],
    "openclaw_namespace_quota": {"requests.cpu": "2 cores"},
    "openclaw_namespace_limit_range": {"defaults": {"cpu": "1"}, "max": {"memory": "1 Gi"}},
    "openclaw_service_annotations": {"prometheus.io/port": 80},
    "openclaw_storage_access_modes": [],
    "openclaw_env_from": {"keys": {"secrets": "my-keys"}},
    "openclaw_timezone": "Berlin time",
    "openclaw_run_as_user": 0,
    "openclaw_container_security_context": {"privileged": True},
    "openclaw_lifecycle": {"prestop": {"exec": {"command": ["true"]}}},
    "openclaw_pod_labels": {"app.kubernetes.io/name": "claw"},
    "openclaw_proxy_url": f"http://claw:{SECRET}@proxy:3128",
    "openclaw_sidecars": {"logs": {"command": ["tail", "-f", "/dev/null"]}},
    "openclaw_volumes": {"media": {"hostPath": {"path": "/srv"}, "mounts": {"openclaw": {"path": "srv"}}}},
}


def test_all_problems_come_at_once_in_one_text(resolved: Resolve, golden_text: Callable[[str, str], None]) -> None:
    golden_text("all-problems", problem_text("support", resolved(ALL_WRONG).problems) + "\n")


def test_one_problem_is_not_many() -> None:
    assert problem_text("support", ["openclaw_x  is not an option."]) == (
        "support: 1 problem in the options, nothing was changed\n  openclaw_x   is not an option."
    )


def test_an_option_with_a_problem_stands_at_its_default_for_the_others(resolved: Resolve) -> None:
    """The rules across options then find only what is wrong beside it."""
    assert len(resolved({"openclaw_memory_limit": "lots", "openclaw_termination_timeout": "soon"}).problems) == 2


def broken(value: object) -> object:
    raise RuntimeError(f"template error while templating string: bad. String: {value}\nand more")


def undefined(value: object) -> object:
    raise RuntimeError(f"'vault_key' is undefined. {value}")


def test_a_failing_template_is_a_problem_of_its_option() -> None:
    assert resolve({"inventory_hostname": "support", "openclaw_storage_size": "{{ x"}, broken).problems == [
        "openclaw_storage_size  cannot be resolved: template error while templating string: bad. String: {{ x"
    ]


# Secrets


WITH_SECRETS: list[dict[str, object]] = [
    {"API_KEY": SECRET},
    {"API_KEY": {"value": [SECRET]}},
    {"API_KEY": {"value": {"a": SECRET}}},
    {"API_KEY": {"valeu": SECRET}},
    {"API_KEY": {"secret": SECRET + "!", "key": "a"}},
    {"API_KEY": {"secret": "a", "key": SECRET + "!"}},
    {"API_KEY": {"secret": "a", "key": "b", "value": SECRET}},
    {"OPENCLAW_GATEWAY_TOKEN": {"value": SECRET}},
    {"API KEY": {"value": SECRET}},
]


@pytest.mark.parametrize("secrets", [*WITH_SECRETS, SECRET, [SECRET], f'{{"A": "{SECRET}"'])
def test_a_problem_never_shows_a_secret(secrets: object, resolved: Resolve) -> None:
    found = resolved({"openclaw_secrets": secrets})
    assert found.problems
    assert SECRET not in str(found.problems)


def test_a_date_among_the_secrets_is_not_shown(resolved: Resolve) -> None:
    found = resolved({"openclaw_secrets": {"PIN": {"value": datetime.date(2026, 1, 2)}}})
    assert found.problems == ["openclaw_secrets  PIN.value: is a date. Put it in quotes to make it text."]


def test_a_failing_template_among_the_secrets_is_not_quoted() -> None:
    variables = {"inventory_hostname": "support", "openclaw_secrets": {"API_KEY": {"value": SECRET + "{{"}}}
    assert resolve(variables, broken).problems == [
        "openclaw_secrets  cannot be resolved: a template fails; its text is hidden. "
        "Tag a value that only looks like a template with !unsafe."
    ]
    assert resolve(variables, undefined).problems == ["openclaw_secrets  cannot be resolved: 'vault_key' is undefined."]


@given(
    st.dictionaries(
        st.sampled_from(["A", "b c", "OPENCLAW_STATE_DIR"]),
        st.recursive(
            st.just(SECRET),
            lambda child: (
                st.lists(child, max_size=2)
                | st.dictionaries(st.sampled_from(["value", "secret", "key", "other"]), child, max_size=3)
            ),
            max_leaves=4,
        ),
    )
)
def test_no_shape_of_the_secrets_shows_a_value(resolved: Resolve, secrets: dict[str, object]) -> None:
    found = resolved({"openclaw_secrets": secrets})
    assert SECRET not in str(found.problems) + str(found.warnings)


# Rules across options


@pytest.mark.parametrize(
    "variables, problem",
    [
        ({"openclaw_env": {"A": [1]}}, "openclaw_env  A: is not text. Write it in quotes."),
        ({"openclaw_env": {"V": 1.1}}, "openclaw_env  V: is not text. Write it in quotes."),
        ({"openclaw_env": {"A\n": "1"}}, "openclaw_env  A\n: is not the name of an environment variable."),
        (
            {"openclaw_env": {"HOME": "/x"}},
            "openclaw_env  HOME: is set by the collection, since it is the folder that the volume is mounted below. "
            "Remove it.",
        ),
        (
            {"openclaw_env": {"K": "1"}, "openclaw_secrets": {"K": {"value": "x"}}},
            "openclaw_env  K: is also in openclaw_secrets. Remove one of the two.",
        ),
        (
            {"openclaw_secrets": {"K": {"value": ""}}},
            "openclaw_secrets  K: the value is empty or not text. Write it in quotes.",
        ),
        (
            {"openclaw_secrets": {"K": {"value": "x", "key": "y"}}},
            "openclaw_secrets  K: write either {value: ...} or {secret: <name>, key: <key>}.",
        ),
        (
            {"openclaw_namespace_quota": {"limits.memory": "8GB"}},
            'openclaw_namespace_quota  limits.memory: "8GB" is not a size in Kubernetes. Write 8Gi.',
        ),
        (
            {"openclaw_namespace_limit_range": {"max": {"cpu": "two"}}},
            'openclaw_namespace_limit_range  max: cpu: "two" is not a number of CPUs in Kubernetes. Write 500m.',
        ),
        (
            {"openclaw_namespace_limit_range": {"max": "2"}},
            "openclaw_namespace_limit_range  max: is not a map of resource to quantity.",
        ),
        (
            {"openclaw_namespace_limit_range": {"defaultRequests": {}}},
            "openclaw_namespace_limit_range  defaultRequests: is not one of default, defaultRequest, min, max. "
            "Did you mean defaultRequest?",
        ),
        (
            {"openclaw_service_account_annotations": {"a/b": True}},
            "openclaw_service_account_annotations  a/b: True is not text. Write it in quotes.",
        ),
    ],
)
def test_a_rule_names_option_entry_and_what_to_write(
    variables: dict[str, object], problem: str, resolved: Resolve
) -> None:
    assert resolved(variables).problems == [problem]


@pytest.mark.parametrize(
    "variables",
    [
        {"openclaw_env": {"A": "1", "B": 2, "C": True}},
        {"openclaw_secrets": {"K": {"value": "x"}, "L": {"secret": "keys", "key": "l"}}},
        {"openclaw_namespace_quota": {"pods": 10, "requests.cpu": "2500m", "limits.memory": "8Gi"}},
        {"openclaw_namespace_limit_range": {"default": {"cpu": 1, "memory": "1Gi"}}},
        {"openclaw_service_annotations": {"prometheus.io/port": "80"}},
    ],
)
def test_what_the_rules_allow(variables: dict[str, object], resolved: Resolve) -> None:
    found = resolved(variables)
    assert (found.problems, found.warnings) == ([], [])


# Warnings


@pytest.mark.parametrize(
    "variables, warning",
    [
        (
            {"openclaw_termination_timeout": "60s"},
            'openclaw_termination_timeout  "60s" is shorter than the 330s the gateway needs to finish running turns.',
        ),
        (
            {"openclaw_memory_limit": "1Gi"},
            'openclaw_memory_limit  "1Gi" is below 1280Mi: the gateway is killed at its first answer.',
        ),
        (
            {"openclaw_memory_limit": "1000M", "openclaw_memory_request": "500M"},
            'openclaw_memory_limit  "1000M" is below 1280Mi: the gateway is killed at its first answer.',
        ),
        (
            {"openclaw_networkpolicy_enabled": False},
            "openclaw_networkpolicy_enabled  is false: the agent can reach everything its node can.",
        ),
    ],
)
def test_what_works_but_is_unwise_is_a_warning(variables: dict[str, object], warning: str, resolved: Resolve) -> None:
    found = resolved(variables)
    assert (found.problems, found.warnings) == ([], [warning])


@pytest.mark.parametrize("variables", [{"openclaw_termination_timeout": "6m"}, {"openclaw_memory_limit": "1280Mi"}])
def test_just_enough_warns_of_nothing(variables: dict[str, object], resolved: Resolve) -> None:
    assert resolved(variables).warnings == []
