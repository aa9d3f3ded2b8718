import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Volume } from '../objects/volume.ts'
import { pod } from '../testing/objects.ts'
import { mountPaths, translatePaths, volumeFiles, writeVolume } from './volumes.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const object = (kind: string, data: Record<string, string>) => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'x' },
  data,
})

const filesOf = async (volume: Omit<Volume, 'name'>) => {
  const result = await volumeFiles(
    { name: 'v', ...volume },
    {
      pod: pod('web', { labels: { app: 'web' } }),
      references: {
        configMap: (name) =>
          name === 'settings' ? object('ConfigMap', { 'a.conf': 'A', b: 'B' }) : undefined,
        secret: (name) => (name === 'keys' ? object('Secret', { token: base64('hush') }) : undefined),
      },
      place: { podIP: '127.9.64.1', hostIP: '127.9.0.1' },
      node: { cpu: 1, memory: 1 },
      token: async ({ audience }) => `token for ${audience}`,
    },
  )
  if ('problem' in result) return result.problem
  return result.files?.map((file) => `${file.path} ${file.mode.toString(8)} ${file.content}`)
}

describe('volumeFiles', () => {
  it('makes files of every source', async () => {
    expect(await filesOf({ configMap: { name: 'settings' } })).toEqual(['a.conf 644 A', 'b 644 B'])
    expect(await filesOf({ secret: { secretName: 'keys', defaultMode: 0o400 } })).toEqual(['token 400 hush'])
    expect(
      await filesOf({ configMap: { name: 'settings', items: [{ key: 'b', path: 'x/y', mode: 0o600 }] } }),
    ).toEqual(['x/y 600 B'])
    expect(
      await filesOf({
        downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] },
      }),
    ).toEqual(['labels 644 app="web"'])
    expect(
      await filesOf({
        projected: {
          sources: [
            { serviceAccountToken: { path: 'token', audience: 'me' } },
            { configMap: { name: 'settings', items: [{ key: 'b', path: 'b' }] } },
            { secret: { name: 'keys' } },
          ],
        },
      }),
    ).toEqual(['token 600 token for me', 'b 644 B', 'token 644 hush'])
    expect(await filesOf({ emptyDir: {} })).toBeUndefined()
  })
  it('says what is missing', async () => {
    expect(await filesOf({ secret: { secretName: 'gone' } })).toBe('secret "gone" not found')
    expect(await filesOf({ secret: { secretName: 'gone', optional: true } })).toEqual([])
    expect(await filesOf({ configMap: { name: 'settings', items: [{ key: 'c', path: 'c' }] } })).toBe(
      'references non-existent config key: c',
    )
    expect(await filesOf({})).toContain('of a type that pods as processes cannot have')
  })
})

describe('writeVolume', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-volume-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  const visible = () => readdirSync(folder).filter((name) => !name.startsWith('..'))

  it('replaces all files in one step, removes old ones, and leaves nothing of the old state', () => {
    writeVolume(folder, [
      { path: 'a', content: '1', mode: 0o644 },
      { path: 'sub/b', content: '2', mode: 0o600 },
    ])
    expect(visible().sort()).toEqual(['a', 'sub'])
    expect(statSync(join(folder, 'sub/b')).mode & 0o777).toBe(0o600)
    writeVolume(folder, [{ path: 'a', content: '3', mode: 0o644 }])
    expect(visible()).toEqual(['a'])
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('3')
    expect(readdirSync(folder)).toHaveLength(3)
  })
  it('never writes outside of its folder', () => {
    writeVolume(folder, [
      { path: '../escaped', content: 'x', mode: 0o644 },
      { path: '/escaped', content: 'x', mode: 0o644 },
    ])
    expect(visible()).not.toContain('escaped')
    expect(readdirSync(join(folder, '..'))).not.toContain('escaped')
  })
})

describe('translatePaths', () => {
  const container = {
    name: 'main',
    volumeMounts: [
      { name: 'v', mountPath: '/etc/app/' },
      { name: 'v', mountPath: '/etc/app/sub', subPath: 'x' },
    ],
  }
  const mounts = mountPaths(
    pod('web', { spec: { volumes: [{ name: 'v', emptyDir: {} }] } }),
    container,
    '/data',
  )
  it.each([
    ['/etc/app/file', '/data/v/file'],
    ['--config=/etc/app', '--config=/data/v'],
    ['/etc/app/sub/file', '/data/v/x/file'],
    ['/etc/application', '/etc/application'],
    ['/my/etc/app', '/my/etc/app'],
    ['cat /etc/app/a /etc/app/b', 'cat /data/v/a /data/v/b'],
  ])('%s', (text, expected) => {
    expect(translatePaths(text, mounts)).toBe(expected)
  })
})
