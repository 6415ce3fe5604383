{{- define "kong.containerSecurity" -}}
{{- if .Values.containerSecurityContext.enabled }}
securityContext:
  {{- omit .Values.containerSecurityContext "enabled" | toYaml | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "kong.controllerContainer" -}}
{{- $controller := .Values.ingressController -}}
- name: ingress-controller
  image: {{ include "kong.imageName" $controller.image }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  {{- include "kong.containerSecurity" . | nindent 2 }}
  {{- with $controller.args }}
  args:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  env:
    - name: POD_NAME
      valueFrom: {fieldRef: {fieldPath: metadata.name}}
    - name: POD_NAMESPACE
      valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
    {{- include "kong.controllerEnvironment" . | nindent 4 }}
  {{- with $controller.envFrom }}
  envFrom:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  ports:
    {{- if $controller.admissionWebhook.enabled }}
    - {name: webhook, containerPort: {{ int $controller.admissionWebhook.port }}, protocol: TCP}
    {{- end }}
    - {name: cmetrics, containerPort: 10255, protocol: TCP}
    - {name: cstatus, containerPort: 10254, protocol: TCP}
  {{- if not (hasKey $controller "disableProbes") }}
  readinessProbe:
    {{- toYaml $controller.readinessProbe | nindent 4 }}
  livenessProbe:
    {{- toYaml $controller.livenessProbe | nindent 4 }}
  {{- end }}
  resources:
    {{- toYaml $controller.resources | nindent 4 }}
  {{- $certificate := $controller.admissionWebhook.certificate }}
  volumeMounts:
    - {name: token, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true}
    {{- if and $controller.admissionWebhook.enabled $certificate.provided }}
    - {name: webhook-cert, mountPath: /admission-webhook, readOnly: true}
    {{- end }}
    {{- with $controller.userDefinedVolumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{- define "kong.proxyContainer" -}}
- name: proxy
  image: {{ include "kong.imageName" .Values.image }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  {{- include "kong.containerSecurity" . | nindent 2 }}
  env:
    {{- include "kong.proxyEnvironment" . | nindent 4 }}
  {{- with .Values.envFrom }}
  envFrom:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  lifecycle:
    {{- toYaml .Values.lifecycle | nindent 4 }}
  ports:
    {{- range $name := list "proxy" "admin" "status" }}
    {{- $listener := get $.Values $name }}
    {{- if $listener.enabled }}
    {{- range $suffix, $side := dict "" $listener.http "-tls" $listener.tls }}
    {{- if $side.enabled }}
    - name: {{ $name }}{{ $suffix }}
      containerPort: {{ int $side.containerPort }}
      {{- with $side.hostPort }}
      hostPort: {{ int . }}
      {{- end }}
      protocol: TCP
    {{- end }}
    {{- end }}
    {{- end }}
    {{- end }}
    {{- range $usual, $listener := dict "TCP" .Values.proxy "UDP" .Values.udpProxy }}
    {{- range $listener.stream }}
    {{- $protocol := .protocol | default $usual }}
    - name: stream{{ eq $protocol "UDP" | ternary "udp" "" }}-{{ int .containerPort }}
      containerPort: {{ int .containerPort }}
      {{- with .hostPort }}
      hostPort: {{ int . }}
      {{- end }}
      protocol: {{ $protocol }}
    {{- end }}
    {{- end }}
  readinessProbe:
    {{- toYaml .Values.readinessProbe | nindent 4 }}
  livenessProbe:
    {{- toYaml .Values.livenessProbe | nindent 4 }}
  {{- with .Values.startupProbe }}
  startupProbe:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  resources:
    {{- toYaml .Values.resources | nindent 4 }}
  volumeMounts:
    {{- include "kong.proxyMounts" . | nindent 4 }}
    {{- with .Values.deployment.userDefinedVolumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{/* Runs before Kong, on its image: a container that was killed leaves a pid file that Kong would trip over. */}}
{{- define "kong.cleaningContainer" -}}
- name: clear-stale-pid
  image: {{ include "kong.imageName" .Values.image }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  {{- include "kong.containerSecurity" . | nindent 2 }}
  command: [rm, -vrf, /kong_prefix/pids]
  resources:
    {{- .Values.initContainerResources | default .Values.resources | toYaml | nindent 4 }}
  volumeMounts:
    - {name: prefix, mountPath: /kong_prefix/}
{{- end -}}
