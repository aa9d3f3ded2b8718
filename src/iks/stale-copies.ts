// Recognises copies that users made of what the provider issued, by content, and says what they should hold now. Pure.
import { createHash } from 'node:crypto'
import { inspectPem } from '../pki/inspect.ts'
import { encodePem, type PemBlock, pemBlocks } from '../pki/pem.ts'

/** What a certificate or key of the provider's is, and what stands for it now. */
export interface Known {
  /** `the certificate of mycluster-…`, for texts. */
  readonly what: string
  /** The domain label; absent for the issuer's own certificates. */
  readonly label?: string
  readonly current: boolean
  /** PEM of what is in force. */
  readonly replacement: string
  /** When this one expires, in milliseconds since the epoch, where known. */
  readonly notAfter?: number
}

/** Everything the provider remembers to have issued. */
export interface Catalogue {
  /** By hex SHA-256 of the DER. */
  readonly certificates: ReadonlyMap<string, Known>
  /** Private keys by the digest of their public key. */
  readonly keys: ReadonlyMap<string, Known>
}

/** What is stale in one Secret or ConfigMap. */
export interface StaleCopy {
  /** New text by data key: only keys that change. */
  readonly values: ReadonlyMap<string, string>
  readonly stale: readonly { readonly key: string; readonly known: Known }[]
  /** Set when bringing it up to date could tear a certificate and its key apart: why. */
  readonly blocked?: string
}

interface Scan {
  readonly text: string
  readonly stale: readonly Known[]
  readonly encryptedKey: boolean
}

/** Looks through all text values of one object; undefined when nothing in it is stale. */
export function staleCopy(
  values: Iterable<readonly [string, string]>,
  catalogue: Catalogue,
): StaleCopy | undefined {
  const changed = new Map<string, string>()
  const stale: { key: string; known: Known }[] = []
  let encrypted: string | undefined
  for (const [key, text] of values) {
    if (!text.includes('-----BEGIN ')) continue
    const found = scan(text, catalogue)
    if (found.encryptedKey) encrypted = key
    if (found.stale.length === 0) continue
    changed.set(key, found.text)
    stale.push(...found.stale.map((known) => ({ key, known })))
  }
  if (stale.length === 0) return undefined
  const certificate = stale.some(({ known }) => known.label !== undefined)
  return {
    values: changed,
    stale,
    ...(encrypted !== undefined && certificate
      ? { blocked: `the key under ${encrypted} is encrypted, so it cannot be told whose it is` }
      : {}),
  }
}

/** Replaces each superseded block where it stands; everything else in the text stays byte for byte. */
function scan(text: string, catalogue: Catalogue): Scan {
  const stale: Known[] = []
  let encryptedKey = false
  let result = ''
  let from = 0
  for (const block of pemBlocks(text).blocks) {
    if (block.label.startsWith('ENCRYPTED')) encryptedKey = true
    const known = lookUp(block, catalogue)
    if (known === undefined || known.current) continue
    stale.push(known)
    const end = known.replacement.endsWith('\n') && text[block.end] === '\n' ? block.end + 1 : block.end
    const replacement = end === block.end ? known.replacement.trimEnd() : known.replacement
    result += text.slice(from, block.start) + replacement
    from = end
  }
  return { text: result + text.slice(from), stale, encryptedKey }
}

function lookUp(block: PemBlock, catalogue: Catalogue): Known | undefined {
  if (block.label === 'CERTIFICATE' || block.label === 'X509 CERTIFICATE')
    return catalogue.certificates.get(createHash('sha256').update(block.der).digest('hex'))
  if (!block.label.endsWith('PRIVATE KEY') || block.label.startsWith('ENCRYPTED')) return undefined
  const { content } = inspectPem(Buffer.from(encodePem(block.label, block.der)))
  return content.kind === 'private-key' ? catalogue.keys.get(content.spki) : undefined
}
