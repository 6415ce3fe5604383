{{/* Environment variables, in the order of their names. A value is plain, or an object such as {valueFrom: …}. */}}
{{- define "kong.environment" -}}
{{- range $name, $value := . }}
- name: {{ $name }}
  {{- if kindIs "map" $value }}
  {{- toYaml $value | nindent 2 }}
  {{- else }}
  value: {{ $value | toString | quote }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* One KONG_*_LISTEN. Takes what the values say of a listener: http, tls, addresses. */}}
{{- define "kong.listen" -}}
{{- $listens := list -}}
{{- $addresses := .addresses | default (list "0.0.0.0" "[::]") -}}
{{- range $kind := list "http" "tls" -}}
{{- $side := get $ $kind | default dict -}}
{{- if $side.enabled -}}
{{- $words := $side.parameters | default list -}}
{{- if eq $kind "tls" -}}{{- $words = append $words "ssl" -}}{{- end -}}
{{- range $addresses -}}
{{- $listens = append $listens (join " " (prepend ($words | uniq) (printf "%s:%d" . (int $side.containerPort)))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- join ", " $listens | default "off" -}}
{{- end -}}

{{/* KONG_STREAM_LISTEN, for connections that are not HTTP. */}}
{{- define "kong.streamListen" -}}
{{- $listens := list -}}
{{- range $usual, $listener := dict "TCP" .Values.proxy "UDP" .Values.udpProxy -}}
{{- range $stream := $listener.stream -}}
{{- $words := $stream.parameters | default list -}}
{{- if eq ($stream.protocol | default $usual) "UDP" -}}{{- $words = append $words "udp" -}}{{- end -}}
{{- range $stream.addresses | default (list "0.0.0.0" "[::]") -}}
{{- $listens = append $listens (join " " (prepend $words (printf "%s:%d" . (int $stream.containerPort)))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- join ", " $listens | default "off" -}}
{{- end -}}

{{- define "kong.portMaps" -}}
{{- $maps := list -}}
{{- range $side := list .http .tls -}}
{{- if and $side.enabled (int $side.servicePort) -}}
{{- $maps = append $maps (printf "%d:%d" (int $side.servicePort) (int $side.containerPort)) -}}
{{- end -}}
{{- end -}}
{{- join ", " $maps -}}
{{- end -}}

{{/* Kong's own variables: what follows from the values, then what the user set, which wins. */}}
{{- define "kong.proxyEnvironment" -}}
{{- $off := dict -}}
{{- $all := dict
  "KONG_PROXY_LISTEN" (include "kong.listen" .Values.proxy)
  "KONG_ADMIN_LISTEN" (include "kong.listen" (ternary .Values.admin $off .Values.admin.enabled))
  "KONG_STATUS_LISTEN" (include "kong.listen" (ternary .Values.status $off .Values.status.enabled))
  "KONG_PORT_MAPS" (include "kong.portMaps" .Values.proxy)
  "KONG_CLUSTER_LISTEN" "off"
  "KONG_STREAM_LISTEN" (include "kong.streamListen" .)
  "KONG_NGINX_DAEMON" "off"
  "KONG_LUA_PACKAGE_PATH" "/opt/?.lua;/opt/?/init.lua;;"
  "KONG_PROXY_STREAM_ACCESS_LOG" "/dev/stdout basic"
  "KONG_PROXY_STREAM_ERROR_LOG" "/dev/stderr"
  "KONG_STATUS_ACCESS_LOG" "off"
  "KONG_STATUS_ERROR_LOG" "/dev/stderr"
-}}
{{- $plugins := list -}}
{{- range concat (.Values.plugins.configMaps | default list) (.Values.plugins.secrets | default list) -}}
{{- $plugins = append $plugins .pluginName -}}
{{- end -}}
{{- with .Values.plugins.preInstalled -}}{{- $plugins = concat $plugins (splitList "," .) -}}{{- end -}}
{{- if $plugins -}}
{{- $_ := set $all "KONG_PLUGINS" (prepend ($plugins | uniq) "bundled" | join ",") -}}
{{- end -}}
{{- range $name, $value := .Values.env -}}
{{- if and (contains "_log" $name) (kindIs "bool" $value) -}}
{{- fail (printf "env.%s is a boolean, and Kong knows only the string: write off in quotes" $name) -}}
{{- end -}}
{{- $_ := set $all (printf "KONG_%s" (upper $name)) $value -}}
{{- end -}}
{{- range $name, $value := .Values.customEnv -}}{{- $_ := set $all (upper $name) $value -}}{{- end -}}
{{- include "kong.environment" $all -}}
{{- end -}}

{{/* The controller's variables, likewise. */}}
{{- define "kong.controllerEnvironment" -}}
{{- $controller := .Values.ingressController -}}
{{- $namespace := include "kong.namespace" . -}}
{{- $proxy := tpl (.Values.proxy.nameOverride | default (printf "%s-proxy" (include "kong.fullname" .))) . -}}
{{- $all := dict
  "CONTROLLER_INGRESS_CLASS" $controller.ingressClass
  "CONTROLLER_ELECTION_ID" (printf "kong-ingress-controller-leader-%s" $controller.ingressClass)
  "CONTROLLER_PUBLISH_SERVICE" (printf "%s/%s" $namespace $proxy)
-}}
{{- if $controller.admissionWebhook.enabled -}}
{{- $address := $controller.admissionWebhook.address | default "0.0.0.0" -}}
{{- $listen := printf "%s:%d" $address (int $controller.admissionWebhook.port) -}}
{{- $_ := set $all "CONTROLLER_ADMISSION_WEBHOOK_LISTEN" $listen -}}
{{- end -}}
{{- with $controller.watchNamespaces -}}
{{- $_ := set $all "CONTROLLER_WATCH_NAMESPACE" (join "," .) -}}
{{- end -}}
{{- if $controller.gatewayDiscovery.enabled -}}
{{- $_ := set $all "CONTROLLER_KONG_ADMIN_SVC" (include "kong.adminService" .) -}}
{{- end -}}
{{- range $name, $value := $controller.env -}}{{- $_ := set $all (printf "CONTROLLER_%s" (upper $name)) $value -}}{{- end -}}
{{- range $name, $value := $controller.customEnv -}}{{- $_ := set $all (upper $name) $value -}}{{- end -}}
{{- include "kong.environment" $all -}}
{{- end -}}

{{/* Where the controller finds the gateways: the Service that this release makes, or another one, never both. */}}
{{- define "kong.adminService" -}}
{{- $discovery := .Values.ingressController.gatewayDiscovery -}}
{{- $named := $discovery.adminApiService -}}
{{- if and $discovery.generateAdminApiService $named.name -}}
{{- fail "ingressController.gatewayDiscovery: generateAdminApiService and adminApiService.name exclude each other" -}}
{{- else if not (or $discovery.generateAdminApiService $named.name) -}}
{{- fail "ingressController.gatewayDiscovery: set adminApiService.name, or generateAdminApiService to true" -}}
{{- end -}}
{{- $namespace := include "kong.namespace" . -}}
{{- if $named.name -}}
{{- printf "%s/%s" ($named.namespace | default $namespace) $named.name -}}
{{- else -}}
{{- printf "%s/%s-gateway-admin" $namespace .Release.Name -}}
{{- end -}}
{{- end -}}
