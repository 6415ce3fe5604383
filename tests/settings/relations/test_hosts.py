"""Hosts of services: in domains that the stack knows of, and such that the authority certifies them."""

from typing import Any

import pytest

from settings import PROJECT, SettingsError, parse
from tests.settings.stack_files import GOOGLE, IMAGE, LEAST, only_problem, refusal, shop

LETS_ENCRYPT = {"certificates": {"authority": "letsEncrypt", "email": "platform@acme.com"}}


def on(host: str) -> dict[str, Any]:
    return {"services": {"shop": {"image": IMAGE, "replicas": 2, "host": host}}}


@pytest.mark.parametrize("host", ["example.com", "shop.example.com", "*.shop.example.com", "www.acme.dev"])
def test_a_host_is_in_a_domain_that_the_stack_knows_of(host: str) -> None:
    assert parse(LEAST | {"otherDomains": ["acme.dev"]} | on(host), "test").host("shop") == host


@pytest.mark.parametrize("host", ["shop.example.org", "notexample.com", "*.com"])
def test_any_other_host_is_refused_with_its_remedy(host: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse(LEAST | on(host), "test")
    message = str(refused.value)
    assert f'web-platform:services.shop.host ("{host}") is ' in message
    assert "Danger:" in message
    assert "Remedy:" in message


def test_what_is_no_list_of_domains_is_told_once() -> None:
    with pytest.raises(SettingsError, match=r"web-platform:otherDomains \(\"acme.dev\"\) is not a list"):
        parse(LEAST | {"otherDomains": "acme.dev"} | on("shop.example.com"), "test")


@pytest.mark.parametrize(
    ("stack", "refused"),
    [
        (GOOGLE | LETS_ENCRYPT | on("*.shop.example.com"), False),
        (GOOGLE | LETS_ENCRYPT | on("*.acme.dev") | {"otherDomains": ["acme.dev"]}, True),
        (LEAST | LETS_ENCRYPT | on("*.shop.example.com"), True),
        (LEAST | on("*.shop.example.com"), False),
        (LEAST | {"certificates": {"authority": "privateCa"}} | on("*.shop.example.com"), False),
    ],
)
def test_lets_encrypt_certifies_wildcards_where_cert_manager_may_change_dns(
    stack: dict[str, Any], refused: bool
) -> None:
    if not refused:
        assert parse(stack, "test").hosts()
        return
    with pytest.raises(SettingsError, match=r"host .* is a wildcard, which Let's Encrypt certifies by DNS01 only"):
        parse(stack, "test")


@pytest.mark.parametrize(
    ("certificates", "message"),
    [
        ({"authority": "letsEncrypt"}, "web-platform:certificates.email is missing"),
        ({"authority": "letsEncrypt", "email": "platform"}, "web-platform:certificates.email is 'platform', which is"),
        (
            {"email": "platform@acme.com"},
            "web-platform:certificates.email is given, though",
        ),
        ({"authority": "letsencrypt"}, "web-platform:certificates.authority .* is not 'selfSigned'"),
    ],
)
def test_an_authority_has_what_it_asks_for_and_nothing_else(certificates: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        parse(LEAST | {"services": {}, "certificates": certificates}, "test")


@pytest.mark.parametrize(
    ("gateway", "message"),
    [
        ({"replicas": 3, "maximumReplicas": 2}, "web-platform:gateway.maximumReplicas is 2, fewer than the 3"),
        ({"maximumRequestMegabytes": 0}, "web-platform:gateway.maximumRequestMegabytes is 0"),
        ({"trustedProxies": ["0.0.0.0/0"]}, "web-platform:gateway.trustedProxies has '0.0.0.0/0'"),
        ({"plugins": {"key-auth": {}}}, "web-platform:gateway.plugins.key-auth would apply to every request"),
        ({"plugins": {"cors": {}}}, "web-platform:gateway.plugins.cors.origins is missing"),
    ],
)
def test_what_the_gateway_would_refuse_is_told_before_anything_is_made(gateway: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        parse(LEAST | {"services": {}, "gateway": gateway}, "test")


def test_a_host_outside_of_every_domain_is_told_in_full() -> None:
    with pytest.raises(SettingsError) as refused:
        parse(LEAST | {"otherDomains": ["acme.dev"]} | on("*.shop.example.org"), "test")
    assert str(refused.value) == (
        "Pulumi.test.yaml has a problem. Nothing was created or changed.\n\n"
        'web-platform:services.shop.host ("*.shop.example.org") is in none of this stack\'s domains: '
        "example.com, acme.dev\n"
        "  Danger: no name server would lead it to the gateway, and no certificate could be issued for it\n"
        "  Remedy: correct it, or add its domain to `otherDomains` where somebody else keeps that domain's DNS"
    )


def test_of_a_stack_without_a_domain_only_that_is_told() -> None:
    with pytest.raises(SettingsError, match=r"has a problem\.(.|\n)*\nweb-platform:domain is missing"):
        parse({key: value for key, value in LEAST.items() if key != "domain"} | on("shop.example.com"), "test")


def test_hosts_of_tenants_are_in_domains_that_the_stack_knows_of() -> None:
    tenants = {"orders": {"hosts": ["orders.example.com", "orders.acme.dev"]}}
    read = parse(LEAST | {"tenants": tenants, "otherDomains": ["acme.dev"]}, "test")
    assert read.hosts() == ["orders.acme.dev", "orders.example.com", "shop.example.com"]
    problem, _ = only_problem(refusal(LEAST | {"tenants": tenants}))
    assert problem == (
        f'{PROJECT}:tenants.orders.hosts[1] ("orders.acme.dev") is in none of this stack\'s domains: example.com'
    )


def test_a_host_of_services_and_tenants_is_there_once() -> None:
    tenants = {"orders": {"hosts": ["shop.example.com"]}, "apps": {"hosts": ["shop.example.com"]}}
    assert parse(LEAST | {"tenants": tenants}, "test").hosts() == ["shop.example.com"]


@pytest.mark.parametrize("host", ["a b.c", "1.2.3.4", "example", "*.*.example.com"])
def test_hosts_of_tenants_are_such(host: str) -> None:
    assert f"{PROJECT}:tenants.orders.hosts.0" in refusal(LEAST | {"tenants": {"orders": {"hosts": [host]}}})


def test_wildcards_of_tenants_are_certified_where_those_of_services_are() -> None:
    wildcard = {"tenants": {"orders": {"hosts": ["*.orders.example.com"]}}}
    assert parse(GOOGLE | LETS_ENCRYPT | wildcard, "test").hosts()
    problem, _ = only_problem(refusal(LEAST | LETS_ENCRYPT | wildcard))
    assert problem.startswith(f'{PROJECT}:tenants.orders.hosts[0] ("*.orders.example.com") is a wildcard')


def test_a_service_that_is_not_public_has_no_host() -> None:
    services = {"shop": {"image": IMAGE, "public": False}, "pages": {"image": IMAGE, "host": "shop.example.com"}}
    read = parse(LEAST | {"services": services}, "test")
    assert read.public_services() == ["pages"]
    assert read.hosts() == ["shop.example.com"]


@pytest.mark.parametrize(
    ("changes", "given"),
    [
        ({"host": "shop.example.com"}, "`host`"),
        ({"path": "/api"}, "`path`"),
        ({"plugins": {"cors": {"origins": ["*"]}}}, "`plugins`"),
        ({"host": "shop.example.com", "path": "/api"}, "`host` and `path`"),
    ],
)
def test_a_service_that_is_not_public_says_nothing_of_requests_from_outside(
    changes: dict[str, Any], given: str
) -> None:
    problem, remedy = only_problem(refusal(shop(public=False, **changes)))
    assert problem == f"{PROJECT}:services.shop.public is false, though {given} is given"
    assert remedy == f"  Remedy: remove {given}, or set it to true"


def test_a_stack_hides_a_service_by_taking_back_what_all_stacks_say_of_its_route() -> None:
    taken_back: dict[str, Any] = {"public": False, "host": None, "path": "/", "plugins": {}, "consumers": []}
    assert parse(shop(**taken_back), "test").public_services() == []


def test_every_host_is_named_once() -> None:
    services = {
        "b": {"image": IMAGE, "host": "a.example.com"},
        "c": {"image": IMAGE, "host": "a.example.com", "path": "/c"},
        "d": {"image": IMAGE},
    }
    assert parse(LEAST | {"services": services}, "test").hosts() == ["a.example.com", "d.example.com"]
