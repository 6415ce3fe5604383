"""The policy pack on the real engine: the project keeps its own rules, and nothing that breaks one is made."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from policy.__main__ import RULES
from tests.engine.conftest import Pulumi
from tests.engine.project import REPOSITORY, Project

Completed = subprocess.CompletedProcess

# A resource for each rule, called as the rule is, that breaks it.
BROKEN = """
import pulumi
import pulumi_gcp
import pulumi_kubernetes

google = pulumi.ResourceOptions(provider=pulumi_gcp.Provider("google", project="example-prod"))
cluster = pulumi.ResourceOptions(provider=pulumi_kubernetes.Provider("files", render_yaml_to_directory="files"))


def on_google(rule, type_, **properties):
    pulumi.CustomResource(f"gcp:{type_}", rule, properties, google)


def in_cluster(rule, version, kind, **content):
    metadata = {"name": rule, "namespace": "shop"} | content.pop("metadata", {})
    group = "core/v1" if version == "v1" else version
    inputs = {"apiVersion": version, "kind": kind, "metadata": metadata, **content}
    pulumi.CustomResource(f"kubernetes:{group}:{kind}", rule, inputs, cluster)


def deployment(rule, container, **pod):
    safe = {
        "allowPrivilegeEscalation": False,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    size = {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}}
    main = {"name": "main", "image": "nginx:1.29.3", "resources": size, "securityContext": safe} | container
    labels = {"app.kubernetes.io/name": rule, "app.kubernetes.io/managed-by": "pulumi"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [main], **pod}}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    in_cluster(rule, "apps/v1", "Deployment", metadata={"labels": labels}, spec=spec)


closed = {"privateClusterConfig": {"enablePrivateNodes": True}, "workloadIdentityConfig": {"workloadPool": "p"}}
place = {"location": "europe-west1-b", "name": "one"}
shielded = {"shieldedInstanceConfig": {"enableSecureBoot": True}}
metadata = {"workloadMetadataConfig": {"mode": "GKE_METADATA"}}
account = {"serviceAccount": "nodes@example-prod.iam.gserviceaccount.com"}
open_ = closed | {"privateClusterConfig": {"enablePrivateNodes": False}}
on_google("private-nodes", "container/cluster:Cluster", **place, initialNodeCount=1, **open_)
on_google("no-old-logins", "container/cluster:Cluster", **place, initialNodeCount=1, **closed, enableLegacyAbac=True)
pool = {"cluster": "one", "location": "europe-west1-b"}
on_google("workload-identity", "container/nodePool:NodePool", **pool, nodeConfig={**shielded, **account})
on_google("shielded-nodes", "container/nodePool:NodePool", **pool, nodeConfig={**metadata, **account})
on_google("node-account", "container/nodePool:NodePool", **pool, nodeConfig={**metadata, **shielded})


def instance(rule, ip, **settings):
    ip = {"ipv4Enabled": False, "sslMode": "ENCRYPTED_ONLY", "privateNetwork": "n"} | ip
    kept = {"deletionProtectionEnabled": True, "backupConfiguration": {"enabled": True}}
    settings = {"ipConfiguration": ip, "tier": "db-f1-micro", "edition": "ENTERPRISE", **kept, **settings}
    version = {"databaseVersion": "POSTGRES_17", "region": "europe-west1"}
    on_google(rule, "sql/databaseInstance:DatabaseInstance", **version, settings=settings)


instance("no-public-sql", {"ipv4Enabled": True})
instance("encrypted-sql", {"sslMode": "ALLOW_UNENCRYPTED_AND_ENCRYPTED"})
instance("sql-backups", {}, backupConfiguration={"enabled": False})
bucket = {"location": "EU", "uniformBucketLevelAccess": True, "publicAccessPrevention": "enforced"}
on_google("deletion-protection", "storage/bucket:Bucket", **bucket, name="one", forceDestroy=True)
on_google("private-buckets", "storage/bucket:Bucket", location="EU", name="two")
allows = {"allows": [{"protocol": "tcp", "ports": ["22"]}], "network": "n"}
on_google("no-open-firewall", "compute/firewall:Firewall", **allows, sourceRanges=["0.0.0.0/0"])
on_google("no-keys", "serviceaccount/key:Key", serviceAccountId="one")
editor = {"role": "roles/editor", "member": "user:a@example.org", "project": "example-prod"}
on_google("no-basic-roles", "projects/iAMMember:IAMMember", **editor)
everybody = {"role": "roles/storage.objectViewer", "member": "allUsers"}
on_google("no-public-access", "storage/bucketIAMMember:BucketIAMMember", bucket="b", **everybody)

