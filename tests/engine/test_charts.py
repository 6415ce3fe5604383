"""The local charts: laid out whole, honest about themselves, and as strict as their originals are documented."""

import errno
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from web_platform.gateway_values import GatewayWishes, gateway_values

import localcloud.charts
from localcloud.charts import assemble, certmanager, modules
from localcloud.errors import LocalCloudError

Values = Mapping[str, Any]
Objects = dict[tuple[str, str], dict[str, Any]]

# What the real charts of kong/ingress 0.24.0 read below `controller` and `gateway`: the top level of kong/kong 3.2.0's
# values.yaml, with what is commented out there or read by its templates only; `global` and `enabled` are Helm's.
KEYS_OF_KONG = {
    *("admin", "affinity", "autoscaling", "certificates", "cluster", "clusterCaSecretName", "clustertelemetry"),
    *("containerSecurityContext", "customEnv", "dblessConfig", "demo", "deployment", "deploymentAnnotations"),
    *("dnsConfig", "dnsPolicy", "enabled", "enterprise", "env", "envFrom", "extraConfigMaps", "extraLabels"),
    *("extraObjects", "extraSecrets", "fullnameOverride", "global", "image", "ingressController"),
    *("initContainerResources", "lifecycle", "livenessProbe", "manager", "migrations", "nameOverride", "namespace"),
    *("nodeSelector", "plugins", "podAnnotations", "podDisruptionBudget", "podLabels", "podSecurityPolicy", "portal"),
    *("portalapi", "postgresql", "priorityClassName", "proxy", "readinessProbe", "replicaCount", "resources"),
    *("secretVolumes", "securityContext", "serviceMonitor", "startupProbe", "status"),
    *("terminationGracePeriodSeconds", "tolerations", "topologySpreadConstraints", "udpProxy", "updateStrategy"),
    "waitImage",
}

DEFINITIONS_OF_KONG = {
    *("ingressclassparameterses", "kongclusterplugins", "kongconsumergroups", "kongconsumers", "kongcustomentities"),
    *("kongingresses", "konglicenses", "kongplugins", "kongupstreampolicies", "kongvaults", "tcpingresses"),
    "udpingresses",
}

DEFINITIONS_OF_THE_GATEWAY_API = {"gatewayclasses", "gateways", "grpcroutes", "httproutes", "referencegrants"}

DEFINITIONS_OF_CERT_MANAGER = {
    *("certificaterequests.cert-manager.io", "certificates.cert-manager.io", "challenges.acme.cert-manager.io"),
    *("clusterissuers.cert-manager.io", "issuers.cert-manager.io", "orders.acme.cert-manager.io"),
}

