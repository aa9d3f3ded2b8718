// Tokens on files: keys are fetched from where a RequestAuthentication says, lint tells when they cannot be, trace judges the token it is given.
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Workplace } from '../sallyport.ts'

const place = new Workplace()
let issuer: Server
let folder: string
let token: (subject: string) => Promise<string>

beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one' }] }
  issuer = createServer((_, response) => void response.end(JSON.stringify(keys)))
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve))
  token = (subject) =>
    new SignJWT({ sub: subject })
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setIssuer('accounts')
      .setExpirationTime('1h')
      .sign(privateKey)
  folder = join(place.scratch, 'tokens')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'in.yaml'), manifest((issuer.address() as AddressInfo).port))
})
afterAll(async () => {
  await new Promise((resolve) => issuer.close(resolve))
  await place.close()
})

const manifest = (port: number): string => `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: default }
spec: { selector: { app: web }, ports: [{ name: http, port: 80, targetPort: 8080 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: web-0, namespace: default, labels: { app: web } }
spec: { containers: [{ name: web, image: echo, ports: [{ containerPort: 8080 }] }] }
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: gw, namespace: default }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: [shop.example] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web, namespace: default }
spec: { hosts: [shop.example], gateways: [gw], http: [{ route: [{ destination: { host: web } }] }] }
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: accounts, namespace: istio-system }
spec:
  selector: { matchLabels: { istio: ingressgateway } }
  jwtRules:
    - issuer: accounts
      jwksUri: http://127.0.0.1:${port}/keys
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: ann, namespace: istio-system }
spec:
  selector: { matchLabels: { istio: ingressgateway } }
  rules: [{ from: [{ source: { requestPrincipals: [accounts/ann] } }] }]
`

const traced = async (...header: readonly string[]) =>
  place.sallyport('trace', 'http://shop.example/', '-f', folder, ...header)
const bearer = async (subject: string) => ['-H', `Authorization: Bearer ${await token(subject)}`]

describe('tokens on files', () => {
  it('are judged by the keys that the issuer serves', async () => {
    const good = await traced(...(await bearer('ann')))
    expect([good.code, good.stdout]).toEqual([
      0,
      expect.stringContaining("the token is accounts's, about ann"),
    ])
    expect(good.stdout).not.toContain('eyJ')
    const other = await traced(...(await bearer('bob')))
    expect([other.code, other.stdout]).toEqual([1, expect.stringContaining('403')])
    const none = await traced()
    expect([none.code, none.stdout]).toEqual([1, expect.stringContaining('403')])
    const forged = await traced('-H', `Authorization: Bearer ${(await token('ann')).slice(0, -8)}AAAAAAAA`)
    expect([forged.code, forged.stdout]).toEqual([
      1,
      expect.stringContaining('401 the token is refused: Jwt'),
    ])
  })

  it('are told of by lint when their keys do not come', async () => {
    expect((await place.sallyport('lint', '-f', folder)).stdout).not.toContain('SP0607')
    const lost = join(place.scratch, 'lost')
    mkdirSync(lost, { recursive: true })
    writeFileSync(join(lost, 'in.yaml'), manifest(1))
    const shown = await place.sallyport('lint', '-f', lost)
    expect(shown.stdout).toContain('SP0607')
    expect(shown.stdout).toContain('in.yaml:31:')
  })
})
