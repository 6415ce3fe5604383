package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	networking "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/klog/v2"
)

const kongsController = "ingress-controllers.konghq.com/kong"

// gateway answers the challenges of Let's Encrypt as Kong and the pods behind it would: from the cluster's Ingresses,
// plugins, Services, pods and network policies. So a certificate is issued here where it would be in a cloud, as far as
// the cluster has a say in it; that the host's name leads to the gateway is taken for granted.
//
// Each request reads what there is at that moment: a challenge is asked for a few times, then never again.
type gateway struct{ client kubernetes.Interface }

// refused is an answer other than the key that was asked for.
type refused struct {
	status int
	why    string
}

func (r refused) Error() string { return r.why }

func (g gateway) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	key, err := g.key(request.Context(), request.Host, request.URL.Path)
	if err == nil {
		io.WriteString(answer, key)
		return
	}
	status := http.StatusInternalServerError
	if refusal := (refused{}); errors.As(err, &refusal) {
		status = refusal.status
	}
	klog.InfoS("A challenge was not met", "url", request.URL.String(), "status", status, "reason", err.Error())
	http.Error(answer, err.Error(), status)
}

// key is what the solver behind a host and path answers.
func (g gateway) key(ctx context.Context, host, path string) (string, error) {
	route, err := g.route(ctx, host, path)
	if err != nil {
		return "", err
	}
	namespace := route.ingress.Namespace
	service, err := g.client.CoreV1().Services(namespace).Get(ctx, route.backend.Name, meta.GetOptions{})
	if err != nil {
		return "", refused{503, fmt.Sprintf("%s leads to a Service that is not there: %v", route, err)}
	}
	if err := route.refusal(); err != nil {
		return "", err
	}
	if err := g.plugins(ctx, route, service); err != nil {
		return "", err
	}
	pods, err := g.pods(ctx, service, route.backend.Port)
	if err != nil {
		return "", err
	}
	key := ""
	for pod, port := range pods { // Kong may choose any of them, so all have to answer.
		if err := g.connect(ctx, pod, port); err != nil {
			return "", err
		}
		if key = solution(pod, port, host, path); key == "" {
			return "", refused{404, fmt.Sprintf("%s leads to pod %s, which does not solve the challenge", route, pod.Name)}
		}
	}
	return key, nil
}

// route is a path of an Ingress that a request matches.
type route struct {
	ingress *networking.Ingress
	backend *networking.IngressServiceBackend
	rank    []int
}

func (r route) String() string {
	return fmt.Sprintf("Ingress %s/%s", r.ingress.Namespace, r.ingress.Name)
}

func (r route) annotation(name string) string { return r.ingress.Annotations["konghq.com/"+name] }

// list is an annotation that holds several values.
func (r route) list(name string) []string { return list(r.annotation(name)) }

func list(text string) []string {
	return strings.FieldsFunc(text, func(letter rune) bool { return letter == ',' || letter == ' ' })
}

// route finds what Kong would choose for a request: of the Ingresses of its classes, the closest.
func (g gateway) route(ctx context.Context, host, path string) (*route, error) {
	classes, err := g.client.NetworkingV1().IngressClasses().List(ctx, meta.ListOptions{})
	if err != nil {
		return nil, err
	}
	ours := make(map[string]bool)
	for _, class := range classes.Items {
		ours[class.Name] = class.Spec.Controller == kongsController
	}
	ingresses, err := g.client.NetworkingV1().Ingresses("").List(ctx, meta.ListOptions{})
	if err != nil {
		return nil, err
	}
	var best *route
	for index := range ingresses.Items {
		ingress := &ingresses.Items[index]
		if !ours[class(ingress)] {
			continue
		}
		for _, found := range matches(ingress, host, path) {
			if best == nil || slices.Compare(found.rank, best.rank) > 0 {
				best = &found
			}
		}
	}
	if best == nil {
		return nil, refused{404, fmt.Sprintf("No Ingress of a class of Kong's has host %s and path %s", host, path)}
	}
	return best, nil
}

func class(ingress *networking.Ingress) string {
	if ingress.Spec.IngressClassName != nil {
		return *ingress.Spec.IngressClassName
	}
	return ingress.Annotations["kubernetes.io/ingress.class"]
}

