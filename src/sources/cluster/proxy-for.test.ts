// Which servers are reached through the environment's proxy.
import { expect, it } from 'vitest'
import { proxyFor } from './proxy-for.ts'

const env = { HTTPS_PROXY: 'http://proxy:3128', no_proxy: 'inside.example, .corp, 10.0.0.0/8' }

it.each([
  ['https://api.example:6443', 'http://proxy:3128'],
  ['https://api.inside.example', undefined],
  ['https://inside.example', undefined],
  ['https://notinside.example', 'http://proxy:3128'],
  ['https://api.corp', undefined],
  ['https://10.1.2.3', undefined],
  ['https://11.1.2.3', 'http://proxy:3128'],
  ['https://127.17.0.1:6443', undefined],
  ['http://api.example', undefined],
])('%s is reached through %s', (server, proxy) => {
  expect(proxyFor(server, env)).toBe(proxy)
})

it('excludes everything with a star', () => {
  expect(proxyFor('https://api.example', { ...env, no_proxy: '*' })).toBeUndefined()
})
