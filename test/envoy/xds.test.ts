// `sallyport compile -o envoy` and `sallyport xds`, as a user runs them.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { credentials } from '@grpc/grpc-js'
import { afterAll, describe, expect, it } from 'vitest'
import { Workplace } from '../sallyport.ts'
import { envoyBinary, needsEnvoy } from './testing/binary.ts'
import { XdsClient } from './testing/xds-client.ts'

const place = new Workplace()
afterAll(() => place.close())

const ingress = (path: string) => `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: shop }
spec:
  rules:
    - host: shop.example
      http:
        paths: [{ path: ${path}, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }]
`
/** What an Envoy that is started with this bootstrap shows to the control plane. */
function identityBeside(bootstrap: string) {
  const read = (name: string) =>
    JSON.parse(readFileSync(join(dirname(bootstrap), `${name}.json`), 'utf8')).resources[0]
  const { tls_certificate: own } = read('identity')
  const { validation_context: trust } = read('trust')
  const bytes = ({ inline_string }: { inline_string: string }) => Buffer.from(inline_string)
  return {
    certificate: bytes(own.certificate_chain),
    key: bytes(own.private_key),
    trust: bytes(trust.trusted_ca),
  }
}

const files = join(place.scratch, 'manifests.yaml')

describe.skipIf(!envoyBinary)(`Envoys from files ${needsEnvoy}`, () => {
  it('compile -o envoy prints what envoy --mode validate accepts', async () => {
    writeFileSync(files, ingress('/a'))
    const { stdout } = await place.sallyport('compile', '-f', files, '-o', 'envoy', '--proxy', 'alb/alb')
    const config = join(place.scratch, 'alb.yaml')
    writeFileSync(config, stdout)
    execFileSync(envoyBinary ?? '', ['--mode', 'validate', '--log-level', 'error', '-c', config])
    const none = await place.sallyport('compile', '-f', files, '-o', 'envoy', '--proxy', 'alb/none')
    expect(none.code).not.toBe(0)
    expect(none.stderr).toContain('alb/alb')
  })

  it('xds serves whoever has the identity of a bootstrap, and takes up changes of files', async () => {
    writeFileSync(files, ingress('/a'))
    const control = place.sallyportStarted('xds', '--listen', '127.0.0.1:0', '-f', files)
    const lines: string[] = []
    const said = (text: RegExp) =>
      expect.poll(() => lines.find((line) => text.test(line)), { timeout: 20_000 })
    if (control.stdout) createInterface({ input: control.stdout }).on('line', (line) => lines.push(line))
    await said(/^version 1:/).toBeDefined()
    const file = /^alb\/alb: (.*)$/m.exec(lines.join('\n'))?.[1] ?? ''
    const identity = identityBeside(file)
    const { port } = JSON.parse(
      /\{[^{}]*"port_value": *(\d+)[^{}]*\}/
        .exec(readFileSync(file, 'utf8'))?.[0]
        .replace('port_value', 'port') ?? '{}',
    ) as { port: number }
    const client = new XdsClient({
      address: `127.0.0.1:${port}`,
      node: 'alb/alb',
      credentials: credentials.createSsl(identity.trust, identity.key, identity.certificate, {
        checkServerIdentity: () => undefined,
      }),
    })
    const hosts = () => client.names('virtualHosts').join()
    try {
      for (const type of ['clusters', 'listeners'] as const) client.subscribe(type)
      client.subscribe('routes', ['http.80'])
      client.subscribe('virtualHosts')
      await client.until(() => hosts().includes('shop.example'))
      writeFileSync(files, ingress('/a').replace('shop.example', 'other.example'))
      await client.until(() => hosts().includes('other.example') && !hosts().includes('shop.example'))
    } finally {
      client.close()
      control.kill('SIGTERM')
    }
  })
})
