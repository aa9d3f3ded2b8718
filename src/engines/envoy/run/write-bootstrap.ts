// The files that an Envoy is started with: its bootstrap, and the identity with which it asks for everything else.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Proxy } from '../../../ir/proxy.ts'
import type { PemIdentity } from '../options.ts'
import { type BootstrapOptions, bootstrap, identityFiles } from './bootstrap.ts'

/** Writes them into a folder that only we may read; returns the path of the bootstrap. */
export function writeBootstrap(
  directory: string,
  proxy: Pick<Proxy, 'id' | 'workload'>,
  options: Pick<BootstrapOptions, 'ads' | 'admin'> & {
    readonly identity?: PemIdentity & { readonly server: string }
  },
): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const { ads, admin, identity } = options
  if (identity) writeIdentity(directory, identity)
  const message = bootstrap(proxy, {
    ads,
    admin,
    ...(identity ? { identity: resolve(directory) } : {}),
  })
  return put(directory, 'bootstrap.json', message)
}

/** Certificate and key are in one file, which takes the place of the one before in one step: Envoy reads it when it is moved there. */
export function writeIdentity(directory: string, identity: PemIdentity & { readonly server: string }): void {
  for (const [name, message] of Object.entries(identityFiles(identity)))
    put(directory, `${name}.json`, message)
}

function put(directory: string, name: string, message: object): string {
  const path = join(directory, name)
  writeFileSync(`${path}.new`, JSON.stringify(message, undefined, 2), { mode: 0o600 })
  renameSync(`${path}.new`, path)
  return path
}