// matches are the paths of an Ingress that fit a GET of host and path. Their ranks compare as Kong's router does: the
// route with more conditions goes first, then one with an exact host, then a regular expression, as which Kong's
// controller writes exact paths, and then that with the highest priority or the longest path.
// https://developer.konghq.com/gateway/routing/traditional/
func matches(ingress *networking.Ingress, host, path string) []route {
	conditions := 1
	if methods := (route{ingress: ingress}).list("methods"); len(methods) > 0 {
		conditions++
		if !slices.Contains(methods, http.MethodGet) {
			return nil
		}
	}
	for name := range ingress.Annotations {
		if strings.HasPrefix(name, "konghq.com/headers.") { // Of which a request for a challenge has none.
			return nil
		}
	}
	var found []route
	for _, rule := range ingress.Spec.Rules {
		exact, wildcard := rule.Host == host, strings.HasPrefix(rule.Host, "*.") && strings.HasSuffix(host, rule.Host[1:])
		if rule.HTTP == nil || (rule.Host != "" && !exact && !wildcard) {
			continue
		}
		for _, each := range rule.HTTP.Paths {
			if fits, expression := fitsPath(each, path); fits && each.Backend.Service != nil {
				match := route{ingress: ingress, backend: each.Backend.Service}
				last := len(each.Path)
				if expression {
					last, _ = strconv.Atoi(match.annotation("regex-priority"))
				}
				match.rank = []int{conditions + number(rule.Host != ""), number(exact), number(expression), last}
				found = append(found, match)
			}
		}
	}
	return found
}

func number(truth bool) int {
	if truth {
		return 1
	}
	return 0
}

// fitsPath tells whether a path of an Ingress covers that of a request, and whether it is a regular expression to Kong.
func fitsPath(of networking.HTTPIngressPath, path string) (fits, expression bool) {
	kind := networking.PathTypeImplementationSpecific
	if of.PathType != nil {
		kind = *of.PathType
	}
	pattern, written := strings.CutPrefix(of.Path, "/~")
	switch {
	case kind == networking.PathTypeExact:
		return path == of.Path, true
	case kind == networking.PathTypePrefix:
		return path == of.Path || strings.HasPrefix(path, strings.TrimSuffix(of.Path, "/")+"/"), path == of.Path
	case written:
		matched, err := regexp.MatchString("^"+pattern, path)
		return matched && err == nil, true
	default:
		return strings.HasPrefix(path, of.Path), false
	}
}

// refusal is what Kong answers on a route before it asks any plugin or pod, if it answers at all.
func (r route) refusal() error {
	protocols, code := r.list("protocols"), r.annotation("https-redirect-status-code")
	// Let's Encrypt follows redirects to HTTPS, and looks at no certificate there.
	if len(protocols) > 0 && !slices.Contains(protocols, "http") && (code == "" || code == "426") {
		return refused{426, fmt.Sprintf("%s has konghq.com/protocols: %s", r, r.annotation("protocols"))}
	}
	if r.annotation("strip-path") == "true" || r.annotation("preserve-host") == "false" {
		return refused{404, fmt.Sprintf("%s hands on another host or path than was asked for", r)}
	}
	return nil
}

// plugin is what matters here of KongPlugin and KongClusterPlugin.
type plugin struct {
	meta.ObjectMeta `json:"metadata"`
	Plugin          string         `json:"plugin"`
	Disabled        bool           `json:"disabled"`
	Config          map[string]any `json:"config"`
}

// statuses are what plugins answer to somebody with no credentials, whose address nobody knows beforehand.
var statuses = map[string]int{
	"acl": 401, "basic-auth": 401, "hmac-auth": 401, "ip-restriction": 403, "jwt": 401, "key-auth": 401,
	"ldap-auth": 401, "oauth2": 401, "request-termination": 503,
}

// refuses tells whether a plugin keeps such a request from its route.
func (p plugin) refuses() bool {
	anonymous, _ := p.Config["anonymous"].(string)
	_, allowed := p.Config["allow"]
	return statuses[p.Plugin] != 0 && !p.Disabled && anonymous == "" && (p.Plugin != "ip-restriction" || allowed)
}