deployment("no-latest", {"image": "nginx:latest"})
deployment("limits", {"resources": {}})
deployment("no-plain-secrets", {"env": [{"name": "PGPASSWORD", "value": "s3cret-value"}]})
deployment("restricted-pods", {}, hostNetwork=True)
managed = {"app.kubernetes.io/managed-by": "pulumi"}
in_cluster("declared-namespaces", "v1", "Namespace", metadata={"labels": managed, "namespace": None})
for rule, standard in {"privileged-namespaces": "privileged", "restricted-namespaces": "baseline"}.items():
    labelled = managed | {"pod-security.kubernetes.io/enforce": standard}
    in_cluster(rule, "v1", "Namespace", metadata={"labels": labelled, "namespace": None})
everything = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
rbac = "rbac.authorization.k8s.io/v1"
in_cluster("no-cluster-admin", rbac, "ClusterRoleBinding", metadata={"namespace": None}, roleRef=everything)
labels = managed | {"app.kubernetes.io/name": "one"}
balanced = {"type": "LoadBalancer", "ports": [{"port": 80}]}
in_cluster("one-gateway", "v1", "Service", metadata={"labels": labels}, spec=balanced)


def ingress(rule, annotations, **spec):
    spec = {"ingressClassName": "kong", **spec}
    annotated = {"labels": labels, "annotations": {"konghq.com/protocols": "https"} | annotations}
    in_cluster(rule, "networking.k8s.io/v1", "Ingress", metadata=annotated, spec=spec)


