import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { openMeshAuthority } from '../../pki/mesh-authority.ts'
import { xdsIdentities } from './xds-identities.ts'

const HOUR = 3_600_000

it('gives one identity per name, and new ones to all at half of their life, also after a sleep', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-xds-identities-'))
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] })
  onTestFinished(() => {
    vi.useRealTimers()
    rmSync(folder, { recursive: true, force: true })
  })
  const mesh = await openMeshAuthority({ folder })
  const identities = xdsIdentities(mesh)
  let renewals = 0
  const stop = identities.onRenewed(() => {
    renewals += 1
  })
  const [server, client] = [identities.server(), identities.client('alb/alb')]
  expect(client.uri).toBe('spiffe://cluster.local/sallyport/proxy/alb/alb')
  expect(client.notAfter - Date.now()).toBeLessThanOrEqual(24 * HOUR)
  vi.advanceTimersByTime(11.9 * HOUR)
  expect([renewals, identities.server(), identities.client('alb/alb')]).toEqual([0, server, client])
  vi.advanceTimersByTime(0.2 * HOUR)
  expect(renewals).toBe(1)
  for (const [old, now] of [
    [server, identities.server()],
    [client, identities.client('alb/alb')],
  ] as const) {
    expect(now.uri).toBe(old.uri)
    expect(now.key).not.toBe(old.key)
    expect(now.notAfter).toBeGreaterThan(old.notAfter)
  }
  // The machine slept: no timer ran, the clock went on.
  vi.setSystemTime(Date.now() + 20 * HOUR)
  vi.advanceTimersByTime(60_000)
  expect(renewals).toBe(2)
  stop()
  vi.advanceTimersByTime(48 * HOUR)
  expect(renewals).toBe(2)
})
