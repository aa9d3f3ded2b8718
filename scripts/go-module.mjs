// Where the generators get upstream's files from: a Go module through the ordinary module proxy. Needs the `go` command; only generators use it.
import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The Kubernetes release that the API server presents itself as; the generated data is of this release. */
export const KUBERNETES = 'v1.35.0'
/** The same release as the staging modules number it. */
export const STAGING = 'v0.35.0'
/** The last release that served extensions/v1beta1 and networking.k8s.io/v1beta1 Ingress. */
export const LAST_WITH_OLD_INGRESS = 'v1.21.14'

/** Newest release of istio.io/api at the time of writing. */
export const ISTIO = 'v1.31.1'

/** The folder of a downloaded module, read-only. */
export function moduleDir(path, version) {
  const cwd = mkdtempSync(join(tmpdir(), 'sallyport-gen-'))
  const out = execFileSync('go', ['mod', 'download', '-json', `${path}@${version}`], {
    cwd,
    encoding: 'utf8',
  })
  return JSON.parse(out).Dir
}

/** JSON with one line per top-level member of each object in `value`, so that a regenerated file has a readable diff. */
export function lines(value) {
  const member = ([key, entry]) => `${JSON.stringify(key)}:${JSON.stringify(entry)}`
  return `{\n${Object.entries(value).map(member).join(',\n')}\n}\n`
}
