import { describe, expect, it } from 'vitest'
import type { Container } from '../objects/pod.ts'
import { pod, service } from '../testing/objects.ts'
import { containerEnvironment, serviceLinks } from './environment.ts'

const configMaps = { settings: { MODE: 'fast', 'a.b': 'c' } }
const secrets = { keys: { TOKEN: Buffer.from('hush').toString('base64') } }
const environment = (container: Partial<Container>) =>
  containerEnvironment({
    pod: pod('web'),
    container: { name: 'main', ...container },
    references: {
      configMap: (name) => (name === 'settings' ? object('ConfigMap', configMaps.settings) : undefined),
      secret: (name) => (name === 'keys' ? object('Secret', secrets.keys) : undefined),
    },
    place: { podIP: '127.9.64.1', hostIP: '127.9.0.1' },
    node: { cpu: 1, memory: 1 },
    base: { PATH: '/bin' },
  })
const object = (kind: string, data: Record<string, string>) => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'x' },
  data,
})

describe('containerEnvironment', () => {
  it('joins all sources: later ones win, references expand what came before', () => {
    const result = environment({
      envFrom: [{ configMapRef: { name: 'settings' } }, { prefix: 'S_', secretRef: { name: 'keys' } }],
      env: [
        { name: 'MODE', value: 'slow' },
        { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'URL', value: 'http://$(IP)/$(MODE)' },
        { name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'TOKEN' } } },
        { name: 'NONE', valueFrom: { configMapKeyRef: { name: 'gone', key: 'x', optional: true } } },
      ],
    })
    expect(result).toEqual({
      env: {
        PATH: '/bin',
        MODE: 'slow',
        'a.b': 'c',
        S_TOKEN: 'hush',
        IP: '127.9.64.1',
        URL: 'http://127.9.64.1/slow',
        KEY: 'hush',
      },
    })
  })
  it.each([
    [{ envFrom: [{ configMapRef: { name: 'gone' } }] }, 'configmap "gone" not found'],
    [{ envFrom: [{ secretRef: { name: 'gone' } }] }, 'secret "gone" not found'],
    [
      { env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'gone', key: 'k' } } }] },
      'secret "gone" not found',
    ],
    [
      { env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'settings', key: 'k' } } }] },
      "couldn't find key k in ConfigMap default/settings",
    ],
  ])('says what is missing: %j', (container, problem) => {
    expect(environment(container)).toEqual({ problem })
  })
  it('does not mind what is optional', () => {
    expect(environment({ envFrom: [{ secretRef: { name: 'gone', optional: true } }] })).toEqual({
      env: { PATH: '/bin' },
    })
  })
})

describe('serviceLinks', () => {
  it('gives the real place of Services of the namespace and of kubernetes', () => {
    const services = [
      service('my-web', { clusterIP: '127.9.16.2', ports: [{ name: 'http', port: 80 }] }),
      service('other', { clusterIP: '127.9.16.3', ports: [{ port: 80 }] }, 'elsewhere'),
      service('headless', { clusterIP: 'None', ports: [{ port: 80 }] }),
    ]
    const env = serviceLinks(services, 'default', (host, port) => ({ host, port: port + 20_000 }))
    expect(env).toEqual({
      MY_WEB_SERVICE_HOST: '127.9.16.2',
      MY_WEB_SERVICE_PORT: '20080',
      MY_WEB_SERVICE_PORT_HTTP: '20080',
    })
  })
})
