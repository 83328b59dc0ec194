{{- /* The service's properties; what is not here keeps the service's own default. */ -}}
{{- define "vmx-decision-service.application" -}}
spring:
  lifecycle:
    timeout-per-shutdown-phase: {{ .Values.shutdown.phaseSeconds }}s
{{- if .Values.tls.secretName }}
  ssl:
    bundle:
      pem:
        server:
          # A renewed Secret is taken up without a restart.
          reload-on-update: true
          keystore:
            certificate: file:/etc/vmx-decision-tls/tls.crt
            private-key: file:/etc/vmx-decision-tls/tls.key
            # A certificate that does not fit its key is not taken up.
            verify-keys: true
server:
  ssl:
    bundle: server
# Without this the management port has TLS as well, and neither the kubelet's probes nor Prometheus know of it.
management.server.ssl.enabled: false
{{- end }}
{{- if or .Values.jwt.issuerUri .Values.jwt.publicKey }}
spring.security.oauth2.resourceserver.jwt:
  {{- with .Values.jwt.issuerUri }}
  issuer-uri: {{ . | quote }}
  {{- end }}
  {{- if .Values.jwt.publicKey }}
  public-key-location: file:/etc/vmx-decision/jwt-public-key.pem
  {{- end }}
  {{- with .Values.jwt.audiences }}
  audiences:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- with .Values.tracing.endpoint }}
management:
  opentelemetry.tracing.export.otlp.endpoint: {{ . | quote }}
  tracing.sampling.probability: {{ $.Values.tracing.samplingProbability }}
{{- end }}
vmx-decision:
  {{- toYaml .Values.vmxDecision | nindent 2 }}
{{- end -}}
