// upstream-keepalive-timeout: how long an idle connection to a service is kept.
import { annotation } from '../annotation.ts'
import { serviceEntries } from '../service-entries.ts'
import { time } from '../values.ts'

export const upstreamKeepaliveTimeout = annotation({
  name: 'upstream-keepalive-timeout',
  syntax: 'timeout=<time> [serviceName=<services>][;…], or just <time>',
  doc: 'How long an idle connection to the service is kept. Default 60s.',
  read: serviceEntries('timeout', time, { keyless: true }, (idleTimeoutMs) => ({ idleTimeoutMs })),
})
