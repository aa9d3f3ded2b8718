// SP11xx: Telemetry and the mesh configuration it refers to.
import type { CodeEntry } from '../code-entry.ts'

export const telemetryCodes = {
  SP1101: {
    severity: 'error',
    title: 'The provider cannot be used',
    explanation:
      'The provider is not among the extensionProviders of the mesh configuration, or is of a kind that is not supported here. Nothing is traced or logged for it.',
    fix: 'Add the provider to the mesh configuration (ConfigMap istio in the root namespace): opentelemetry with http for tracing, envoy or envoyFileAccessLog for access logs.',
  },
  SP1102: {
    severity: 'error',
    title: 'The mesh configuration cannot be read',
    explanation:
      'The text under the key mesh is not valid YAML, or a value in it has the wrong type. It counts as empty.',
    fix: 'Correct the value named in the message.',
  },
  SP1103: {
    severity: 'error',
    title: 'The collector is not known',
    explanation:
      'No Service has the host and port of the tracing provider, so spans have nowhere to go and no trace headers are made.',
    fix: 'Name an existing Service by its full name, and one of its ports.',
  },
  SP1104: {
    severity: 'error',
    title: 'The filter of the access log cannot be used',
    explanation:
      'The expression is not valid CEL, is not of type bool, or uses an attribute that is not known here. Every request is logged, so that nothing is missed.',
    fix: 'Correct the expression; docs/compatibility.md has the attributes.',
  },
  SP1105: {
    severity: 'warning',
    title: 'The Telemetry asks for tracing without a provider',
    explanation:
      'Neither the Telemetry nor the defaultProviders of the mesh name a tracing provider, so nothing is traced.',
    fix: 'Name a provider under tracing[].providers.',
    istio: ['IST0157'],
  },
} satisfies Record<string, CodeEntry>
