{{/* What the controller needs, in three circles: its own namespace, each namespace that it watches, the cluster. */}}
{{- define "kong.ownNamespaceRules" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [get, list, watch, create, update, patch, delete]
- apiGroups: [""]
  resources: [events]
  verbs: [create, patch]
- apiGroups: [""]
  resources: [configmaps, pods, secrets, services]
  verbs: [get]
{{- end -}}

{{- define "kong.watchedRules" -}}
- apiGroups: [""]
  resources: [configmaps, pods, secrets, services]
  verbs: [get, list, watch]
- apiGroups: [""]
  resources: [events]
  verbs: [create, patch]
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [get, list, watch]
- apiGroups: [networking.k8s.io]
  resources: [ingresses]
  verbs: [get, list, watch]
- apiGroups: [""]
  resources: [services/status]
  verbs: [get, patch, update]
- apiGroups: [networking.k8s.io]
  resources: [ingresses/status]
  verbs: [get, patch, update]
- apiGroups: [configuration.konghq.com]
  resources:
    - ingressclassparameterses
    - kongconsumergroups
    - kongconsumers
    - kongcustomentities
    - kongingresses
    - kongplugins
    - kongupstreampolicies
    - tcpingresses
    - udpingresses
  verbs: [get, list, watch]
- apiGroups: [configuration.konghq.com]
  resources:
    - kongconsumergroups/status
    - kongconsumers/status
    - kongcustomentities/status
    - kongingresses/status
    - kongplugins/status
    - kongupstreampolicies/status
    - tcpingresses/status
    - udpingresses/status
  verbs: [get, patch, update]
- apiGroups: [gateway.networking.k8s.io]
  resources: [backendtlspolicies, gateways, grpcroutes, httproutes, referencegrants, tcproutes, tlsroutes, udproutes]
  verbs: [get, list, watch]
- apiGroups: [gateway.networking.k8s.io]
  resources: [gateways]
  verbs: [update]
- apiGroups: [gateway.networking.k8s.io]
  resources:
    - backendtlspolicies/status
    - gateways/status
    - grpcroutes/status
    - httproutes/status
    - tcproutes/status
    - tlsroutes/status
    - udproutes/status
  verbs: [get, patch, update]
{{- end -}}

{{- define "kong.clusterRules" -}}
- apiGroups: [""]
  resources: [namespaces, nodes]
  verbs: [get, list, watch]
- apiGroups: [apiextensions.k8s.io]
  resources: [customresourcedefinitions]
  verbs: [list, watch]
- apiGroups: [networking.k8s.io]
  resources: [ingressclasses]
  verbs: [get, list, watch]
- apiGroups: [configuration.konghq.com]
  resources: [kongclusterplugins, konglicenses, kongvaults]
  verbs: [get, list, watch]
- apiGroups: [configuration.konghq.com]
  resources: [kongclusterplugins/status, konglicenses/status, kongvaults/status]
  verbs: [get, patch, update]
- apiGroups: [gateway.networking.k8s.io]
  resources: [gatewayclasses]
  verbs: [get, list, watch]
- apiGroups: [gateway.networking.k8s.io]
  resources: [gatewayclasses/status]
  verbs: [get, update]
{{- end -}}
