"""The syntax of names, hosts, paths, images and quantities."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from web_platform import Fault
from web_platform.syntax import (
    chart_version_fault,
    cpu_fault,
    environment_name_fault,
    host_fault,
    image_fault,
    memory_fault,
    namespace_fault,
    path_fault,
    probe_path_fault,
    quantity_of,
    release_name_fault,
    service_name_fault,
)

DIGEST = "sha256:" + "0123456789abcdef" * 4
Check = Callable[[str], Fault | None]

ACCEPTED: dict[Check, list[str]] = {
    service_name_fault: ["a", "web-shop", "v2", "a" * 46],
    release_name_fault: ["a", "0-cache", "kibana", "a" * 53],
    namespace_fault: ["kube-system", "0", "a" * 63],
    host_fault: [
        "dev.localhost",
        "shop.example.com",
        "1.2.3.4.nip.io",
        "xn--bcher-kva.example",
        "a.b.c.d",
        f"{'a' * 63}.de",
    ],
    path_fault: ["/", "/api", "/api/v1.2", "/u~ser", "/a-b_c"],
    probe_path_fault: ["/", "/healthz", "/~self", "/api/v1.2/ready"],
    image_fault: [
        "kong:3.9.3",
        "ghcr.io/acme/shop:1.4.2",
        "localhost:5000/shop:dev",
        f"ghcr.io/acme/shop@{DIGEST}",
        f"ghcr.io/acme/shop:latest@{DIGEST}",
        "ghcr.io/acme/shop:RC1",
        "europe-west1-docker.pkg.dev/acme/images/web__shop:v1",
    ],
    chart_version_fault: ["1.4.2", "v1.21.2", "0.0.0", "10.20.30", "1.0.0-rc.1", "1.0.0+build.7", "1.0.0-a-b.2+c"],
    environment_name_fault: ["A", "_a", "LOG_LEVEL", "x9"],
    cpu_fault: ["1", "0.5", "250m", "1m"],
    memory_fault: ["4Mi", "128Mi", "1Gi", "0.5Gi", "64M", "134217728"],
}

REFUSED: dict[Check, list[str]] = {
    service_name_fault: ["", "Shop", "9lives", "shop-", "-shop", "web_shop", "web.shop", "a" * 47, "shop\n"],
    release_name_fault: ["", "Kibana", "kibana.logs", "a" * 54],
    namespace_fault: ["", "Shop", "shop_eu", "a" * 64],
    host_fault: [
        "",
        "localhost",
        "Shop.example.com",
        "*.example.com",
        "a..b",
        "a.b.",
        "https://a.b",
        "a.b:80",
        "a b.c",
        "1.2.3.4",
    ],
    path_fault: ["", "api", "/api/", "//", "/a b", "/a?b", "/a#b", "/~^/x", "/a/../b", "/./a"],
    probe_path_fault: ["", "healthz", "/healthz/", "//", "/a b", "/a?b", "/a/../b"],
    image_fault: [
        "",
        "kong",
        "localhost:5000/shop",
        "kong:latest",
        "Kong:3.9.3",
        "Acme/shop:1.4.2",
        "GHCR.io/acme/shop:1.4.2",
        "ghcr.io/acme/Shop:1.4.2",
        f"ghcr.io/Acme/shop@{DIGEST}",
        "kong:",
        "kong:3 9",
        "https://ghcr.io/acme/shop:1",
        "ghcr.io/acme/shop@sha256:123",
    ],
    chart_version_fault: [
        "",
        "*",
        "8",
        "1.2",
        "1.x",
        "1.2.x",
        "latest",
        "stable",
        "^1.0.0",
        ">=1.0.0",
        "1.0.0 - 2.0.0",
        "1.0.0 || 2.0.0",
        "V1.0.0",
        "1.2.3.4",
        "01.2.3",
        "1.2.3-",
        "1.2.3\n",
    ],
    environment_name_fault: ["", "9A", "LOG-LEVEL", "A.B", "A B"],
    cpu_fault: ["", "0", "0m", "-1", "1Gi", "0.0001", "one", "1 ", "٣m"],
    memory_fault: ["", "0", "128", "128m", "64k", "1GB", "-1Gi", "much", "1 Gi", "٣Mi"],
}


@pytest.mark.parametrize(("check", "value"), [(check, value) for check, values in ACCEPTED.items() for value in values])
def test_what_kubernetes_accepts_is_accepted(check: Check, value: str) -> None:
    assert check(value) is None


@pytest.mark.parametrize(("check", "value"), [(check, value) for check, values in REFUSED.items() for value in values])
def test_what_would_not_work_is_refused_with_danger_and_remedy(check: Check, value: str) -> None:
    fault = check(value)
    assert fault is not None
    assert all(fault), "each fault says what is wrong, the danger and the remedy"


def test_an_image_in_upper_case_is_answered_with_it_in_lower_case() -> None:
    fault = image_fault("ghcr.io/Acme/shop:RC1")
    assert fault is not None
    assert fault.remedy == "write 'ghcr.io/acme/shop' before the tag or digest"


def test_a_probes_path_has_nothing_to_do_with_the_gateway() -> None:
    fault = probe_path_fault("healthz")
    assert fault is not None
    assert "gateway" not in " ".join(fault)


def test_quantities_are_read_as_kubernetes_reads_them() -> None:
    numbers = {"1": 1, "1.5": Decimal("1.5"), "250m": Decimal("0.25"), "2k": 2000, "1Ki": 1024, "1Gi": 2**30}
    assert {quantity: quantity_of(quantity) for quantity in numbers} == numbers
    assert quantity_of("1 Gi") is None
