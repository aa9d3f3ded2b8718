// Addresses for what a folder of files only describes. All are reserved for documentation and benchmarks (RFC 5737, RFC 2544), so none is ever real.

export interface Addresses {
  readonly pod: () => string
  readonly service: () => string
  readonly loadBalancer: () => string
}

/** The next address of a /24, then of a /16 once that is used up. */
function counter(first: string, overflow: string): () => string {
  let used = 0
  return () => {
    used += 1
    if (used < 255) return `${first}.${used}`
    const rest = used - 255
    return `${overflow}.${Math.floor(rest / 254)}.${(rest % 254) + 1}`
  }
}

/** Fresh counters: the same order of calls gives the same addresses. */
export function createAddresses(): Addresses {
  return {
    pod: counter('198.51.100', '198.18'),
    service: counter('203.0.113', '198.20'),
    loadBalancer: counter('192.0.2', '198.22'),
  }
}

/** The private address of an injected pod's program. */
export function twinOf(podAddress: string): string {
  const [a = '', b = '', c, d] = podAddress.split('.')
  return b === '51' ? `198.24.${c}.${d}` : `${a}.${Number(b) + 8}.${c}.${d}`
}
