// Certificates roll over several times while requests go through both doors: not one of them fails.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../door.ts'
import { has, Workplace } from '../sallyport.ts'
import { type Chain, setUpChain } from './chain.ts'

/** Renewed every three seconds, long before they expire. */
const LIFETIMES = ['--cert-lifetime', '120s', '--cert-renew-before', '117s', '--mesh-cert-lifetime', '6s']
const ROLLOVERS = 4

const able = has('kubectl') && has('curl')
const place = new Workplace()
let chain: Chain
beforeAll(async () => {
  if (able) chain = await setUpChain(place, ...LIFETIMES)
})
afterAll(() => place.close())

describe.skipIf(!able)('rotation (needs kubectl and curl)', () => {
  it('drops no request through either door', async () => {
    const door = (kind: string) => chain.summary.doors.find((one) => one.kind === kind)
    const [alb, gateway] = [door('alb'), door('gateway')]
    const file = (name: string) => readFileSync(join(place.scratch, name))
    const [ca, cert, key] = [file('root.pem'), file('client.crt'), file('client.key')]
    const seen = { copy: new Set<string>(), gateway: new Set<string>() }
    const failures: string[] = []
    let requests = 0
    let over = false
    /** The next request starts when the last one was answered. */
    const stream = async (which: 'alb' | 'gateway'): Promise<void> => {
      while (!over) {
        requests++
        try {
          const { status } = await (which === 'alb'
            ? ask(alb?.https ?? '', `httpbin.${alb?.domain}`, '/status/418', { ca })
            : ask(gateway?.https ?? '', gateway?.domain ?? '', '/status/418', { ca, cert, key }))
          if (status !== 418) failures.push(`${which}: ${status}`)
        } catch (error) {
          failures.push(`${which}: ${error}`)
        }
      }
    }
    const streams = [stream('alb'), stream('alb'), stream('gateway'), stream('gateway')]
    const version = async (secret: string): Promise<string> => {
      const get = `kubectl -n istio-system get secret ${secret} -o jsonpath='{.metadata.resourceVersion}'`
      return (await chain.bash(get)).stdout
    }
    // The copy that the article made must follow as well: it is what the ALB presents to the gateway.
    while (seen.copy.size <= ROLLOVERS || seen.gateway.size <= ROLLOVERS) {
      seen.copy.add(await version('alb-certs'))
      seen.gateway.add(await version('$INGRESS_GATEWAY_SECRET'))
    }
    over = true
    await Promise.all(streams)
    const log = await place.sallyport('logs', '--tail', '100000')
    const faults = log.stdout.split('\n').filter((line) => /"status":5\d\d|HTTP\/1.1" (5\d\d|0) /.test(line))
    expect(failures, faults.join('\n')).toEqual([])
    expect(requests).toBeGreaterThan(100)
  })
})
