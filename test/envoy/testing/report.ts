// A disagreement for people: the request as text, the part of the model that decides, and what differs.
import type { VirtualHost } from '../../../src/ir/route.ts'
import type { Answer } from './answer.ts'
import type { Asked } from './draw-request.ts'
import type { Disagreement } from './pair.ts'
import type { Scenario } from './scenario.ts'

type Leaf = readonly [path: string, value: unknown]

function leaves(value: unknown, path = ''): readonly Leaf[] {
  if (typeof value !== 'object' || value === null) return [[path, value]]
  return Object.entries(value).flatMap(([key, one]) => leaves(one, path === '' ? key : `${path}.${key}`))
}

/** A line for each value in which two answers differ, `names` being whose they are. */
export function differences(
  node: unknown,
  envoy: unknown,
  names: readonly [string, string] = ['node', 'envoy'],
): readonly string[] {
  const left = new Map(leaves(node))
  const right = new Map(leaves(envoy))
  const show = (value: unknown) => (value === undefined ? '(nothing)' : JSON.stringify(value))
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((path) => left.get(path) !== right.get(path))
    .map((path) => `  ${path}: ${names[0]} ${show(left.get(path))}, ${names[1]} ${show(right.get(path))}`)
}

/** The request as one would type it. */
export function requestText(asked: Asked): string {
  const { method, path, absolute, host, headers, body, framing, upgrade } = asked
  const door = asked.tls ? `TLS, SNI ${asked.sni || 'none'}, client ${asked.client ?? 'none'}` : 'plaintext'
  return [
    `  ${method} ${absolute === undefined ? '' : `http://${absolute}`}${path} (${asked.protocol}, ${door})`,
    `  host: ${host}`,
    ...headers.map(([name, value]) => `  ${name}: ${value}`),
    ...(upgrade === undefined ? [] : [`  upgrade: ${upgrade}`]),
    ...(body > 0 ? [`  (${body} bytes, ${framing ?? 'length'})`] : []),
  ].join('\n')
}

const named = (host: VirtualHost, name: unknown) => host.routes.filter((route) => route.name === name)

/** What of the model the answers name: all routes up to the ones that were chosen. */
function excerpt(
  { hosts, manager, clients, sni }: Scenario,
  asked: Asked,
  answers: readonly Answer[],
): string {
  const names = new Set(answers.map(({ log }) => log?.['route_name']))
  const routes = hosts.flatMap((host) =>
    [...names].flatMap((name) => named(host, name).map((route) => ({ domains: host.domains, ...route }))),
  )
  const authority = (asked.absolute ?? asked.host).toLowerCase().replace(/:.*|\.$/g, '')
  const nearest = routes.filter(({ domains }) =>
    domains.some(
      (domain) => domain === authority || (domain.startsWith('*') && authority.endsWith(domain.slice(1))),
    ),
  )
  const { filters, ...settings } = manager
  return [
    `  ${JSON.stringify({ ...settings, clients, sni, ...(asked.tls && filters ? { filters } : {}) })}`,
    ...hosts
      .filter(({ domains }) => nearest.some((one) => one.domains === domains))
      .map(({ routes: _, ...host }) => `  host ${JSON.stringify(host)}`),
    ...nearest.map((route) => `  route ${JSON.stringify(route)}`),
  ].join('\n')
}

/** All that is needed to understand it. */
export function report(scenario: Scenario, { request, node, envoy }: Disagreement): string {
  return [
    'The engines disagree about',
    requestText(request),
    'in',
    excerpt(scenario, request, [node, envoy]),
    'namely',
    ...differences(node, envoy),
  ].join('\n')
}
