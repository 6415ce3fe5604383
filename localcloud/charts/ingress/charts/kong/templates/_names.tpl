{{- define "kong.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Unlike most charts, this one never shortens "<release>-<name>" to the release's name. */}}
{{- define "kong.fullname" -}}
{{- $usual := printf "%s-%s" .Release.Name (.Values.nameOverride | default .Chart.Name) -}}
{{- .Values.fullnameOverride | default ($usual | trunc 63 | trimSuffix "-") -}}
{{- end -}}

{{- define "kong.namespace" -}}
{{- .Values.namespace | default .Release.Namespace -}}
{{- end -}}

{{- define "kong.serviceAccountName" -}}
{{- $account := .Values.deployment.serviceAccount -}}
{{- $account.name | default (ternary (include "kong.fullname" .) "default" $account.create) -}}
{{- end -}}

{{- define "kong.selectorLabels" -}}
app.kubernetes.io/name: {{ include "kong.name" . }}
app.kubernetes.io/component: app
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "kong.labels" -}}
app.kubernetes.io/name: {{ include "kong.name" . }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
app.kubernetes.io/version: {{ include "kong.version" .Values.image | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- range $key, $value := .Values.extraLabels }}
{{ $key }}: {{ tpl (toString $value) $ | quote }}
{{- end }}
{{- end -}}

{{/* What budgets and the controller's own Services select by: those labels too that an upgrade changes, as in the real
     chart. Pods of before and after it are never counted together. */}}
{{- define "kong.revisionLabels" -}}
{{ include "kong.labels" . }}
app.kubernetes.io/component: app
{{- end -}}

{{/* The first two numbers of an image's version. A tag that is not a version needs effectiveSemver, as in the real
     chart, which decides by it what to render. */}}
{{- define "kong.version" -}}
{{- $stated := .effectiveSemver | default .tag -}}
{{- if not (regexMatch "^v?[0-9]+\\.[0-9]+" $stated) -}}
{{- fail (printf "image.tag %q is not a version, so the chart cannot tell what it supports: set image.effectiveSemver" $stated) -}}
{{- end -}}
{{- regexFind "[0-9]+\\.[0-9]+" $stated -}}
{{- end -}}

{{- define "kong.imageName" -}}
{{- .unifiedRepoTag | default (printf "%s:%s" .repository .tag) -}}
{{- end -}}

{{/* Every object says that it is a stand-in's. Takes the object's own annotations. */}}
{{- define "kong.annotations" -}}
localcloud/stand-in-for: kong/ingress 0.24.0
{{- range $key, $value := . }}
{{ $key }}: {{ $value | toString | quote }}
{{- end }}
{{- end -}}

{{/* The metadata of a namespaced object. Takes (dict "root" $ "name" … "labels" … "annotations" …). */}}
{{- define "kong.metadata" -}}
name: {{ .name }}
namespace: {{ include "kong.namespace" .root }}
labels:
  {{- include "kong.labels" .root | nindent 2 }}
  {{- range $key, $value := .labels }}
  {{ $key }}: {{ $value | toString | quote }}
  {{- end }}
annotations:
  {{- include "kong.annotations" .annotations | nindent 2 }}
{{- end -}}
