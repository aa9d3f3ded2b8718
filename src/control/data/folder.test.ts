import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { UserError } from '../user-error.ts'
import { DATA_FORMAT } from './cluster-file.ts'
import { takeLock } from './lock.ts'
import { openFolder } from './open.ts'
import { clusterPaths } from './paths.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sallyport-folder-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const options = { ephemeral: false, chooseRange: async () => '127.42.0.0/16' }

describe('the data folder', () => {
  it('keeps the identity of its cluster', async () => {
    const paths = clusterPaths(root, 'mycluster')
    const first = await openFolder(paths, 'mycluster', options)
    expect(first.created).toBe(true)
    first.close()
    const second = await openFolder(paths, 'mycluster', options)
    expect(second.created).toBe(false)
    expect(second.cluster).toEqual(first.cluster)
    expect(second.cluster.identity.name).toBe('mycluster')
    second.close()
  })

  it('is for one process at a time, and the refusal names the holder', async () => {
    const paths = clusterPaths(root, 'mycluster')
    const open = await openFolder(paths, 'mycluster', options)
    await expect(openFolder(paths, 'mycluster', options)).rejects.toThrow(
      new RegExp(`pid ${process.pid}\\).*mycluster`),
    )
    open.close()
    ;(await openFolder(paths, 'mycluster', options)).close()
  })

  it('is free again when its process was killed', async () => {
    const lock = join(root, 'lock')
    const holder = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import D from 'libsql'; const d = new D(${JSON.stringify(lock)}, { timeout: 0 }); d.exec('BEGIN EXCLUSIVE'); console.log('held'); setInterval(() => {}, 1000)`,
      ],
      { cwd: fileURLToPath(new URL('.', import.meta.url)), stdio: ['ignore', 'pipe', 'inherit'] },
    )
    await once(holder.stdout, 'data')
    expect(takeLock(lock)).toBeUndefined()
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    const taken = takeLock(lock)
    expect(taken).toBeDefined()
    taken?.release()
  })

  it('of a newer version is refused and left alone', async () => {
    const paths = clusterPaths(root, 'mycluster')
    ;(await openFolder(paths, 'mycluster', options)).close()
    const newer = JSON.stringify({ format: DATA_FORMAT + 1, name: 'mycluster' })
    writeFileSync(paths.cluster, newer)
    await expect(openFolder(paths, 'mycluster', options)).rejects.toThrow(/newer version \(format 2/)
  })

  it('with a broken cluster.json is refused', async () => {
    const paths = clusterPaths(root, 'mycluster')
    ;(await openFolder(paths, 'mycluster', options)).close()
    writeFileSync(paths.cluster, '{')
    await expect(openFolder(paths, 'mycluster', options)).rejects.toBeInstanceOf(UserError)
  })

  it('of an ephemeral cluster is deleted, and never replaces one that is kept', async () => {
    const paths = clusterPaths(root, 'mycluster')
    const ephemeral = await openFolder(paths, 'mycluster', { ...options, ephemeral: true })
    ephemeral.close()
    expect(existsSync(paths.folder)).toBe(false)
    ;(await openFolder(paths, 'mycluster', options)).close()
    await expect(openFolder(paths, 'mycluster', { ...options, ephemeral: true })).rejects.toThrow(/kept/)
  })

  it('has a socket path that fits', () => {
    expect(clusterPaths(`/${'x'.repeat(200)}`, 'a').socket.length).toBeLessThan(100)
    expect(() => clusterPaths(root, '../a')).toThrow(UserError)
  })
})
