// sallyport lint as a process: on files, on the cluster that runs, on a kubeconfig; its formats and exit codes.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DiagnosticJson } from '../../src/diagnostics/json.ts'
import { sarifProblems } from '../../src/diagnostics/testing/sarif-schema.ts'
import { ownAccess } from '../../src/sources/cluster/access.ts'
import { Workplace } from '../sallyport.ts'

const place = new Workplace()
afterAll(() => place.close())

const gateway = `# whose file this is
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: gw, namespace: istio-system }
spec:
  selector: { istio: ingressgateway }
  servers:
    - port: { number: 443, name: https, protocol: HTTPS }
      hosts: [shop.example] # the shop
      tls:
        credentialName: shop
`
const rule =
  'apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: { name: dr, namespace: default }\nspec: { host: nobody }\n'

/** A folder with one manifest. */
const folderWith = (name: string, text: string): string => {
  const folder = join(place.scratch, name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'in.yaml'), text)
  return folder
}

const codesOf = (stdout: string): readonly string[] =>
  (JSON.parse(stdout) as readonly DiagnosticJson[]).map(({ code }) => code)

describe('sallyport lint on files', () => {
  it('shows the line and exits by --fail-on', async () => {
    const folder = folderWith('rule', rule)
    const shown = await place.sallyport('lint', '-f', folder)
    expect(shown.code).toBe(0)
    expect(shown.stdout).toContain('SP0513')
    expect(shown.stdout).toContain('in.yaml:4:')
    expect((await place.sallyport('lint', '-f', folder, '--fail-on', 'warning')).code).toBe(1)
  })

  it('prints JSON, SARIF and GitHub commands', async () => {
    const folder = folderWith('formats', rule)
    const print = (format: string) => place.sallyport('lint', '-f', folder, '--format', format)
    expect(codesOf((await print('json')).stdout)).toEqual(['SP0513'])
    const sarif: unknown = JSON.parse((await print('sarif')).stdout)
    expect(sarifProblems(sarif)).toEqual([])
    expect(sarif).toMatchObject({
      version: '2.1.0',
      runs: [{ results: [{ ruleId: 'SP0513' }] }],
    })
    expect((await print('github')).stdout).toMatch(/^::warning file=.*in\.yaml,line=4,col=\d+,title=SP0513::/)
  })

  it('--fix edits one value, keeps the rest, and has nothing to do the second time', async () => {
    const folder = folderWith('fix', gateway)
    const first = await place.sallyport('lint', '-f', folder, '--fix', '--format', 'json')
    expect(first.stderr).toContain('repaired SP0407')
    const text = readFileSync(join(folder, 'in.yaml'), 'utf8')
    expect(text).toBe(gateway.replace('credentialName: shop', 'mode: SIMPLE\n        credentialName: shop'))
    expect(codesOf(first.stdout)).toEqual(['SP0201'])
    const second = await place.sallyport('lint', '-f', folder, '--fix')
    expect(second.stderr).not.toContain('repaired')
    expect(readFileSync(join(folder, 'in.yaml'), 'utf8')).toBe(text)
  })

  it('leaves out what --ignore names', async () => {
    const folder = folderWith('ignored', rule)
    const ignored = await place.sallyport('lint', '-f', folder, '--fail-on', 'info', '--ignore', 'SP0513')
    expect(ignored).toMatchObject({ code: 0, stdout: 'Nothing found.\n' })
    expect((await place.sallyport('lint', '-f', folder, '--ignore', 'SP9999')).code).toBe(2)
  })

  it('tells wrong usage from findings', async () => {
    expect((await place.sallyport('lint', '--fix')).code).toBe(2)
    expect((await place.sallyport('lint', '-f', '.', '--context', 'x')).code).toBe(2)
    const missing = await place.sallyport('lint', '-f', join(place.scratch, 'nothing'))
    expect(missing.code).toBe(2)
    expect(missing.stderr).toContain('cannot be read')
  })
})

describe('sallyport lint on a cluster', () => {
  beforeAll(async () => {
    await place.up('--ephemeral')
  })

  it('finds nothing in a new one, and what was applied since', async () => {
    expect(await place.sallyport('lint')).toMatchObject({ code: 0, stdout: 'Nothing found.\n' })
    const { kubeconfig } = JSON.parse((await place.sallyport('status', '-o', 'json')).stdout) as {
      kubeconfig: string
    }
    const access = ownAccess(kubeconfig)
    const status = await new Promise<number | undefined>((fulfil, reject) => {
      const path = `${access.server}/apis/networking.istio.io/v1/namespaces/default/destinationrules`
      const headers = { 'content-type': 'application/yaml' }
      const sent = request(path, { ...access.options, method: 'POST', headers })
      sent.on('response', (response) => fulfil(response.resume().statusCode)).on('error', reject)
      sent.end(rule)
    })
    expect(status).toBe(201)
    const found = await place.sallyport('lint', '--format', 'json')
    expect(codesOf(found.stdout)).toEqual(['SP0513'])
    const elsewhere = await place.sallyport('lint', '--kubeconfig', kubeconfig, '--format', 'json')
    expect(elsewhere.stdout).toBe(found.stdout)
  })
})
