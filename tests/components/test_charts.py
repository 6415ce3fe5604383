"""Where a chart comes from."""

from pathlib import Path
from typing import Any

import pytest
from web_platform.charts import ChartLocation, ChartSourceArgs, locate_chart, unversioned_fault
from web_platform.errors import Fault

HTTPS = "https://charts.konghq.com"
OCI = "oci://quay.io/jetstack/charts"
MIRROR = "oci://registry.example.com/charts"


@pytest.mark.parametrize(
    ("chart", "repository", "source", "expected"),
    [
        ("ingress", HTTPS, {}, ("ingress", HTTPS, "1.0.0")),
        ("cert-manager", OCI, {}, (f"{OCI}/cert-manager", None, "1.0.0")),
        (f"{OCI}/cert-manager", None, {}, (f"{OCI}/cert-manager", None, "1.0.0")),
        ("./charts/own", None, {}, ("./charts/own", None, None)),
        ("ingress", HTTPS, {"mirror": MIRROR}, (f"{MIRROR}/ingress", None, "1.0.0")),
        ("ingress", HTTPS, {"mirror": f"{MIRROR}/"}, (f"{MIRROR}/ingress", None, "1.0.0")),
        (f"{OCI}/cert-manager", None, {"mirror": MIRROR}, (f"{MIRROR}/cert-manager", None, "1.0.0")),
        ("./charts/own", None, {"mirror": MIRROR}, ("./charts/own", None, None)),
        ("ingress", HTTPS, {"directory": "/d"}, ("/d/ingress", None, None)),
        ("ingress", HTTPS, {"directory": "/d", "mirror": MIRROR}, ("/d/ingress", None, None)),
        ("kibana", HTTPS, {"directory": "/d", "stand_in": "addon"}, ("/d/addon", None, None, "kibana")),
        (f"{OCI}/kibana", None, {"directory": "/d", "stand_in": "addon"}, ("/d/addon", None, None, "kibana")),
        ("ingress", HTTPS, {"directory": "/d", "stand_in": "addon"}, ("/d/ingress", None, None)),
        ("./charts/own", None, {"directory": "/d", "stand_in": "addon"}, ("./charts/own", None, None)),
    ],
)
def test_a_chart_is_found_where_its_source_says(
    chart: str, repository: str | None, source: ChartSourceArgs, expected: tuple[Any, ...]
) -> None:
    folders = {Path("/d/ingress"), Path("/d/addon")}
    assert locate_chart(chart, repository, "1.0.0", source, folders.__contains__) == ChartLocation(*expected)


def test_a_chart_without_a_folder_or_a_stand_in_is_a_fault_that_says_where_to_put_it() -> None:
    fault = locate_chart("kibana", HTTPS, "1.0.0", {"directory": "/d"}, lambda _: False)
    assert isinstance(fault, Fault)
    assert fault.what == "has no folder for the chart 'kibana' in /d"
    assert fault.remedy == "put the chart into /d/kibana, or take charts from another source"


@pytest.mark.parametrize("source", [{}, {"mirror": MIRROR}, {"directory": "/d"}])
def test_a_chart_of_a_registry_without_version_is_a_fault_wherever_it_is_taken_from(source: ChartSourceArgs) -> None:
    fault = locate_chart("ingress", HTTPS, None, source, lambda _: True)
    assert isinstance(fault, Fault)
    assert fault == unversioned_fault("ingress", HTTPS, None)
    assert fault.what == "takes 'ingress' from a registry, but names no version"
    assert unversioned_fault(f"{OCI}/cert-manager", None, None)
    assert unversioned_fault("./charts/own", None, None) is None