// plugins looks for one on the route, on its Service, or on every route that does not let the request through.
func (g gateway) plugins(ctx context.Context, on *route, service *core.Service) error {
	applied, err := g.everywhere(ctx)
	if err != nil {
		return err
	}
	for _, name := range append(on.list("plugins"), list(service.Annotations["konghq.com/plugins"])...) {
		found, err := g.plugin(ctx, on.ingress.Namespace, name)
		if err != nil {
			return err
		}
		applied = append(applied, found...)
	}
	for _, each := range applied {
		if each.refuses() {
			why := fmt.Sprintf("%s is behind the plugin %s (%s)", on, each.Name, each.Plugin)
			return refused{statuses[each.Plugin], why}
		}
	}
	return nil
}

const kongsAPI = "/apis/configuration.konghq.com/v1/"

// everywhere lists the plugins that apply to every route.
func (g gateway) everywhere(ctx context.Context) ([]plugin, error) {
	var all struct{ Items []plugin }
	if _, err := g.read(ctx, kongsAPI+"kongclusterplugins", &all); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all.Items, func(each plugin) bool { return each.Labels["global"] != "true" }), nil
}

// plugin finds the one that an annotation names: of the namespace, of the one that it names too, or of the cluster.
func (g gateway) plugin(ctx context.Context, namespace, name string) ([]plugin, error) {
	if other, own, qualified := strings.Cut(name, ":"); qualified {
		namespace, name = other, own
	}
	for _, path := range []string{"namespaces/" + namespace + "/kongplugins/" + name, "kongclusterplugins/" + name} {
		var found plugin
		if there, err := g.read(ctx, kongsAPI+path, &found); there || err != nil {
			return []plugin{found}, err
		}
	}
	return nil, nil // Kong goes without a plugin that is not there.
}

// read tells whether the API server has something at a path, and reads it.
func (g gateway) read(ctx context.Context, path string, into any) (bool, error) {
	content, err := g.client.Discovery().RESTClient().Get().AbsPath(path).DoRaw(ctx)
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, json.Unmarshal(content, into)
}

// pods are those behind a Service that are ready, each with the port that the Service's leads to.
func (g gateway) pods(
	ctx context.Context, service *core.Service, wanted networking.ServiceBackendPort,
) (map[*core.Pod]int32, error) {
	slicesOf := meta.ListOptions{LabelSelector: discovery.LabelServiceName + "=" + service.Name}
	found, err := g.client.DiscoveryV1().EndpointSlices(service.Namespace).List(ctx, slicesOf)
	if err != nil {
		return nil, err
	}
	pods := make(map[*core.Pod]int32)
	for _, port := range service.Spec.Ports {
		if port.Port != wanted.Number && (wanted.Name == "" || port.Name != wanted.Name) {
			continue
		}
		for _, slice := range found.Items {
			for pod, target := range g.ready(ctx, slice, port.Name) {
				pods[pod] = target
			}
		}
	}
	if len(pods) == 0 {
		return nil, refused{503, fmt.Sprintf("No pod is ready behind the Service %s", service.Name)}
	}
	return pods, nil
}

func (g gateway) ready(ctx context.Context, slice discovery.EndpointSlice, port string) map[*core.Pod]int32 {
	pods := make(map[*core.Pod]int32)
	for _, each := range slice.Ports {
		if *each.Name != port {
			continue
		}
		for _, endpoint := range slice.Endpoints {
			if endpoint.TargetRef == nil || (endpoint.Conditions.Ready != nil && !*endpoint.Conditions.Ready) {
				continue
			}
			pod, err := g.client.CoreV1().Pods(slice.Namespace).Get(ctx, endpoint.TargetRef.Name, meta.GetOptions{})
			if err == nil { // One that is gone by now is not ready.
				pods[pod] = *each.Port
			}
		}
	}
	return pods
}

// solution is what cert-manager's solver in a pod answers, by the arguments that it was started with.
func solution(pod *core.Pod, port int32, host, path string) string {
	for _, container := range pod.Spec.Containers {
		arguments := make(map[string]string)
		for _, each := range container.Args {
			name, value, _ := strings.Cut(each, "=")
			arguments[name] = value
		}
		asked := map[string]string{"--listen-port": fmt.Sprint(port), "--domain": host, "--token": path[len(challenges):]}
		if !slices.ContainsFunc([]string{"--listen-port", "--domain", "--token"}, func(name string) bool {
			return arguments[name] != asked[name]
		}) {
			return arguments["--key"]
		}
	}
	return ""
}
