"""Where a service's pods may connect to."""

import pytest
from web_platform.egress import cidr_fault


@pytest.mark.parametrize("cidr", ["10.16.0.3/32", "10.0.0.0/8", "0.0.0.0/0"])
def test_a_range_of_addresses_is_accepted(cidr: str) -> None:
    assert cidr_fault(cidr) is None


@pytest.mark.parametrize("cidr", ["10.16.0.3", "10.16.0.3/24", "10.16.0/24", "10.16.0.3/33", "fd00::/8", "sql", ""])
def test_what_the_api_server_would_refuse_or_read_otherwise_is_refused(cidr: str) -> None:
    fault = cidr_fault(cidr)
    assert fault is not None
    assert fault.what == f"is {cidr!r}, which is no range of IPv4 addresses"
