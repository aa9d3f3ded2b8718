// A filter that Envoy cannot do is told once, at the line that asks for it.
import { expect, it } from 'vitest'
import type { Filter } from '../../../ir/filter.ts'
import type { Proxy } from '../../../ir/proxy.ts'
import { unsupportedFinder } from './unsupported.ts'

// Every filter there is has its Envoy filter; the contract allows for one that has none.
const unsupportedIn = unsupportedFinder(({ kind }) =>
  kind === 'fault' ? 'it has no such filter' : undefined,
)

const origin = (line: number) => ({ file: 'in.yaml', line })
const fault: Filter = { kind: 'fault', config: {}, origin: origin(7) }
const cors = { kind: 'cors', config: {}, origin: origin(9) } as unknown as Filter
const proxy = (id: string): Proxy =>
  ({
    id,
    listeners: [
      {
        filterChains: [
          { handler: { kind: 'tcp' } },
          {
            handler: {
              kind: 'http',
              filters: [cors],
              routes: { virtualHosts: [{ routes: [{ filters: [fault] }, { filters: [fault, cors] }] }] },
            },
          },
        ],
      },
    ],
  }) as unknown as Proxy

it('is found in routes, once for all proxies and routes that share it', () => {
  expect(unsupportedIn([proxy('a'), proxy('b')])).toMatchObject([
    { code: 'SP0802', origin: { line: 7 }, message: 'Envoy cannot do fault: it has no such filter' },
  ])
})
