// Volumes as folders of files: ConfigMaps, Secrets, the downward API, tokens and empty folders, refreshed when their sources change.
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import type { Container, Pod } from '../objects/pod.ts'
import type { DownwardItem, KeyToPath, ProjectedSource, Volume } from '../objects/volume.ts'
import { fieldValue, type NodeAmounts, type PodPlace, resourceValue } from './downward.ts'
import type { References } from './environment.ts'

export interface VolumeInput {
  readonly pod: Pod
  readonly references: References
  readonly place: PodPlace
  readonly node: NodeAmounts
  readonly token: (source: NonNullable<ProjectedSource['serviceAccountToken']>) => Promise<string | undefined>
}

interface File {
  readonly path: string
  readonly content: string | Uint8Array
  readonly mode: number
}

/** The files of a volume; `undefined` for folders that the container fills itself. A problem is a `FailedMount`. */
export async function volumeFiles(
  volume: Volume,
  input: VolumeInput,
): Promise<{ readonly files?: readonly File[] } | { readonly problem: string }> {
  if (volume.configMap) {
    const { name, items, optional, defaultMode } = volume.configMap
    return from('configmap', name, configMapData(input, name), items, optional, defaultMode)
  }
  if (volume.secret) {
    const { secretName, items, optional, defaultMode } = volume.secret
    return from('secret', secretName, secretData(input, secretName), items, optional, defaultMode)
  }
  if (volume.downwardAPI)
    return { files: downward(volume.downwardAPI.items, input, volume.downwardAPI.defaultMode) }
  if (volume.projected) return projected(volume.projected.sources ?? [], input, volume.projected.defaultMode)
  if (volume.emptyDir !== undefined || volume.hostPath !== undefined) return {}
  return { problem: `volume "${volume.name}" is of a type that pods as processes cannot have` }
}

async function projected(
  sources: readonly ProjectedSource[],
  input: VolumeInput,
  mode: number | undefined,
): Promise<{ readonly files: readonly File[] } | { readonly problem: string }> {
  const files: File[] = []
  for (const source of sources) {
    const part = source.configMap ?? source.secret
    if (part) {
      const kind = source.configMap ? 'configmap' : 'secret'
      const data = source.configMap ? configMapData(input, part.name) : secretData(input, part.name)
      const result = from(kind, part.name, data, part.items, part.optional, mode)
      if ('problem' in result) return result
      files.push(...result.files)
    }
    if (source.downwardAPI) files.push(...downward(source.downwardAPI.items, input, mode))
    if (source.serviceAccountToken) {
      const token = await input.token(source.serviceAccountToken)
      if (token !== undefined)
        files.push({ path: source.serviceAccountToken.path, content: token, mode: 0o600 })
    }
  }
  return { files }
}

type Data = Readonly<Record<string, string | Uint8Array>> | undefined

function configMapData(input: VolumeInput, name: string): Data {
  const object = input.references.configMap(name)
  if (!object) return undefined
  const binary = Object.entries(object.binaryData ?? {}).map(([key, value]) => [
    key,
    Buffer.from(value, 'base64'),
  ])
  return { ...object.data, ...Object.fromEntries(binary) }
}

function secretData(input: VolumeInput, name: string): Data {
  const object = input.references.secret(name)
  if (!object) return undefined
  return Object.fromEntries(
    Object.entries(object.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')]),
  )
}

function from(
  kind: string,
  name: string,
  data: Data,
  items: readonly KeyToPath[] | undefined,
  optional: boolean | undefined,
  defaultMode = 0o644,
): { readonly files: readonly File[] } | { readonly problem: string } {
  if (data === undefined) return optional ? { files: [] } : { problem: `${kind} "${name}" not found` }
  const wanted = items ?? Object.keys(data).map((key): KeyToPath => ({ key, path: key }))
  const files: File[] = []
  for (const { key, path, mode } of wanted) {
    const content = data[key]
    if (content !== undefined) files.push({ path, content, mode: mode ?? defaultMode })
    else if (!optional)
      return { problem: `references non-existent ${kind === 'secret' ? 'secret' : 'config'} key: ${key}` }
  }
  return { files }
}

function downward(
  items: readonly DownwardItem[] | undefined,
  input: VolumeInput,
  defaultMode = 0o644,
): File[] {
  return (items ?? []).map(({ path, fieldRef, resourceFieldRef, mode }) => ({
    path,
    mode: mode ?? defaultMode,
    content: fieldRef
      ? (fieldValue(input.pod, input.place, fieldRef.fieldPath) ?? '')
      : resourceFieldRef
        ? resourceValue(input.pod, resourceFieldRef.containerName ?? '', resourceFieldRef, input.node)
        : '',
  }))
}

/**
 * Writes the files under `folder` as the kubelet does: real files in a folder of their own, `..data` leading to it, and the visible names
 * leading through `..data`. A change is one rename, so that a reader sees all old or all new files.
 */
export function writeVolume(folder: string, wanted: readonly File[]): void {
  const files = wanted
    .map((file) => ({ ...file, path: normalize(file.path) }))
    .filter(({ path }) => path !== '.' && !path.startsWith('..') && !path.startsWith('/'))
  mkdirSync(folder, { recursive: true })
  const before = currentData(folder)
  const fresh = mkdtempSync(join(folder, '..'.concat('_')))
  chmodSync(fresh, 0o755)
  for (const file of files) {
    mkdirSync(dirname(join(fresh, file.path)), { recursive: true })
    writeFileSync(join(fresh, file.path), file.content, { mode: file.mode })
  }
  const link = join(folder, '..data_tmp')
  rmSync(link, { force: true })
  symlinkSync(fresh.slice(folder.length + 1), link)
  renameSync(link, join(folder, '..data'))
  const names = new Set(files.map((file) => file.path.split('/')[0] ?? ''))
  for (const present of readdirSync(folder)) {
    if (!present.startsWith('..') && !names.has(present)) rmSync(join(folder, present), { force: true })
  }
  for (const name of names) {
    if (!isLink(join(folder, name))) symlinkSync(join('..data', name), join(folder, name))
  }
  if (before !== undefined) rmSync(join(folder, before), { recursive: true, force: true })
}

function currentData(folder: string): string | undefined {
  try {
    return readlinkSync(join(folder, '..data'))
  } catch {
    return undefined
  }
}

function isLink(path: string): boolean {
  try {
    readlinkSync(path)
    return true
  } catch {
    return false
  }
}

/** Where each mount of a container really is: mount path -> path on this machine. Longest mount paths first. */
export function mountPaths(
  pod: Pod,
  container: Container,
  volumesFolder: string,
): readonly (readonly [string, string])[] {
  const mounts = (container.volumeMounts ?? []).map((mount): readonly [string, string] => {
    const volume = pod.spec.volumes?.find((one) => one.name === mount.name)
    const root = volume?.hostPath?.path ?? join(volumesFolder, mount.name)
    return [mount.mountPath.replace(/\/+$/, ''), mount.subPath ? join(root, mount.subPath) : root]
  })
  return mounts.sort((a, b) => b[0].length - a[0].length)
}

/** There are no mount namespaces: a mount path in a command, an argument or a variable becomes the real path. */
export function translatePaths(text: string, mounts: readonly (readonly [string, string])[]): string {
  let result = text
  for (const [mount, real] of mounts) {
    if (mount === '') continue
    const escaped = mount.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    result = result.replace(
      new RegExp(`(^|[=:,\\s"'])${escaped}(?=$|[/:,\\s"'])`, 'g'),
      (_, before: string) => before + real,
    )
  }
  return result
}