backend = {"service": {"name": "one-gateway", "port": {"number": 80}}}
ingress("only-tls", {"konghq.com/protocols": "http,https"}, defaultBackend=backend)
ingress("plugins", {"konghq.com/plugins": "absent"}, defaultBackend=backend)
paths = {"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
ingress("tls", {}, rules=[{"host": "one.example.com", **paths}])
on_google("names", "pubsub/topic:Topic", name="one", deletionPolicy="PREVENT")
on_google("names-dev", "pubsub/topic:Topic", name="two", deletionPolicy="PREVENT")
in_cluster("labels", "v1", "Service", spec={"ports": [{"port": 80}]})
"""

BUCKET = """
import pulumi
import pulumi_gcp as gcp

google = pulumi.ResourceOptions(provider=gcp.Provider("google", project="example-prod"))
api = gcp.projects.Service("api", service="storage.googleapis.com", disable_on_destroy=False, opts=google)
gcp.storage.Bucket("files", location="EU", name="example-files", force_destroy=True, opts=pulumi.ResourceOptions.merge(
    google, pulumi.ResourceOptions(depends_on=[api])
))
"""


# Beside all else of a stack whose cluster is not there yet: a pod, a route and charts, in a namespace without a name.
ASKED_FOR = """
def asked_for(name, type_, **inputs):
    metadata = {"name": name, "namespace": services_namespace} | inputs.pop("metadata", {})
    at = {} if "chart" in inputs else {"metadata": metadata}
    pulumi.CustomResource(f"kubernetes:{type_}", name, at | inputs, ResourceOptions(provider=platform.kubernetes))


labels = {"app.kubernetes.io/name": "one", "app.kubernetes.io/managed-by": "pulumi"}
safe = {
    "allowPrivilegeEscalation": False,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
size = {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}}
main = {"name": "main", "image": "nginx:1.29.3", "resources": size, "securityContext": safe}
spec = {"hostNetwork": True, "containers": [main]}
asked_for("sees-its-node", "core/v1:Pod", metadata={"labels": labels}, spec=spec)
annotations = {"konghq.com/protocols": "https", "konghq.com/plugins": "absent"}
asked_for(
    "aside",
    "networking.k8s.io/v1:Ingress",
    metadata={"labels": labels, "annotations": annotations},
    spec={"ingressClassName": "kong", "defaultBackend": {"service": {"name": "hello", "port": {"number": 80}}}},
)
chart = {"chart": "oci://registry.example.com/charts/one", "version": "1.0.0", "namespace": services_namespace}
asked_for("open", "helm.sh/v3:Release", **chart, values={"password": "s3cret-value"})
asked_for("kept", "helm.sh/v3:Release", **chart, values={"password": pulumi.Output.secret("s3cret-value")})
"""

NOWHERE = "which there is neither in namespace services nor for the cluster"

BUCKET_TYPE = "gcp:storage/bucket:Bucket"


@pytest.fixture
def small(tmp_path: Path, pulumi: Pulumi, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one program, with the rules beside it and a simulated Google Cloud of its own."""
    directory = tmp_path / "web-platform"
    directory.mkdir()
    shutil.copytree(REPOSITORY / "policy", directory / "policy", ignore=shutil.ignore_patterns("__pycache__"))
    (directory / ".venv").symlink_to(sys.prefix)
    (directory / "Pulumi.yaml").write_text("name: web-platform\nruntime: python\n")
    (tmp_path / "google").mkdir()
    monkeypatch.setenv("LOCALCLOUD_GOOGLE_DIRECTORY", str(tmp_path / "google"))
    made = pulumi(directory, "stack", "init", "dev")
    assert made.returncode == 0, made.stderr
    return directory


def _held(small: Path, **levels: str) -> None:
    """Says how strictly rules are held, their names with `_` for `-`."""
    said = {rule.replace("_", "-"): level for rule, level in levels.items()}
    (small / "policy" / "levels.yaml").write_text(yaml.safe_dump({"levels": said}))


def _types(small: Path, pulumi: Pulumi) -> list[str]:
    exported = json.loads(pulumi(small, "stack", "export").stdout)
    return [each["type"] for each in exported["deployment"].get("resources", [])]


def _findings(output: str) -> Mapping[str, str]:
    """What a run says of each rule that was broken by the resource of its name, with its level."""
    found = re.split(r"^ +- (?=\[(?:mandatory|advisory)\]  )", output.partition("\nPolicies:")[2], flags=re.MULTILINE)
    told = {}
    for finding in found[1:]:
        rule, name = re.findall(r"\]  (\S+)  \(\S+ (\S+)\)", finding)[0]
        if name.removesuffix("-dev") == rule:
            told[rule] = finding
    return told


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_a_stack_from_nothing_breaks_no_rule(project: Project, stack: str) -> None:
    preview = project.localcloud("rehearse-preview", stack)
    assert preview.returncode == 0, preview.stdout + preview.stderr
    assert "Policy Packs run:" in preview.stdout
    assert "[mandatory]" not in preview.stdout
    assert "[advisory]" not in preview.stdout


def test_the_stack_of_a_laptop_breaks_no_rule_before_and_after_it_is_up(project: Project) -> None:
    up = project.localcloud("up", "dev")
    assert up.returncode == 0, up.stdout + up.stderr
    assert "✅ web-platform@v" in up.stdout
    analysis = project.shell(f"pulumi policy analyze --policy-pack {project.root}/policy")
    assert analysis.returncode == 0, analysis.stdout + analysis.stderr
    assert "✅ web-platform@v" in analysis.stdout


def test_a_key_that_a_program_asks_for_is_refused_in_a_rehearsal(project: Project) -> None:
    file = project.root / "__main__.py"
    program = file.read_text()
    file.write_text(f"{program}\npulumi.CustomResource('gcp:serviceaccount/key:Key', 'key', {{}})\n")
    try:
        preview = project.localcloud("rehearse-preview", "prod")
    finally:
        file.write_text(program)
    assert preview.returncode != 0
    assert "[mandatory]  no-keys  (gcp:serviceaccount/key:Key: key)" in preview.stdout


def test_a_stack_that_is_not_there_yet_is_judged_by_what_it_asks_for(project: Project) -> None:
    file = project.root / "__main__.py"
    program = file.read_text()
    file.write_text(program + ASKED_FOR)
    try:
        preview = project.localcloud("rehearse-preview", "prod")
    finally:
        file.write_text(program)
    assert preview.returncode != 0
    found = re.findall(r"\[mandatory\]  (\S+)  \(\S+ (\S+)\)(?:.*)\n(.*)\.$", preview.stdout, re.MULTILINE)
    assert sorted(found) == [
        ("no-plain-secrets", "open", "values.password is in plain text"),
        (
            "plugins",
            "aside",
            "metadata.annotations['konghq.com/plugins'] names plugin 'absent', " + NOWHERE,
        ),
        ("restricted-pods", "sees-its-node", "spec.hostNetwork is true"),
    ]
    assert "s3cret-value" not in "".join(what for _, _, what in found)


def test_each_rule_refuses_what_breaks_it_with_danger_and_remedy(small: Path, pulumi: Pulumi) -> None:
    (small / "__main__.py").write_text(BROKEN)
    _held(small, names="advisory")
    preview = pulumi(small, "preview", "--policy-pack", "policy")
    assert preview.returncode != 0
    told = _findings(preview.stdout)
    assert set(told) == {rule.name for rule in RULES}, preview.stdout + preview.stderr
    for rule in RULES:
        level = "advisory" if rule.name == "names" else "mandatory"
        assert told[rule.name].startswith(f"[{level}]  {rule.name}  (")
        assert rule.demand in told[rule.name]
        assert "Danger: " in told[rule.name]
        assert "Remedy: " in told[rule.name]
        assert rule.source in told[rule.name]
    assert "s3cret-value" not in preview.stdout.partition("\nPolicies:")[2]


def test_what_breaks_a_mandatory_rule_is_never_made(small: Path, pulumi: Pulumi) -> None:
    (small / "__main__.py").write_text(BUCKET)
    up = pulumi(small, "up", "--yes", "--skip-preview", "--policy-pack", "policy")
    assert up.returncode != 0
    assert "private-buckets" in up.stdout
    assert BUCKET_TYPE not in _types(small, pulumi)


def test_what_breaks_an_advisory_one_is_made_and_told(small: Path, pulumi: Pulumi) -> None:
    (small / "__main__.py").write_text(BUCKET)
    _held(small, private_buckets="advisory", deletion_protection="disabled")
    up = pulumi(small, "up", "--yes", "--skip-preview", "--policy-pack", "policy")
    assert up.returncode == 0, up.stdout + up.stderr
    assert "[advisory]  private-buckets  (gcp:storage/bucket:Bucket: files)" in up.stdout
    assert BUCKET_TYPE in _types(small, pulumi)


@pytest.mark.parametrize(("protected", "code"), [("true", 1), ("false", 0)])
def test_what_there_is_already_is_analyzed_by_what_the_stack_owes(
    small: Path, pulumi: Pulumi, protected: str, code: int
) -> None:
    (small / "__main__.py").write_text(BUCKET)
    _held(small, private_buckets="advisory")
    up = pulumi(small, "up", "--yes", "--skip-preview")
    assert up.returncode == 0, up.stdout + up.stderr
    config = {"PULUMI_CONFIG": json.dumps({"web-platform:protected": protected})}
    analysis = pulumi(small, "policy", "analyze", "--policy-pack", "policy", "--json", env=config)
    assert analysis.returncode == code, analysis.stdout + analysis.stderr
    events = [json.loads(line) for line in analysis.stdout.splitlines()]
    found = [event["policyEvent"] for event in events if "policyEvent" in event]
    assert {each["policyName"] for each in found if each["enforcementLevel"] == "advisory"} == {"private-buckets"}
    held = {each["policyName"] for each in found if each["enforcementLevel"] == "mandatory"}
    assert held == ({"deletion-protection"} if code else set())


def test_levels_that_cannot_be_meant_are_refused_before_anything_is_changed(small: Path, pulumi: Pulumi) -> None:
    (small / "__main__.py").write_text(BUCKET)
    _held(small, no_key="advisory")
    up = pulumi(small, "up", "--yes", "--skip-preview", "--policy-pack", "policy")
    assert up.returncode != 0
    assert "policy/levels.yaml levels: 'no-key' is no rule." in up.stdout + up.stderr
    assert BUCKET_TYPE not in _types(small, pulumi)
