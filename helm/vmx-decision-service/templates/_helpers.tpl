{{- define "vmx-decision-service.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- /* 50: room for "-management", the longest suffix, within the 63 characters of a label. */ -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "vmx-decision-service.instance" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- /* What selects the service's pods; not those of the chart's test. */ -}}
{{- define "vmx-decision-service.selector" -}}
{{ include "vmx-decision-service.instance" . }}
app.kubernetes.io/component: server
{{- end -}}

{{- define "vmx-decision-service.labels" -}}
{{ include "vmx-decision-service.instance" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | trunc 63 | trimAll "-_." | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- /* A digest says exactly which image; a tag beside it is for the reader. */ -}}
{{- define "vmx-decision-service.image" -}}
{{- .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{- with .Values.image.tag }}:{{ . }}{{ end -}}@{{ .Values.image.digest }}
{{- else -}}
:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "vmx-decision-service.scheme" -}}
{{- if .Values.tls.secretName }}https{{ else }}http{{ end -}}
{{- end -}}

{{- /*
Seconds from the start of preStop to SIGKILL: the preStop wait, both phases of the service's shutdown (its
own draining of connections, then Spring Boot's), and 15 s for what comes after them: the JVM's end and the
last spans.
*/ -}}
{{- define "vmx-decision-service.terminationGracePeriodSeconds" -}}
{{- add .Values.shutdown.preStopSeconds (mul 2 .Values.shutdown.phaseSeconds) 15 -}}
{{- end -}}

{{- /*
MiB that /tmp may hold: the answers of all streams (Spring's MB are 1024 * 1024 bytes), and 64 for the rest, such as
Tomcat's folders.
*/ -}}
{{- define "vmx-decision-service.tmpMebibytes" -}}
{{- add (.Values.vmxDecision.overload.disk | trimSuffix "MB" | int64) 64 -}}
{{- end -}}

{{- /* What a JSON schema cannot say. */ -}}
{{- define "vmx-decision-service.checks" -}}
{{- if and .Values.networkPolicy.enabled (not .Values.networkPolicy.egress) -}}
{{- range $name, $url := dict "tracing.endpoint" .Values.tracing.endpoint "jwt.issuerUri" .Values.jwt.issuerUri -}}
{{- if $url -}}
{{- fail (printf "%s is %s, but the NetworkPolicy lets nothing out: name its peers and ports in networkPolicy.egress, or set networkPolicy.enabled=false" $name $url) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled (gt (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas)) -}}
{{- fail (printf "autoscaling.minReplicas is %d, which is more than autoscaling.maxReplicas, %d" (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas)) -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled (not (dig "requests" "cpu" "" .Values.resources)) -}}
{{- fail "autoscaling.enabled needs resources.requests.cpu: the target is a share of it" -}}
{{- end -}}
{{- end -}}
