{{- define "kong.proxyMounts" -}}
- {name: prefix, mountPath: /kong_prefix/}
- {name: tmp, mountPath: /tmp}
{{- range .Values.secretVolumes }}
- {name: {{ . }}, mountPath: /etc/secrets/{{ . }}}
{{- end }}
{{- range concat .Values.extraConfigMaps .Values.extraSecrets }}
- name: {{ .name }}
  mountPath: {{ .mountPath }}
  {{- with .subPath }}
  subPath: {{ . }}
  {{- end }}
{{- end }}
{{- range concat (.Values.plugins.configMaps | default list) (.Values.plugins.secrets | default list) }}
{{- $directory := printf "/opt/kong/plugins/%s" .pluginName }}
- {name: kong-plugin-{{ .pluginName }}, mountPath: {{ $directory }}, readOnly: true}
{{- range .subdirectories }}
- {name: {{ .name }}, mountPath: {{ $directory }}/{{ .path | default .name }}, readOnly: true}
{{- end }}
{{- end }}
{{- end -}}

{{- define "kong.volumes" -}}
{{- if .Values.deployment.kong.enabled }}
- name: prefix
  emptyDir: {sizeLimit: {{ .Values.deployment.prefixDir.sizeLimit }}}
- name: tmp
  emptyDir: {sizeLimit: {{ .Values.deployment.tmpDir.sizeLimit }}}
{{- range .Values.secretVolumes }}
- name: {{ . }}
  secret: {secretName: {{ . }}}
{{- end }}
{{- range .Values.extraSecrets }}
- name: {{ .name }}
  secret: {secretName: {{ .name }}}
{{- end }}
{{- range .Values.extraConfigMaps }}
- name: {{ .name }}
  configMap: {name: {{ .name }}}
{{- end }}
{{- range .Values.plugins.configMaps }}
- name: kong-plugin-{{ .pluginName }}
  configMap: {name: {{ .name }}}
{{- range .subdirectories }}
- name: {{ .name }}
  configMap: {name: {{ .name }}}
{{- end }}
{{- end }}
{{- range .Values.plugins.secrets }}
- name: kong-plugin-{{ .pluginName }}
  secret: {secretName: {{ .name }}}
{{- range .subdirectories }}
- name: {{ .name }}
  secret: {secretName: {{ .name }}}
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.ingressController }}
{{- if .enabled }}
- name: token
  projected:
    sources:
      - serviceAccountToken: {path: token, expirationSeconds: 3607}
      - configMap:
          name: kube-root-ca.crt
          items: [{key: ca.crt, path: ca.crt}]
      - downwardAPI:
          items: [{path: namespace, fieldRef: {fieldPath: metadata.namespace}}]
{{- if and .admissionWebhook.enabled .admissionWebhook.certificate.provided }}
- name: webhook-cert
  secret: {secretName: {{ .admissionWebhook.certificate.secretName }}}
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.deployment.userDefinedVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
