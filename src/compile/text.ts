// Small pieces of message text that many findings share.
import type { KubeObject } from '../resources/object.ts'

/** `Secret "istio-system/alb-certs"`: how messages name an object by key. */
export function named(kind: string, key: string): string {
  return `${kind} "${key}"`
}

/** `a, b and c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

/** The text of whatever was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** `Kind namespace/name` of an object that is at hand. */
export function titleOf(object: KubeObject): string {
  const { namespace, name } = object.metadata
  return `${object.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
}
