"""What replaces a resource, and what of it stays when it is changed in place."""

from localcloud.providers.google.changes import changes
from localcloud.providers.google.schema import laid_over

POOL = "gcp:container/nodePool:NodePool"
CLUSTER = "gcp:container/cluster:Cluster"


def replaced(old: dict[str, object], new: dict[str, object]) -> dict[str, bool]:
    return {path: change.replaces for path, change in changes(POOL, {"nodeConfig": old}, {"nodeConfig": new}).items()}


def test_of_an_object_each_member_says_for_itself_whether_it_replaces() -> None:
    old, new = {"machineType": "e2-small", "spot": False}, {"machineType": "e2-medium", "spot": True}
    assert replaced(old, new) == {"nodeConfig.machineType": False, "nodeConfig.spot": True}


def test_a_list_that_replaces_does_so_with_any_of_its_texts() -> None:
    assert replaced({"oauthScopes": ["a"]}, {"oauthScopes": ["b"]}) == {"nodeConfig.oauthScopes[0]": True}


def test_in_an_object_what_google_computed_stays_and_what_is_no_longer_said_goes() -> None:
    state = {
        "controlPlaneEndpointsConfig": {
            "dnsEndpointConfig": {"endpoint": "x.gke.goog", "allowExternalTraffic": True, "enableK8sTokensViaDns": True}
        },
        "resourceLabels": {"team": "web"},
    }
    former = {
        "controlPlaneEndpointsConfig": {
            "dnsEndpointConfig": {"allowExternalTraffic": True, "enableK8sTokensViaDns": True}
        },
        "resourceLabels": {"team": "web"},
    }
    given = {
        "controlPlaneEndpointsConfig": {"dnsEndpointConfig": {"allowExternalTraffic": False}},
        "resourceLabels": {"cost": "1"},
    }
    assert laid_over(CLUSTER, state, former, given) == {
        "controlPlaneEndpointsConfig": {"dnsEndpointConfig": {"endpoint": "x.gke.goog", "allowExternalTraffic": False}},
        "resourceLabels": {"cost": "1"},
    }
