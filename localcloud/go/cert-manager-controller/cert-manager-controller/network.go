package main

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// peer is a pod that connects to another, with the labels of its namespace.
type peer struct {
	pod       core.Pod
	namespace map[string]string
}

// connect tells why one of Kong's proxies cannot connect to a pod: there is none, or a network policy forbids it.
func (g gateway) connect(ctx context.Context, to *core.Pod, port int32) error {
	proxies, err := g.proxies(ctx)
	if err != nil {
		return err
	}
	if len(proxies) == 0 {
		return refused{502, "No proxy of Kong's runs"}
	}
	policies, err := g.client.NetworkingV1().NetworkPolicies(to.Namespace).List(ctx, meta.ListOptions{})
	if err != nil {
		return err
	}
	for _, proxy := range proxies {
		if !admits(policies.Items, proxy, to, port) {
			why := "No network policy lets %s/%s connect to port %d of %s/%s"
			return refused{504, fmt.Sprintf(why, proxy.pod.Namespace, proxy.pod.Name, port, to.Namespace, to.Name)}
		}
	}
	return nil
}

// proxies are the pods that take requests: those which Kong's chart tells where to listen.
func (g gateway) proxies(ctx context.Context) ([]peer, error) {
	pods, err := g.client.CoreV1().Pods("").List(ctx, meta.ListOptions{FieldSelector: "status.phase=Running"})
	if err != nil {
		return nil, err
	}
	var found []peer
	for _, pod := range pods.Items {
		for _, container := range pod.Spec.Containers {
			if slices.ContainsFunc(container.Env, func(each core.EnvVar) bool { return each.Name == "KONG_PROXY_LISTEN" }) {
				namespace, err := g.client.CoreV1().Namespaces().Get(ctx, pod.Namespace, meta.GetOptions{})
				if err != nil {
					return nil, err
				}
				found = append(found, peer{pod, namespace.Labels})
			}
		}
	}
	return found, nil
}

// admits tells whether the policies of a pod's namespace let somebody connect to it. Where none selects it, anybody may.
func admits(policies []networking.NetworkPolicy, from peer, to *core.Pod, port int32) bool {
	closed := false
	for _, policy := range policies {
		if !slices.Contains(policy.Spec.PolicyTypes, networking.PolicyTypeIngress) ||
			!selects(&policy.Spec.PodSelector, to.Labels) {
			continue
		}
		closed = true
		for _, rule := range policy.Spec.Ingress {
			anybody := len(rule.From) == 0 || slices.ContainsFunc(rule.From, func(each networking.NetworkPolicyPeer) bool {
				return from.is(each, policy.Namespace)
			})
			anything := len(rule.Ports) == 0 || slices.ContainsFunc(rule.Ports, func(each networking.NetworkPolicyPort) bool {
				return covers(each, to, port)
			})
			if anybody && anything {
				return true
			}
		}
	}
	return !closed
}

// is tells whether a policy in a namespace means this pod.
func (p peer) is(meant networking.NetworkPolicyPeer, namespace string) bool {
	if meant.IPBlock != nil {
		address, _ := netip.ParseAddr(p.pod.Status.PodIP)
		within := func(block string) bool {
			prefix, err := netip.ParsePrefix(block)
			return err == nil && prefix.Contains(address)
		}
		return within(meant.IPBlock.CIDR) && !slices.ContainsFunc(meant.IPBlock.Except, within)
	}
	there := p.pod.Namespace == namespace
	if meant.NamespaceSelector != nil {
		there = selects(meant.NamespaceSelector, p.namespace)
	}
	return there && (meant.PodSelector == nil || selects(meant.PodSelector, p.pod.Labels))
}

// covers tells whether a rule's port means one of a pod's.
func covers(meant networking.NetworkPolicyPort, of *core.Pod, port int32) bool {
	switch {
	case meant.Protocol != nil && *meant.Protocol != core.ProtocolTCP:
		return false
	case meant.Port == nil:
		return true
	case meant.Port.Type == intstr.String:
		return slices.ContainsFunc(of.Spec.Containers, func(container core.Container) bool {
			return slices.ContainsFunc(container.Ports, func(each core.ContainerPort) bool {
				return each.Name == meant.Port.StrVal && each.ContainerPort == port
			})
		})
	case meant.EndPort != nil:
		return meant.Port.IntVal <= port && port <= *meant.EndPort
	default:
		return meant.Port.IntVal == port
	}
}

func selects(selector *meta.LabelSelector, by map[string]string) bool {
	parsed, err := meta.LabelSelectorAsSelector(selector)
	return err == nil && parsed.Matches(labels.Set(by))
}
