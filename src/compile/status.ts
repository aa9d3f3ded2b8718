// What is written back: a condition on every object that is acted on, events and addresses on Ingresses.
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { ObjectRef } from '../diagnostics/origin.ts'
import type { Ingress } from '../resources/ingress.ts'
import {
  AUTHORIZATION_POLICY,
  DESTINATION_RULE,
  GATEWAY,
  INGRESS,
  PEER_AUTHENTICATION,
  VIRTUAL_SERVICE,
} from '../resources/kinds.ts'
import type { KindRef } from '../resources/object.ts'
import { refOf } from '../resources/object.ts'
import { findings } from './findings.ts'
import { readKeys, readObject } from './graph/inputs.ts'
import { joinKey, query, splitKey } from './graph/query.ts'
import { foreignClass } from './ingress/class.ts'
import { compiledIngress } from './ingress/ingress.ts'
import type { StatusUpdate } from './result.ts'
import { publicAddresses } from './workload/listen.ts'
import { proxyKeys } from './workload/proxies.ts'

const KINDS: readonly KindRef[] = [
  INGRESS,
  GATEWAY,
  VIRTUAL_SERVICE,
  DESTINATION_RULE,
  PEER_AUTHENTICATION,
  AUTHORIZATION_POLICY,
]

const titleOf = (ref: ObjectRef): string => joinKey(ref.kind, `${ref.namespace ?? ''}/${ref.name}`)

const findingsByObject = query<ReadonlyMap<string, readonly Diagnostic[]>>('findings-by-object', (read) => {
  const index = new Map<string, Diagnostic[]>()
  for (const finding of read(findings, '')) {
    if (finding.origin.object === undefined) continue
    const title = titleOf(finding.origin.object)
    const all = index.get(title)
    if (all === undefined) index.set(title, [finding])
    else all.push(finding)
  }
  return index
})

const findingsOf = query<readonly Diagnostic[]>(
  'findings-of',
  (read, title) => read(findingsByObject, '').get(title) ?? [],
)

function accepted(all: readonly Diagnostic[]): NonNullable<StatusUpdate['conditions']>[number] {
  const errors = all.filter((one) => one.severity === 'error')
  const [first] = errors
  if (first === undefined) {
    return {
      type: 'Accepted',
      status: 'True',
      reason: 'Accepted',
      message: 'Everything in this object is in force.',
    }
  }
  return {
    type: 'Accepted',
    status: 'False',
    reason: first.code,
    message: errors.map((one) => `${one.code}: ${one.message}`).join(' '),
  }
}

const albAddresses = query<readonly string[]>('alb-addresses', (read) => {
  const albs = proxyKeys(read).filter((key) => key.startsWith('alb '))
  return [...new Set(albs.flatMap((key) => read(publicAddresses, key)))].sort()
})

/** Whose voice events have: that of the first ALB. */
const albName = query<string>('alb-name', (read) => {
  const first = proxyKeys(read).find((key) => key.startsWith('alb '))
  return first === undefined ? 'sallyport' : splitKey(first)[2]
})

const statusOf = query<StatusUpdate | undefined>('status-of', (read, key) => {
  const kind = KINDS.find((one) => key.startsWith(`${one.kind} `))
  const name = key.slice(key.indexOf(' ') + 1)
  const resource = kind && readObject(read, kind, name)
  if (kind === undefined || resource === undefined) return undefined
  const object = refOf(resource.object)
  const conditions = [accepted(read(findingsOf, key))]
  if (kind !== INGRESS) return { object, conditions }
  if (foreignClass(read, resource.object as Ingress) !== undefined) return undefined
  const source = read(albName, '')
  const { events } = read(compiledIngress, name)
  return {
    object,
    conditions,
    loadBalancer: read(albAddresses, ''),
    events: events.map((event) => ({ ...event, source })),
  }
})

/** One update per object, sorted by kind and name. */
export const statusUpdates = query<readonly StatusUpdate[]>('status', (read) =>
  KINDS.flatMap((kind) =>
    readKeys(read, kind).flatMap((key) => read(statusOf, joinKey(kind.kind, key)) ?? []),
  ),
)
