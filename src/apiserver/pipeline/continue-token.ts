// The opaque token between two pages of a list: the revision of the first page and the key where the next one starts.
import { badRequest } from '../status-error.ts'

export interface ContinueToken {
  /** Undefined: whatever is latest (the token that comes with a 410). */
  readonly revision?: number
  /** The next page starts at the first key after this one. */
  readonly after: string
}

export function encodeContinue({ revision, after }: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision ?? -1, after })).toString('base64url')
}

/** Throws 400 for what no page of ours ever returned. */
export function decodeContinue(token: string): ContinueToken {
  try {
    const { rv, after } = JSON.parse(Buffer.from(token, 'base64url').toString()) as Record<string, unknown>
    if (Number.isInteger(rv) && typeof after === 'string') {
      return Number(rv) < 0 ? { after } : { revision: Number(rv), after }
    }
  } catch {
    // Falls through: not even JSON.
  }
  throw badRequest('continue key is not valid: it was not returned by this server')
}
