// proxy-read-timeout: how long the ALB waits between two reads from the service.
import { annotation } from '../annotation.ts'
import { serviceEntries } from '../service-entries.ts'
import { time } from '../values.ts'

export const proxyReadTimeout = annotation({
  name: 'proxy-read-timeout',
  syntax: 'timeout=<time> [serviceName=<services>][;…], or just <time>',
  doc: 'How long the ALB waits between two reads from the service, also on WebSockets; 504 after that. Default 60s.',
  read: serviceEntries('timeout', time, { keyless: true }, (readTimeoutMs) => ({ readTimeoutMs })),
})
