// What goes wrong in a user's hands: a clear error in kubectl or in the status, and nobody else loses anything.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts'
import { createAuthority, issueLeaf } from '../../src/pki/authority.ts'
import { has, Workplace } from '../sallyport.ts'

const able = has('kubectl') && has('curl')
const place = new Workplace()
beforeAll(async () => {
  if (!able) return
  await place.up('--ephemeral')
  const { code, stderr } = await place.bash(
    'kubectl create namespace bad; kubectl apply -n bad -f samples/httpbin/httpbin.yaml; kubectl -n bad rollout status deployment/httpbin',
  )
  if (code !== 0) throw new Error(stderr)
})
afterAll(() => place.close())

const apply = (manifest: string, ...flags: string[]) => {
  writeFileSync(join(place.scratch, 'in.yaml'), manifest)
  return place.bash(`kubectl apply -n bad -f in.yaml ${flags.join(' ')}`)
}

const findings = async (): Promise<readonly string[]> => {
  const { stdout } = await place.sallyport('status', '-o', 'json')
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: readonly Diagnostic[] }
  return diagnostics.map(
    ({ code, origin, message }) => `${code} ${origin.object?.kind} ${origin.object?.name}: ${message}`,
  )
}

const ingress = (name: string, spec: string) =>
  `apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: ${name}}\nspec: ${spec}\n`
const rule = (host: string, service: string) =>
  `{host: ${host}, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: ${service}, port: {number: 8000}}}}]}}`

describe.skipIf(!able)('a bad object (needs kubectl and curl)', () => {
  it('with an unknown field gets the warning that kubectl prints', async () => {
    const { code, stderr } = await apply(
      ingress('unknown', `{colour: red, rules: [${rule('unknown.example', 'httpbin')}]}`),
      '--validate=warn',
    )
    expect(code).toBe(0)
    expect(stderr).toContain('unknown field "spec.colour"')
  })

  it('with a value of the wrong type is refused', async () => {
    const { code, stderr } = await apply(ingress('wrong', '{rules: nonsense}'), '--validate=false')
    expect(code).toBe(1)
    expect(stderr).toContain('cannot unmarshal string into Go struct field')
  })

  it('that is a security object which cannot be enforced is refused', async () => {
    const { code, stderr } = await apply(
      'apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: elsewhere}\nspec: {action: DENY, targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: x}], rules: [{}]}\n',
    )
    expect(code).toBe(1)
    expect(stderr).toContain('spec.targetRefs: Forbidden: targetRefs name Gateway API objects')
  })

  it('that names a missing secret or service says so, and the host beside it works', async () => {
    const two = `{tls: [{hosts: [missing.example], secretName: nowhere}], rules: [${rule('missing.example', 'nobody')}]}`
    await apply(
      `${ingress('missing', two)}---\n${ingress('good', `{rules: [${rule('good.example', 'httpbin')}]}`)}`,
    )
    await expect
      .poll(
        async () => (await place.bash('kubectl -n bad get events -o jsonpath="{.items[*].reason}"')).stdout,
      )
      .toContain('TLSSecretNotFound')
    expect(await findings()).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^SP0201 Ingress missing: Secret "nowhere" does not exist/),
        expect.stringMatching(/^SP0306 Ingress missing: Service "bad\/nobody" does not exist/),
      ]),
    )
    const alb = `$(kubectl -n kube-system get services -o jsonpath='{.items[?(@.spec.type=="LoadBalancer")].status.loadBalancer.ingress[0].ip}')`
    const { stdout } = await place.bash(
      `curl -s --proxytunnel -o /dev/null -w '%{http_code}' -H 'Host: good.example' http://${alb}/status/418`,
    )
    expect(stdout).toBe('418')
  })

  it('of two Gateways that claim one host loses by age, and by name', async () => {
    const gateway = (name: string) =>
      `apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: ${name}}\nspec: {selector: {istio: ingressgateway}, servers: [{port: {number: 443, name: https, protocol: HTTPS}, tls: {mode: SIMPLE, credentialName: nowhere}, hosts: [same.example]}]}\n`
    await apply(gateway('one'))
    await apply(gateway('two'))
    await expect
      .poll(findings)
      .toContainEqual(expect.stringMatching(/^SP0401 Gateway two: .*already belongs to Gateway bad\/one/))
    const condition = await place.bash(
      `kubectl -n bad get gateway two -o jsonpath='{.status.conditions[0].reason} {.status.conditions[0].status}'`,
    )
    expect(condition.stdout).toBe('SP0401 False')
  })

  it('that is a VirtualService for a host its Gateway lacks is reported', async () => {
    await apply(
      'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: foreign}\nspec: {hosts: [other.example], gateways: [one], http: [{route: [{destination: {host: httpbin}}]}]}\n',
    )
    await expect
      .poll(findings)
      .toContainEqual(
        expect.stringMatching(
          /^SP0506 VirtualService foreign: Gateway bad\/one has no server for host other\.example/,
        ),
      )
  })

  it('that is a secret with a key of another certificate, or an expired one, gets a warning', async () => {
    const hour = 3_600_000
    const now = Date.now()
    const authority = createAuthority({
      subject: { commonName: 'root' },
      now,
      lifetimeMs: hour,
      backdateMs: 9 * hour,
    })
    const issue = (at: number) =>
      issueLeaf(authority, {
        subject: { commonName: 'leaf' },
        dns: ['leaf.example'],
        purposes: ['serverAuth'],
        now: at,
        lifetimeMs: hour,
      })
    const [good, other, old] = [issue(now), issue(now), issue(now - 5 * hour)]
    for (const [name, text] of Object.entries({
      'good.crt': good.chain,
      'other.key': other.key,
      'old.crt': old.chain,
      'old.key': old.key,
    }))
      writeFileSync(join(place.scratch, name), text)
    const create = (name: string, crt: string, key: string) =>
      place.bash(
        `kubectl -n bad create secret generic ${name} --from-file=tls.crt=${crt} --from-file=tls.key=${key}`,
      )
    expect((await create('mixed', 'good.crt', 'other.key')).stderr).toContain(
      'data.tls.key is not the private key of the certificate in data.tls.crt',
    )
    expect((await create('old', 'old.crt', 'old.key')).stderr).toMatch(
      /data\.tls\.crt: CN=leaf has expired on /,
    )
  })
})

describe('files', () => {
  it('with broken YAML are refused by compile with the line, and by up -f with the file', async () => {
    mkdirSync(join(place.scratch, 'broken'))
    writeFileSync(join(place.scratch, 'broken', 'a.yaml'), 'apiVersion: v1\nkind: [unclosed\n')
    const compiled = await place.sallyport('compile', '-f', 'broken')
    expect(compiled.code).toBe(1)
    expect(compiled.stderr).toMatch(/broken\/a\.yaml:\d/)
    const upped = await place.sallyport('up', '--detach', '--ephemeral', '--name', 'broken', '-f', 'broken')
    expect(upped.code).toBe(1)
    expect(upped.stderr).toContain('broken/a.yaml')
  })

  it('that are not there are named', async () => {
    const { code, stderr } = await place.sallyport('compile', '-f', 'nowhere.yaml')
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('nowhere.yaml') })
  })

  it('that are not there start no cluster', async () => {
    const upped = await place.sallyport('up', '--detach', '--name', 'nothing', '-f', 'nowhere.yaml')
    expect(upped).toMatchObject({ code: 2, stderr: expect.stringContaining('nowhere.yaml cannot be read') })
    expect((await place.sallyport('status', '--name', 'nothing')).code).not.toBe(0)
  })
})
