// proxy-connect-timeout: how long the ALB waits for a connection to the service.
import { annotation } from '../annotation.ts'
import { serviceEntries } from '../service-entries.ts'
import { time } from '../values.ts'

export const proxyConnectTimeout = annotation({
  name: 'proxy-connect-timeout',
  syntax: 'timeout=<time> [serviceName=<services>][;…], or just <time>',
  doc: 'How long the ALB waits for a connection to the service; 504 after that. Default 60s.',
  read: serviceEntries('timeout', time, { keyless: true }, (connectTimeoutMs) => ({ connectTimeoutMs })),
})
