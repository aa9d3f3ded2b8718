// status.loadBalancer of Services and Ingresses: its rules, and its text in tables.
import { isIP } from 'node:net'
import type { FieldError } from '../kind.ts'
import { invalid } from '../validation/field-error.ts'
import { dns1123Subdomain } from '../validation/names.ts'

export interface LoadBalancerStatus {
  readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[]
}

/** Addresses and names, sorted, joined by comma; empty when there are none. */
export function loadBalancerText(status: LoadBalancerStatus | undefined): string {
  const texts = (status?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '')
  return [...new Set(texts.filter((text) => text !== ''))].sort().join(',')
}

/** What is wrong with the entries. */
export function loadBalancerErrors(status: LoadBalancerStatus | undefined): FieldError[] {
  return (status?.ingress ?? []).flatMap(({ ip, hostname }, index) => {
    const field = `status.loadBalancer.ingress[${index}]`
    const errors: FieldError[] = []
    if (ip && isIP(ip) === 0) {
      errors.push(invalid(`${field}.ip`, ip, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'))
    }
    if (hostname) {
      errors.push(...dns1123Subdomain(hostname).map((text) => invalid(`${field}.hostname`, hostname, text)))
      if (isIP(hostname) !== 0) {
        errors.push(invalid(`${field}.hostname`, hostname, 'must be a DNS name, not an IP address'))
      }
    }
    return errors
  })
}