# A cloud stack's gateway, as its component would ask for it.
PRODUCTION: dict[str, Any] = {
    "controller": {
        "replicaCount": 2,
        "ingressController": {
            "image": {"repository": "kong/kubernetes-ingress-controller", "tag": "3.5.7"},
            "ingressClass": "edge",
            "env": {"log_level": "debug"},
            "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}},
            "admissionWebhook": {"enabled": True, "failurePolicy": "Fail", "timeoutSeconds": 5, "port": 8080},
        },
        "podDisruptionBudget": {"enabled": True, "maxUnavailable": 1},
        "serviceMonitor": {"enabled": True, "trustCRDsExist": True, "labels": {"release": "prometheus"}},
    },
    "gateway": {
        "image": {"repository": "kong", "tag": "3.9.3"},
        "replicaCount": 2,
        "manager": {"enabled": False},
        "admin": {"enabled": True},
        "env": {
            "real_ip_header": "X-Forwarded-For",
            "secret": {"valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}},
        },
        "proxy": {
            "type": "LoadBalancer",
            "loadBalancerIP": "203.0.113.9",
            "externalTrafficPolicy": "Local",
            "annotations": {"networking.gke.io/load-balancer-type": "External"},
        },
        "podDisruptionBudget": {"enabled": True, "minAvailable": 1},
        "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}},
        "affinity": {"podAntiAffinity": {}},
        "topologySpreadConstraints": [
            {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway"}
        ],
        "terminationGracePeriodSeconds": 60,
        "extraObjects": [
            {
                "apiVersion": "configuration.konghq.com/v1",
                "kind": "KongClusterPlugin",
                "metadata": {"name": "prometheus"},
                "plugin": "prometheus",
            }
        ],
    },
}


@pytest.fixture(scope="session")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    destination = tmp_path_factory.mktemp("assembled") / "charts"
    assemble(destination)
    return destination


@pytest.fixture
def run(helm: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(command: str, chart: Path, values: Values) -> subprocess.CompletedProcess[str]:
        file = tmp_path / "values.yaml"
        with file.open("w") as stream:
            yaml.safe_dump(dict(values), stream)
        where = ["demo", str(chart), "--namespace", "kong", "--kube-version", "1.35.0"]
        return subprocess.run(
            [str(helm), command, *(where if command == "template" else [str(chart)]), "--values", str(file)],
            capture_output=True,
            text=True,
        )

    return run


Run = Callable[[str, Path, Values], subprocess.CompletedProcess[str]]


@pytest.fixture
def rendered(run: Run) -> Callable[[Path, Values], Objects]:
    """Renders a chart; its objects but for custom resource definitions, by kind and name."""

    def rendered(chart: Path, values: Values) -> Objects:
        answer = run("template", chart, values)
        assert not answer.returncode, answer.stderr
        documents = [d for d in re.split(r"(?m)^---$", answer.stdout) if "kind: CustomResourceDefinition" not in d]
        objects = (yaml.safe_load(document) for document in documents)
        return {(found["kind"], found["metadata"]["name"]): found for found in objects if found}

    return rendered


Rendered = Callable[[Path, Values], Objects]


def pods(objects: Objects) -> dict[str, dict[str, Any]]:
    return {name: found["spec"]["template"]["spec"] for (_, name), found in objects.items() if is_workload(found)}


def is_workload(found: Mapping[str, Any]) -> bool:
    return found["kind"] in ("Deployment", "DaemonSet", "Job")


def variables(container: Mapping[str, Any]) -> dict[str, Any]:
    return {entry["name"]: entry.get("value", entry.get("valueFrom")) for entry in container["env"]}


class TestAssembly:
    def test_a_second_time_does_nothing(self, charts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "")  # Not even Go is looked for.
        before = charts.stat().st_ino
        assemble(charts)
        assert charts.stat().st_ino == before

    def test_a_damaged_file_is_put_right(self, tmp_path: Path) -> None:
        assemble(tmp_path / "charts")
        damaged = tmp_path / "charts/ingress/values.schema.json"
        sound = damaged.read_text()
        damaged.write_text("{}")
        assemble(tmp_path / "charts")
        assert damaged.read_text() == sound

    @pytest.mark.parametrize("interruption", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device")])
    def test_an_interruption_leaves_nothing_half_made(
        self, interruption: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(*_: object) -> None:
            raise interruption

        monkeypatch.setattr(certmanager, "release", interrupted)
        with pytest.raises((KeyboardInterrupt, LocalCloudError)) as raised:
            assemble(tmp_path / "charts")
        assert [file.name for file in tmp_path.iterdir() if file.is_dir()] == []
        if isinstance(raised.value, LocalCloudError):
            assert "No space left on device" in raised.value.problem
            assert "Make room" in raised.value.remedy

    def test_what_a_killed_process_left_is_removed(self, tmp_path: Path) -> None:
        leftover = tmp_path / ".charts.assembling-abc/fresh"
        leftover.mkdir(parents=True)
        assemble(tmp_path / "charts")
        assert not leftover.exists()

    def test_a_failed_replacement_keeps_what_was_there(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assemble(tmp_path / "charts")
        (tmp_path / "charts/addon/Chart.yaml").write_text("damaged, so that it has to be replaced")
        monkeypatch.setenv("PATH", "")
        with pytest.raises(LocalCloudError):
            assemble(tmp_path / "charts")
        assert (tmp_path / "charts/cert-manager/Chart.yaml").is_file()

    def test_a_directory_of_somebody_elses_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "letters.txt").write_text("dear diary")
        with pytest.raises(LocalCloudError, match="not a directory that the local charts were laid out in"):
            assemble(tmp_path)
        assert (tmp_path / "letters.txt").read_text() == "dear diary"

    def test_without_go_the_remedy_is_to_install_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "")
        with pytest.raises(LocalCloudError) as raised:
            assemble(tmp_path / "charts")
        assert "Go is not on PATH" in raised.value.problem
        assert "Install Go" in raised.value.remedy
        assert not (tmp_path / "charts").exists()


class TestModules:
    @pytest.fixture
    def pin(self, tmp_path: Path) -> Path:
        source = Path(localcloud.charts.__file__).parent.parent / "go/kong-crds"
        return Path(shutil.copytree(source, tmp_path / "pin"))

    def test_a_module_comes_with_its_version(self, pin: Path) -> None:
        module = modules.fetch(pin)
        assert (module.path, module.version) == ("github.com/kong/kubernetes-configuration", "v1.5.3")
        assert (module.directory / "config/crd").is_dir()

    @pytest.mark.parametrize("committed", ["", "github.com/kong/kubernetes-configuration v1.5.3 h1:another=\n"])
    def test_what_go_sum_does_not_vouch_for_is_not_used(self, committed: str, pin: Path) -> None:
        modules.fetch(pin)
        (pin / "go.sum").write_text(committed)
        with pytest.raises(LocalCloudError):
            modules.fetch(pin)

    def test_a_failed_download_says_what_go_said(self, pin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GOPROXY", "off")
        monkeypatch.setenv("GOMODCACHE", str(pin / "empty"))
        with pytest.raises(LocalCloudError) as raised:
            modules.fetch(pin)
        assert "module lookup disabled by GOPROXY=off" in raised.value.problem
        assert "module proxy" in raised.value.remedy


class TestIngress:
    def test_lints(self, run: Run, charts: Path) -> None:
        answer = run("lint", charts / "ingress", PRODUCTION)
        assert not answer.returncode, answer.stdout

    def test_renders_the_objects_under_their_real_names(self, rendered: Rendered, charts: Path) -> None:
        assert set(rendered(charts / "ingress", {})) == {
            ("ClusterRole", "demo-controller"),
            ("ClusterRoleBinding", "demo-controller"),
            ("Deployment", "demo-controller"),
            ("Deployment", "demo-gateway"),
            ("IngressClass", "kong"),
            ("Role", "demo-controller"),
            ("RoleBinding", "demo-controller"),
            ("Service", "demo-controller-metrics"),
            ("Service", "demo-controller-validation-webhook"),
            ("Service", "demo-gateway-admin"),
            ("Service", "demo-gateway-manager"),
            ("Service", "demo-gateway-proxy"),
            ("ServiceAccount", "demo-controller"),
            ("ServiceAccount", "demo-gateway"),
            ("ValidatingWebhookConfiguration", "demo-controller-kong-validations"),
        }

    def test_says_on_every_workload_and_service_what_it_stands_in_for(self, rendered: Rendered, charts: Path) -> None:
        for (kind, name), found in rendered(charts / "ingress", {}).items():
            if kind in ("Deployment", "Service", "IngressClass"):
                assert found["metadata"]["annotations"]["localcloud/stand-in-for"] == "kong/ingress 0.24.0", name

    def test_brings_the_real_definitions(self, charts: Path) -> None:
        found = {file.name for file in (charts / "ingress/crds").iterdir()}
        assert found == {
            *(f"configuration.konghq.com_{name}.yaml" for name in DEFINITIONS_OF_KONG),
            *(f"gateway.networking.k8s.io_{name}.yaml" for name in DEFINITIONS_OF_THE_GATEWAY_API),
        }

    def test_honours_what_production_asks_for(self, rendered: Rendered, charts: Path) -> None:
        objects = rendered(charts / "ingress", PRODUCTION)
        gateway = objects["Deployment", "demo-gateway"]["spec"]
        pod = gateway["template"]["spec"]
        (proxy,) = pod["containers"]
        service = objects["Service", "demo-gateway-proxy"]

        assert gateway["replicas"] == 2
        assert proxy["image"] == "kong:3.9.3"
        assert proxy["resources"] == PRODUCTION["gateway"]["resources"]
        assert variables(proxy)["KONG_REAL_IP_HEADER"] == "X-Forwarded-For"
        assert variables(proxy)["KONG_SECRET"] == {"secretKeyRef": {"name": "a", "key": "b"}}
        assert pod["topologySpreadConstraints"] == PRODUCTION["gateway"]["topologySpreadConstraints"]
        assert pod["terminationGracePeriodSeconds"] == 60
        assert service["spec"]["type"] == "LoadBalancer"
        assert service["spec"]["loadBalancerIP"] == "203.0.113.9"
        assert service["spec"]["externalTrafficPolicy"] == "Local"
        assert service["metadata"]["annotations"]["networking.gke.io/load-balancer-type"] == "External"
        assert [(port["port"], port["targetPort"]) for port in service["spec"]["ports"]] == [(80, 8000), (443, 8443)]
        assert objects["PodDisruptionBudget", "demo-gateway"]["spec"]["minAvailable"] == 1
        assert objects["PodDisruptionBudget", "demo-controller"]["spec"]["maxUnavailable"] == 1
        assert objects["IngressClass", "edge"]["spec"]["controller"] == "ingress-controllers.konghq.com/kong"
        assert ("KongClusterPlugin", "prometheus") in objects
        assert ("ServiceMonitor", "demo-controller") in objects
        assert ("Service", "demo-gateway-manager") not in objects

    def test_the_controller_finds_the_gateway(self, rendered: Rendered, charts: Path) -> None:
        objects = rendered(charts / "ingress", PRODUCTION)
        (controller,) = pods(objects)["demo-controller"]["containers"]
        assert controller["image"] == "kong/kubernetes-ingress-controller:3.5.7"
        expected = {
            "CONTROLLER_KONG_ADMIN_SVC": "kong/demo-gateway-admin",
            "CONTROLLER_PUBLISH_SERVICE": "kong/demo-gateway-proxy",
            "CONTROLLER_INGRESS_CLASS": "edge",
            "CONTROLLER_LOG_LEVEL": "debug",
            "CONTROLLER_ADMISSION_WEBHOOK_LISTEN": "0.0.0.0:8080",
        }
        assert variables(controller).items() >= expected.items()
        assert objects["Service", "demo-gateway-admin"]["spec"]["clusterIP"] == "None"
        assert {"name": "webhook", "containerPort": 8080, "protocol": "TCP"} in controller["ports"]

    def test_services_and_budgets_select_the_pods(self, rendered: Rendered, charts: Path) -> None:
        objects = rendered(charts / "ingress", PRODUCTION)
        labels = {
            name: found["spec"]["template"]["metadata"]["labels"]
            for (_, name), found in objects.items()
            if is_workload(found)
        }
        for (kind, name), found in objects.items():
            if kind in ("Service", "PodDisruptionBudget"):
                selector = found["spec"]["selector"]
                owner = "demo-gateway" if name.startswith("demo-gateway") else "demo-controller"
                assert labels[owner].items() >= selector.get("matchLabels", selector).items(), name

    def test_an_autoscaler_owns_the_number_of_replicas(self, rendered: Rendered, charts: Path) -> None:
        autoscaling = {"enabled": True, "minReplicas": 3, "maxReplicas": 9}
        objects = rendered(charts / "ingress", {"gateway": {"autoscaling": autoscaling}})
        scaler = objects["HorizontalPodAutoscaler", "demo-gateway"]["spec"]
        assert (scaler["minReplicas"], scaler["maxReplicas"]) == (3, 9)
        assert scaler["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "demo-gateway"}
        assert "replicas" not in objects["Deployment", "demo-gateway"]["spec"]

    def test_a_budget_counts_pods_of_its_own_revision_alone(self, rendered: Rendered, charts: Path) -> None:
        objects = rendered(charts / "ingress", PRODUCTION)
        revision = {"app.kubernetes.io/version", "helm.sh/chart", "app.kubernetes.io/component"}
        for part in ("gateway", "controller"):
            budget = objects["PodDisruptionBudget", f"demo-{part}"]["spec"]["selector"]["matchLabels"]
            assert revision < set(budget)
        for service in ("metrics", "validation-webhook"):
            assert revision < set(objects["Service", f"demo-controller-{service}"]["spec"]["selector"])
        assert "helm.sh/chart" not in objects["Service", "demo-gateway-proxy"]["spec"]["selector"]

    def test_no_admission_webhook_is_waited_for(self, rendered: Rendered, charts: Path) -> None:
        objects = rendered(charts / "ingress", PRODUCTION)
        assert objects["ValidatingWebhookConfiguration", "demo-controller-kong-validations"]["webhooks"] == []

    def test_numbers_that_arrive_as_fractions_are_whole_again(self, rendered: Rendered, charts: Path) -> None:
        values = {"gateway": {"replicaCount": 2.0, "proxy": {"http": {"containerPort": 8000.0}}}}
        objects = rendered(charts / "ingress", values)
        assert repr(objects["Deployment", "demo-gateway"]["spec"]["replicas"]) == "2"
        assert repr(objects["Service", "demo-gateway-proxy"]["spec"]["ports"][0]["targetPort"]) == "8000"

    def test_accepts_the_real_charts_keys_and_no_others(self, run: Run, charts: Path) -> None:
        # Each of a wrong type: nothing is rendered, and Helm says which keys it does not even know.
        values: Values = {"gateway": {key: [[]] for key in (*KEYS_OF_KONG, "unheard")}}
        said = run("template", charts / "ingress", values).stderr
        (unknown,) = re.findall(r"at '': additional properties (.*) not allowed", said)
        assert unknown == "'unheard'"
        assert set(schema(charts / "ingress/charts/kong")["properties"]) == KEYS_OF_KONG
        assert set(schema(charts / "ingress")["properties"]) == {"deployment", "controller", "gateway", "global"}

    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({"gatway": {}}, "'gatway'"),
            ({"gateway": {"replicas": 2}}, "'replicas'"),
            ({"gateway": {"proxy": {"loadbalancerIP": "203.0.113.9"}}}, "'/proxy'.*'loadbalancerIP'"),
            ({"gateway": {"proxy": {"http": {"port": 80}}}}, "'/proxy/http'.*'port'"),
            ({"gateway": {"resources": {"limit": {}}}}, "'/resources'.*'limit'"),
            ({"gateway": {"replicaCount": "two"}}, "'/replicaCount'.*string.*integer"),
            ({"gateway": {"image": {"tag": 3.9}}}, "'/image/tag'.*number.*string"),
            ({"gateway": {"proxy": {"type": "Loadbalancer"}}}, "'/proxy/type'"),
            ({"gateway": {"podDisruptionBudget": {"enabled": True}}}, "use 2 or more"),
            ({"gateway": {"image": {"tag": "latest"}}}, "set image.effectiveSemver"),
            (
                {"gateway": {"env": {"proxy_access_log": False}}},
                "env.proxy_access_log is a boolean.*write off in quotes",
            ),
            (
                {"controller": {"ingressController": {"admissionWebhook": {"timeout": 5}}}},
                "'/ingressController/admissionWebhook'.*'timeout'",
            ),
        ],
    )
    def test_refuses_what_the_real_chart_would_not_understand(
        self, values: Values, said: str, run: Run, charts: Path
    ) -> None:
        answer = run("template", charts / "ingress", values)
        assert answer.returncode
        assert re.search(said, answer.stderr), answer.stderr
        assert len(answer.stderr.splitlines()) < 10

    def test_what_is_anybodys_to_name_stays_open(self, rendered: Rendered, charts: Path) -> None:
        free = {"anything": "goes"}
        values = {"podAnnotations": free, "podLabels": free, "env": free, "nodeSelector": free, "extraLabels": free}
        template = rendered(charts / "ingress", {"gateway": values})["Deployment", "demo-gateway"]["spec"]["template"]
        assert template["metadata"]["labels"].items() >= free.items()
        assert template["metadata"]["annotations"].items() >= free.items()
        assert template["spec"]["nodeSelector"] == free


GATEWAY = GatewayWishes(
    replicas=2,
    maximum_replicas=6,
    controllers=2,
    cpu="200m",
    memory="512Mi",
    address="203.0.113.9",
    trusted_proxies=("203.0.113.0/24", "2001:db8::/32"),
    maximum_request_megabytes=20,
    request_timeout_seconds=120,
)


class TestIngressForTheGateway:
    """What the component Gateway asks of the chart arrives in the objects, as the real chart renders it."""

    @pytest.fixture
    def objects(self, rendered: Rendered, charts: Path) -> Objects:
        return rendered(charts / "ingress", gateway_values("demo", GATEWAY))

    @pytest.fixture
    def proxy(self, objects: Objects) -> dict[str, Any]:
        (container,) = pods(objects)["demo-gateway"]["containers"]
        return dict(container)

    @pytest.fixture
    def controller(self, objects: Objects) -> dict[str, Any]:
        (container,) = pods(objects)["demo-controller"]["containers"]
        return dict(container)

    def test_every_setting_of_kong_arrives_letter_by_letter(self, proxy: dict[str, Any]) -> None:
        wanted = gateway_values("demo", GATEWAY)["gateway"]["env"]
        assert variables(proxy).items() >= {f"KONG_{name.upper()}": value for name, value in wanted.items()}.items()
        assert variables(proxy)["KONG_TRUSTED_IPS"] == "203.0.113.0/24,2001:db8::/32"
        assert '"status":$status,' in variables(proxy)["KONG_NGINX_HTTP_LOG_FORMAT"]

    def test_what_the_chart_says_of_logs_and_listeners_stands_where_nothing_else_is_said(
        self, proxy: dict[str, Any]
    ) -> None:
        expected = {
            "KONG_PROXY_LISTEN": "0.0.0.0:8000, [::]:8000, 0.0.0.0:8443 http2 ssl, [::]:8443 http2 ssl",
            "KONG_ADMIN_LISTEN": "0.0.0.0:8444 http2 ssl, [::]:8444 http2 ssl",
            "KONG_ADMIN_GUI_LISTEN": "off",
            "KONG_STATUS_LISTEN": "0.0.0.0:8100, [::]:8100",
            "KONG_STATUS_ACCESS_LOG": "off",
            "KONG_STATUS_ERROR_LOG": "/dev/stderr",
            "KONG_PROXY_STREAM_ACCESS_LOG": "/dev/stdout basic",
            "KONG_PROXY_STREAM_ERROR_LOG": "/dev/stderr",
        }
        assert variables(proxy).items() >= expected.items()
        ports = {port["name"]: port["containerPort"] for port in proxy["ports"]}
        assert ports == {"proxy": 8000, "proxy-tls": 8443, "admin-tls": 8444, "status": 8100}

    def test_a_proxy_goes_once_its_requests_have_ended_and_another_has_come(
        self, objects: Objects, proxy: dict[str, Any]
    ) -> None:
        deployment = objects["Deployment", "demo-gateway"]["spec"]
        assert deployment["strategy"] == {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"},
        }
        assert deployment["minReadySeconds"] == 10
        assert deployment["template"]["spec"]["terminationGracePeriodSeconds"] == 160
        assert proxy["lifecycle"] == {"preStop": {"exec": {"command": ["kong", "quit", "--wait=30", "--timeout=120"]}}}
        assert proxy["readinessProbe"]["httpGet"] == {"path": "/status/ready", "port": "status", "scheme": "HTTP"}
        assert proxy["readinessProbe"]["periodSeconds"] == 5

    def test_the_autoscaler_goes_by_cpu_and_the_budget_stays(self, objects: Objects) -> None:
        scaler = objects["HorizontalPodAutoscaler", "demo-gateway"]["spec"]
        assert (scaler["minReplicas"], scaler["maxReplicas"]) == (2, 6)
        target = {"type": "Utilization", "averageUtilization": 70}
        assert scaler["metrics"] == [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
        assert "replicas" not in objects["Deployment", "demo-gateway"]["spec"]
        assert objects["PodDisruptionBudget", "demo-gateway"]["spec"]["maxUnavailable"] == 1

    def test_the_load_balancer_keeps_the_addresses_of_clients(self, objects: Objects) -> None:
        service = objects["Service", "demo-gateway-proxy"]
        assert service["spec"]["externalTrafficPolicy"] == "Local"
        assert service["spec"]["loadBalancerIP"] == "203.0.113.9"
        assert service["metadata"]["annotations"]["cloud.google.com/l4-rbs"] == "enabled"
        assert service["metadata"]["labels"]["enable-metrics"] == "true"

    def test_prometheus_finds_the_pods(self, objects: Objects) -> None:
        for part, port in (("gateway", "8100"), ("controller", "10255")):
            annotations = objects["Deployment", f"demo-{part}"]["spec"]["template"]["metadata"]["annotations"]
            assert annotations["prometheus.io/scrape"] == "true"
            assert (annotations["prometheus.io/port"], annotations["prometheus.io/path"]) == (port, "/metrics")
        assert not [kind for kind, _ in objects if kind == "ServiceMonitor"]

    def test_the_class_is_not_the_clusters_default(self, objects: Objects) -> None:
        annotations = objects["IngressClass", "kong"]["metadata"]["annotations"]
        assert "ingressclass.kubernetes.io/is-default-class" not in annotations

    def test_the_controller_answers_the_webhook_and_logs_json(self, controller: dict[str, Any]) -> None:
        expected = {
            "CONTROLLER_LOG_FORMAT": "json",
            "CONTROLLER_ANONYMOUS_REPORTS": "false",
            "CONTROLLER_KONG_ADMIN_TLS_SKIP_VERIFY": "true",
            "CONTROLLER_ADMISSION_WEBHOOK_LISTEN": "0.0.0.0:8080",
        }
        assert variables(controller).items() >= expected.items()

    def test_every_container_reserves_what_it_needs_and_cannot_write_to_its_image(self, objects: Objects) -> None:
        for name, pod in pods(objects).items():
            for container in [*pod["containers"], *pod.get("initContainers", [])]:
                assert container["securityContext"]["readOnlyRootFilesystem"] is True, name
                assert set(container["resources"]["requests"]) == {"cpu", "memory"}, name
        (cleaning,) = pods(objects)["demo-gateway"]["initContainers"]
        assert cleaning["resources"]["limits"] == {"memory": "32Mi"}

    def test_each_revision_is_spread_by_itself(self, objects: Objects) -> None:
        for part in ("gateway", "controller"):
            (constraint,) = pods(objects)[f"demo-{part}"]["topologySpreadConstraints"]
            assert constraint["matchLabelKeys"] == ["pod-template-hash"]
            labels = objects["Deployment", f"demo-{part}"]["spec"]["template"]["metadata"]["labels"]
            assert labels.items() >= constraint["labelSelector"]["matchLabels"].items()

    def test_without_an_autoscaler_the_number_is_written(self, rendered: Rendered, charts: Path) -> None:
        fixed = rendered(charts / "ingress", gateway_values("demo", GATEWAY._replace(maximum_replicas=None)))
        assert fixed["Deployment", "demo-gateway"]["spec"]["replicas"] == 2
        assert ("HorizontalPodAutoscaler", "demo-gateway") not in fixed


class TestAddon:
    def test_accepts_any_values(self, run: Run, charts: Path) -> None:
        answer = run("lint", charts / "addon", {"elasticsearch": {"nodes": [1, 2]}, "replicas": "many"})
        assert not answer.returncode, answer.stdout

    def test_names_its_objects_after_the_release(self, rendered: Rendered, charts: Path) -> None:
        assert set(rendered(charts / "addon", {})) == {("Deployment", "demo"), ("Service", "demo")}

    def test_says_what_it_stands_in_for(self, rendered: Rendered, charts: Path) -> None:
        for found in rendered(charts / "addon", {"standInFor": "kibana"}).values():
            assert found["metadata"]["annotations"]["localcloud/stand-in-for"] == "kibana"

    def test_changed_values_change_the_objects(self, rendered: Rendered, charts: Path) -> None:
        one, two = (rendered(charts / "addon", {"size": size}) for size in (1, 2))
        assert one != two
        assert set(one) == set(two)


class TestCertManager:
    def test_is_described_as_the_release_is(self, charts: Path) -> None:
        description = yaml.safe_load((charts / "cert-manager/Chart.yaml").read_text())
        assert (description["name"], description["version"]) == ("cert-manager", "v1.21.2")
        assert description["appVersion"] == "v1.21.2"
        assert description["annotations"]["artifacthub.io/prerelease"] == "false"
        assert description["annotations"]["artifacthub.io/signKey"].startswith("fingerprint: ")
        assert {"artifacthub.io/category", "artifacthub.io/license"} < set(description["annotations"])

    def test_contains_what_the_release_contains(self, charts: Path) -> None:
        names = {file.name for file in (charts / "cert-manager").iterdir()}
        assert names == {".helmignore", "Chart.yaml", "README.md", "templates", "values.schema.json", "values.yaml"}
        assert "{{RELEASE_VERSION}}" not in (charts / "cert-manager/README.md").read_text()

    def test_lints(self, run: Run, charts: Path) -> None:
        answer = run("lint", charts / "cert-manager", {"crds": {"enabled": True}})
        assert not answer.returncode, answer.stdout

    @pytest.mark.parametrize("keep", [True, False])
    def test_renders_its_definitions_and_keeps_them_if_asked(self, keep: bool, run: Run, charts: Path) -> None:
        answer = run("template", charts / "cert-manager", {"crds": {"enabled": True, "keep": keep}})
        assert not answer.returncode, answer.stderr
        definitions = re.findall(r'kind: CustomResourceDefinition\nmetadata:\n  name: "(.*)"', answer.stdout)
        assert set(definitions) == DEFINITIONS_OF_CERT_MANAGER
        assert answer.stdout.count("helm.sh/resource-policy: keep") == (len(definitions) if keep else 0)

    def test_renders_no_definitions_by_default(self, run: Run, charts: Path) -> None:
        assert "CustomResourceDefinition" not in run("template", charts / "cert-manager", {}).stdout

    def test_renders_its_webhooks_and_images_of_its_own_version(self, rendered: Rendered, charts: Path) -> None:
        objects = rendered(charts / "cert-manager", {})
        assert ("ValidatingWebhookConfiguration", "demo-cert-manager-webhook") in objects
        assert ("MutatingWebhookConfiguration", "demo-cert-manager-webhook") in objects
        images = [container["image"] for pod in pods(objects).values() for container in pod["containers"]]
        assert {image.rpartition(":")[2] for image in images} == {"v1.21.2"}

    def test_refuses_an_unknown_key(self, run: Run, charts: Path) -> None:
        answer = run("template", charts / "cert-manager", {"webhook": {"replica": 2}})
        assert answer.returncode
        assert re.search("'/webhook'.*'replica'", answer.stderr)

    def test_a_module_laid_out_differently_is_noticed(self) -> None:
        with pytest.raises(ValueError, match="not known here"):
            certmanager.describe("version: 1\n", "v9", "")


ALLOWED_VOLUMES = {"emptyDir", "projected", "configMap", "secret"}


class TestPodSecurity:
    """Namespaces enforce the restricted Pod Security Standard; a stand-in that failed it would hide that others do."""

    @pytest.mark.parametrize("chart", ["ingress", "addon", "cert-manager"])
    def test_every_pod_is_restricted(self, chart: str, rendered: Rendered, charts: Path) -> None:
        found = pods(rendered(charts / chart, PRODUCTION if chart == "ingress" else {}))
        assert found
        for name, pod in found.items():
            assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod), name
            assert not [volume for volume in pod.get("volumes", []) if not ALLOWED_VOLUMES & set(volume)], name
            for container in [*pod["containers"], *pod.get("initContainers", [])]:
                own = container["securityContext"]
                context = pod["securityContext"] | own
                assert context["runAsNonRoot"] is True, name
                assert context["seccompProfile"] == {"type": "RuntimeDefault"}, name
                assert own["allowPrivilegeEscalation"] is False, name
                assert own["capabilities"] == {"drop": ["ALL"]}, name


def schema(chart: Path) -> dict[str, Any]:
    return dict(yaml.safe_load((chart / "values.schema.json").read_text()))
