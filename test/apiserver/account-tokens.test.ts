// Tokens of service accounts, as kubectl asks for them and as pods find them.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Summary } from '../../src/control/running.ts'
import { has, Workplace } from '../sallyport.ts'

const place = new Workplace()
afterAll(() => place.close())

describe.skipIf(!has('kubectl') || !has('curl'))('tokens of service accounts (kubectl and curl)', () => {
  let summary: Summary
  beforeAll(async () => {
    summary = await place.up('--ephemeral')
  })

  const bash = async (script: string): Promise<string> => {
    const { code, stdout, stderr } = await place.bash(script)
    if (code !== 0) throw new Error(stderr)
    return stdout.trim()
  }
  /** What the API answers to the bearer of a token: its status and its text. */
  const as = async (token: string, path: string, body?: object): Promise<string> => {
    const data = body === undefined ? '' : `-H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`
    return bash(
      `curl -sk -w '\n%{http_code}' -H 'Authorization: Bearer ${token}' ${data} ${summary.apiServer}${path}`,
    )
  }
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
  const whoAmI = (token: string) => as(token, '/apis/authentication.k8s.io/v1/selfsubjectreviews', review)

  it('say who their bearer is, who may no more than look, as long as the account is there', async () => {
    await bash('kubectl create namespace team; kubectl -n team create serviceaccount robot')
    const token = await bash('kubectl -n team create token robot --duration 15m')
    const me = await whoAmI(token)
    expect(me).toContain('"username":"system:serviceaccount:team:robot"')
    expect(me).toContain('"system:serviceaccounts:team"')
    expect(await as(token, '/api/v1/namespaces/team/secrets')).toMatch(/403$/)
    expect(await as(`${token.slice(0, -6)}AAAAAA`, '/api')).toMatch(/401$/)
    const foreign = await bash('kubectl -n team create token robot --audience vault')
    expect(await whoAmI(foreign)).toMatch(/401$/)
    await bash('kubectl -n team delete serviceaccount robot; kubectl -n team create serviceaccount robot')
    expect(await whoAmI(token)).toMatch(/401$/)
  })

  it('are refused for too short a time, and for what is not there', async () => {
    await expect(bash('kubectl create token default --duration 1m')).rejects.toThrow(
      'may not specify a duration less than 10 minutes',
    )
    await expect(bash('kubectl create token nobody')).rejects.toThrow('serviceaccounts "nobody" not found')
    const ghost = 'kubectl create token default --bound-object-kind Pod --bound-object-name ghost'
    await expect(bash(ghost)).rejects.toThrow('pods "ghost" not found')
  })

  it('are in the volume of every pod, and end with it', async () => {
    await bash(
      'kubectl run sleeper --image curlimages/curl -- sleep 1000; kubectl wait pod/sleeper --for=condition=Ready',
    )
    const uid = await bash("kubectl get pod sleeper -o jsonpath='{.metadata.uid}'")
    const volumes = join(summary.data, 'pods', uid, 'volumes')
    const volume = readdirSync(volumes).find((name) => name.startsWith('kube-api-access-')) ?? ''
    const token = readFileSync(join(volumes, volume, 'token'), 'utf8')
    const me = await whoAmI(token)
    expect(me).toContain('"username":"system:serviceaccount:default:default"')
    expect(me).toContain('"authentication.kubernetes.io/pod-name":["sleeper"]')
    await bash('kubectl delete pod sleeper --now')
    expect(await whoAmI(token)).toMatch(/401$/)
  })
})
