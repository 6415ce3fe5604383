{{/* The objects are named after the release, shortened to what a Service may be called. */}}
{{- define "addon.name" -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "addon.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "addon.original" -}}
{{- .Values.standInFor | default .Chart.Name -}}
{{- end -}}

{{/* What every object says of itself. The digest makes a change of values a change that can be seen. */}}
{{- define "addon.metadata" -}}
name: {{ include "addon.name" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "addon.selector" . | nindent 2 }}
  app.kubernetes.io/managed-by: {{ .Release.Service }}
annotations:
  localcloud/stand-in-for: {{ include "addon.original" . | quote }}
  localcloud/values-digest: {{ omit .Values "standInFor" "global" | toJson | sha256sum | trunc 16 | quote }}
{{- end -}}
