// The files that an Envoy is started with: its bootstrap, and the identity with which it asks for everything else.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Proxy } from '../../../ir/proxy.ts'
import type { PemIdentity } from '../options.ts'
import { type BootstrapOptions, bootstrap } from './bootstrap.ts'

/** Writes them into a folder that only we may read; returns the path of the bootstrap. */
export function writeBootstrap(
  directory: string,
  proxy: Pick<Proxy, 'id' | 'workload'>,
  options: Pick<BootstrapOptions, 'ads' | 'admin'> & {
    readonly identity?: PemIdentity & { readonly server: string }
  },
): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const put = (name: string, text: string) => {
    const path = join(directory, name)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  const { ads, admin, identity } = options
  const files = identity && {
    certificate: put('identity.crt', identity.certificate),
    key: put('identity.key', identity.key),
    trust: put('trust.crt', identity.trust),
    server: identity.server,
  }
  const message = bootstrap(proxy, { ads, admin, ...(files ? { identity: files } : {}) })
  return put('bootstrap.json', JSON.stringify(message, undefined, 2))
}
