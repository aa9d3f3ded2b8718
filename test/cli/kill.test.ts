// kill -9 at any moment during a stream of `kubectl apply`: what was acknowledged is there afterwards, twenty times.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Summary } from '../../src/control/running.ts'
import { has, outcome, Workplace } from '../sallyport.ts'

const KILLS = 20

const able = has('kubectl')
const place = new Workplace()
let summary: Summary
beforeAll(async () => {
  if (able) summary = await place.up()
})
afterAll(() => place.close())

describe.skipIf(!able)('kill -9 (needs kubectl)', () => {
  it(`loses nothing that was acknowledged, ${KILLS} times`, async () => {
    const made = new Map<string, string>()
    for (let kill = 0; kill < KILLS; kill++) {
      // Two writers: one makes objects, one overwrites its own again and again.
      const maker = writer(summary, `made-${kill}-$i`, '$i')
      const overwriter = writer(summary, 'overwritten', `${kill}-$i`)
      // Once both have got through, at a moment of no one's choosing.
      await Promise.all([maker.first, overwriter.first])
      await new Promise((resolve) => setTimeout(resolve, (kill * 37) % 200))
      process.kill(summary.pid, 'SIGKILL')
      for (const [name, value] of await maker.acknowledged) made.set(name, value)
      const overwritten = (await overwriter.acknowledged).at(-1)?.[1]
      summary = await place.up()

      const stored = await storedValues()
      for (const [name, value] of made) expect(stored.get(name), name).toBe(value)
      // The write under way at that moment may be there or not; an older one than the last acknowledged may not.
      const [round, count] = (stored.get('overwritten') ?? '').split('-').map(Number)
      const last = Number(overwritten?.split('-')[1])
      expect(round).toBe(kill)
      expect([last, last + 1]).toContain(count)
    }
    expect(made.size).toBeGreaterThanOrEqual(KILLS)
  }, 600_000)
})

async function storedValues(): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await place.bash(
    `kubectl get configmaps -o jsonpath='{range .items[*]}{.metadata.name} {.data.value}{"\\n"}{end}'`,
  )
  return new Map(pairs(stdout))
}

const pairs = (text: string): [string, string][] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.split(' ') as [string, string])

/** Applies a ConfigMap again and again with kubectl, outside of the cluster's process, until one fails; `$i` counts. */
function writer(cluster: Summary, name: string, value: string) {
  const script = `for i in $(seq 1000); do
printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: %s}\\ndata: {value: "%s"}\\n' ${name} ${value} | kubectl apply -f - >/dev/null 2>&1 || exit 0
echo ${name} ${value}
done`
  const child = place.start('bash', ['-c', script], {
    env: { ...place.env, KUBECONFIG: cluster.kubeconfig },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const first = new Promise<void>((resolve) => {
    child.stdout?.once('data', () => resolve())
    child.once('close', () => resolve())
  })
  return { first, acknowledged: outcome(child).then(({ stdout }) => pairs(stdout)) }
}
