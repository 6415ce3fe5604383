"""What Helm values have in common."""

from pulumi import Output
from web_platform.chart_values import disruption_budget, hide_values, merge_values
from web_platform.pods import spread

from tests.recording import declare


def test_mappings_merge_and_everything_else_is_replaced() -> None:
    base = {"a": {"b": 1, "c": [1, 2]}, "d": "x"}
    assert merge_values(base, {"a": {"c": [3], "e": 0}}) == {"a": {"b": 1, "c": [3], "e": 0}, "d": "x"}
    assert merge_values(base, {"a": False}) == {"a": False, "d": "x"}
    assert merge_values({"a": 1}, {"a": {"b": 2}}) == {"a": {"b": 2}}


def test_merging_changes_neither_side() -> None:
    base, override = {"a": {"b": 1}}, {"a": {"c": 2}}
    merge_values(base, override)
    assert (base, override) == ({"a": {"b": 1}}, {"a": {"c": 2}})


def test_only_several_replicas_have_a_disruption_budget() -> None:
    assert disruption_budget(1) == {"enabled": False}
    assert disruption_budget(2) == {"enabled": True, "maxUnavailable": 1}


def test_pods_are_spread_over_nodes_as_a_wish() -> None:
    assert spread({"app": "web"}) == [
        {
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {"app": "web"}},
        }
    ]


def test_every_hidden_value_is_secret_by_itself() -> None:
    secrets: dict[str, bool] = {}

    def program() -> None:
        hidden = hide_values({"a": {"b": 1}, "c": [2]})
        for key, output in (("b", hidden["a"]["b"]), ("c", hidden["c"])):
            Output.all(key, output.is_secret()).apply(lambda known: secrets.update({known[0]: known[1]}))

    declare(program)
    assert secrets == {"b": True, "c": True}
