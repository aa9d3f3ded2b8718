import { describe, expect, it } from 'vitest'
import {
  chain,
  cluster,
  forward,
  listener,
  manager,
  proxy,
  route,
  table,
  virtualHost,
} from '../../../../test/engine/testing/model.ts'
import { originOf } from './origin-of.ts'

const origin = (name: string) => ({ object: { apiVersion: 'v1', kind: 'Thing', name } })
const regex = (name: string, value: string) =>
  route(forward('app'), { name, match: { path: { kind: 'regex', value } }, origin: origin(name) })

describe('what an Envoy refuses', () => {
  const hosts = [
    virtualHost(['a'], [regex('one', '/x+'), regex('two', '/(y')], { origin: origin('a') }),
    virtualHost(['b'], [], { origin: origin('b') }),
  ]
  const model = proxy(
    'p',
    [listener(80, [chain(manager(table(...hosts)))], { origin: origin('listener') })],
    [cluster('app', [], { origin: origin('cluster') })],
    { origin: origin('proxy') },
  )

  it.each([
    ['clusters', 'app', 'no', 'cluster'],
    ['endpoints', 'app', 'no', 'cluster'],
    ['listeners', '127.0.0.1_80', 'no', 'listener'],
    ['virtualHosts', 'table/b', 'no', 'b'],
    ['virtualHosts', 'table/a', 'no', 'a'],
    ['virtualHosts', 'table/a', "missing ): '/(y'", 'two'],
    ['secrets', 'x', 'no', 'proxy'],
    ['clusters', 'of another time', 'no', 'proxy'],
  ] as const)('is found: %s %s, %s', (type, name, message, found) => {
    expect(originOf(model, type, name, message)).toEqual(origin(found))
  })
})
