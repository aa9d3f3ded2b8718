// Which requests the engines are meant to answer alike: docs/engines.md, "Where the engines differ", names those that are left out.
import type { FilterKind } from '../../../src/ir/filter.ts'
import type { RouteAction } from '../../../src/ir/route.ts'
import type { Asked } from './draw-request.ts'
import type { Seen } from './programs.ts'
import type { Scenario } from './scenario.ts'

/** Whether both engines read the path alike. */
function samePath(path: string, level: Scenario['manager']['path']): boolean {
  if (level === 'none') return true
  const [plain = ''] = path.split('?')
  const decoded = plain
    .replace(/%2e/gi, '.')
    .replace(/%2f|%5c/gi, level === 'decode-and-merge-slashes' ? '/' : '_')
    .replaceAll('\\', '/')
  const stack: string[] = []
  for (const segment of decoded.split('/').slice(1)) {
    if (segment === '..' && stack.pop() === undefined) return false
    if (segment !== '..' && segment !== '.') stack.push(segment)
  }
  if (/\/\.{1,2}$/.test(decoded)) stack.push('')
  const onlySlashes = level !== 'base' && stack.length > 1 && stack.every((segment) => segment === '')
  return !onlySlashes && !/%(?![0-9a-f]{2})|%00|\/\.{1,2};/i.test(decoded)
}

/** Below the limits of bodies that scenarios draw. */
const SMALL = 100

const leadsTo = (action: RouteAction, names: readonly string[]): boolean =>
  action.kind === 'forward' && action.clusters.some(({ cluster }) => names.includes(cluster))

const filtered = (hosts: Scenario['hosts'], wanted: FilterKind): boolean =>
  hosts.some(({ routes }) => routes.some(({ filters = [] }) => filters.some(({ kind }) => kind === wanted)))

/** Whether the Node engine may ask again without being told to: a kept connection that ends as an idempotent request comes. */
export const asksAgain = ({ method, headers }: Asked, seen: Seen | undefined): boolean =>
  seen?.kept === true &&
  seen.version.startsWith('1') &&
  method !== 'POST' &&
  headers.some(([name, value]) => name === 'x-do' && value.startsWith('reset'))

/** Whether the engines are meant to answer alike. */
export function comparable(asked: Asked, { manager, hosts }: Scenario): boolean {
  const grpc = asked.headers.some(([name]) => name === 'content-type')
  const { upgrade, body, framing, protocol } = asked
  if (!samePath(asked.path, manager.path)) return false
  // A host that two doors share has one bucket in the Node engine, and one for each door in Envoy.
  if (asked.tls && filtered(hosts, 'rate-limit')) return false
  // An upgrade cannot go on as it is to a program that speaks HTTP/2.
  const http2 = hosts.some(({ routes }) => routes.some(({ action }) => leadsTo(action, ['h2', 'h2c'])))
  if (upgrade !== undefined && http2) return false
  if (manager.profile === 'alb') return !grpc && (upgrade === undefined || /^websocket$/i.test(upgrade))
  // Envoy says nothing to a refused upgrade for which there is no route.
  if (upgrade !== undefined && !manager.upgrades.includes(upgrade.toLowerCase())) return false
  const limited = filtered(hosts, 'body-limit')
  return !limited || body <= SMALL || (protocol === 'http1' && framing === undefined)
}
