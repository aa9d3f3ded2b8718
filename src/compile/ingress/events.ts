// The events of the classic ALB (iks.md 1.5): reasons and message heads that its users grep for.
import type { StatusUpdate } from '../result.ts'

export type AlbEvent = Omit<NonNullable<StatusUpdate['events']>[number], 'source'>

const warning = (reason: string, message: string): AlbEvent => ({ type: 'Warning', reason, message })
const NOT_APPLIED = 'Failed to apply ingress resource.'
const TLS_NOT_UPDATED = 'Failed to update tls secret for ingress.'

export const albEvents = {
  /** S0001 */
  applied: {
    type: 'Normal',
    reason: 'Success',
    message: 'Successfully applied ingress resource.',
  } as AlbEvent,
  /** E0001 */
  tlsSecretNotFound: (detail: string) => warning('TLSSecretNotFound', `${NOT_APPLIED} ${detail}`),
  /** E0002 */
  sslSecretNotFound: (detail: string) => warning('SSLSecretNotFound', `${NOT_APPLIED} ${detail}`),
  /** E0003 */
  mutualAuthSecretNotFound: (detail: string) =>
    warning('MutualAuthSecretNotFound', `${NOT_APPLIED} ${detail}`),
  /** E0008 */
  mutualAuthCaNotFound: warning(
    'MutualAuthCACrtNotFound',
    'CA cert not found. Defaulting to tls cert for mutual auth.',
  ),
  /** E0009 */
  mutualAuthCrtNotFound: (detail: string) =>
    warning('MutualAuthTLSCrtNotFound', `Failed to update mutual auth secret for ingress. ${detail}`),
  /** E0004: another Ingress has the host. */
  conflictingServer: (detail: string) => warning('ConfigReloadFailure', `conflicting server name: ${detail}`),
  /** E0005 */
  tlsCrtNotPresent: (detail: string) => warning('TLSCrtNotPresent', `${TLS_NOT_UPDATED} ${detail}`),
  /** E0006 */
  tlsKeyNotPresent: (detail: string) => warning('TLSKeyNotPresent', `${TLS_NOT_UPDATED} ${detail}`),
  /** A0001 */
  annotationError: (annotation: string, detail: string) =>
    warning('AnnotationError', `Failed to apply ${annotation} annotation. ${detail}`),
}
