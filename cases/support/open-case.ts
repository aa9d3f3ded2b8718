// A case folder as a snapshot that can be compiled, with the bytes that an engine would need.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts'
import type { BlobStore } from '../../src/engines/engine.ts'
import type { CertificateRef, PemFacts } from '../../src/ir/certificate.ts'
import { createAuthority, issueLeaf } from '../../src/pki/authority.ts'
import { digestOf, inspectPem } from '../../src/pki/inspect.ts'
import { type Pod, PROXY_ANNOTATION, TLS_MODE_LABEL } from '../../src/resources/pod.ts'
import type { ConfigMap, Secret } from '../../src/resources/secret.ts'
import {
  defaultPlatform,
  type MeshIdentities,
  type PemIndex,
  type Resource,
  type Snapshot,
} from '../../src/resources/snapshot.ts'
import { expand } from '../../src/sources/files/expand/expand.ts'
import { objectsOf } from '../../src/sources/files/objects.ts'
import { parseObjects } from '../../src/sources/files/parse.ts'
import { issueMaterial, type Material } from './credentials.ts'
import type { CaseSettings } from './settings.ts'
import { makeTokens, withTexts } from './tokens.ts'

const DAY = 86_400_000
/** When goldens are made: diagnostics may print dates. */
export const GOLDEN_TIME = Date.UTC(2026, 0, 15)

export interface OpenCase {
  readonly snapshot: Snapshot
  readonly blobs: BlobStore
  /** Of reading the files. */
  readonly diagnostics: readonly Diagnostic[]
  /** The text of in.yaml, for frames. */
  readonly text: string
  /** Certificates by name, for clients: `<credential>.crt`, `<credential>.key`, `<authority>.ca`. */
  readonly material: Material
  readonly settings: CaseSettings
  /** Tokens by name, for requests. */
  readonly tokens: ReadonlyMap<string, string>
  /** The mesh certificate of `namespace/serviceAccount`. */
  readonly meshPair: (account: string) => {
    readonly cert: string | undefined
    readonly key: string | undefined
  }
}

interface Blobs extends BlobStore {
  readonly put: (text: string) => PemFacts
}

function createBlobs(): Blobs {
  const held = new Map<string, Uint8Array>()
  return {
    get: (digest) => held.get(digest),
    put: (text) => {
      const bytes = Buffer.from(text)
      const facts = inspectPem(bytes)
      held.set(facts.digest, bytes)
      return facts
    },
  }
}

function splitSettings(text: string): { settings: CaseSettings; objects: string } {
  const end = text.search(/^---\s*$/m)
  const first = end < 0 ? text : text.slice(0, end)
  const settings = parse(first) as CaseSettings | null
  if (settings?.kind !== 'Case') throw new Error('the first document of in.yaml must be of kind Case')
  // Line numbers stay those of the file.
  return { settings, objects: end < 0 ? '' : first.replace(/[^\n]/g, '') + text.slice(end) }
}

function secretOf(
  wanted: NonNullable<CaseSettings['secrets']>[number],
  material: Material,
): Resource<Secret> {
  const { name: key, ...data } = wanted
  const [namespace = '', name = ''] = key.split('/')
  const value = (text: string): string =>
    text
      .split('+')
      .map((one) => material.get(one) ?? one)
      .join('')
  const object: Secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name },
    data: Object.fromEntries(
      Object.entries(data).map(([dataKey, text]) => [dataKey, Buffer.from(value(text)).toString('base64')]),
    ),
  }
  const ref = { apiVersion: 'v1', kind: 'Secret', namespace, name }
  return { object, origin: (field) => ({ object: ref, ...(field === '' ? {} : { field }) }) }
}

function pemOf(resources: readonly Resource[], blobs: Blobs): ReadonlyMap<string, PemIndex> {
  const index = new Map<string, PemIndex>()
  for (const { object } of resources) {
    if (object.kind !== 'Secret' && object.kind !== 'ConfigMap') continue
    const { data } = object as Secret | ConfigMap
    const decode = (text: string): string =>
      object.kind === 'Secret' ? Buffer.from(text, 'base64').toString() : text
    const { namespace, name } = object.metadata
    index.set(
      `${object.kind} ${namespace}/${name}`,
      new Map(Object.entries(data ?? {}).map(([key, text]) => [key, blobs.put(decode(text))])),
    )
  }
  return index
}

const isProxy = (pod: Pod): boolean =>
  pod.metadata.annotations?.[PROXY_ANNOTATION] !== undefined ||
  pod.metadata.labels?.[TLS_MODE_LABEL] === 'istio'

function identitiesOf(
  resources: readonly Resource[],
  settings: CaseSettings,
  blobs: Blobs,
  now: number,
): MeshIdentities {
  const root = createAuthority({
    subject: { organizations: ['cluster.local'] },
    now,
    lifetimeMs: 3650 * DAY,
    backdateMs: DAY,
  })
  const certificates = new Map<string, CertificateRef>()
  for (const { object } of resources) {
    if (object.kind !== 'Pod' || !isProxy(object as Pod)) continue
    const account = (object as Pod).spec?.serviceAccountName ?? 'default'
    if (settings.withoutIdentity?.includes(`${object.metadata.namespace}/${account}`)) continue
    const id = `spiffe://cluster.local/ns/${object.metadata.namespace}/sa/${account}`
    const issued = issueLeaf(root, {
      subject: {},
      uri: [id],
      purposes: ['serverAuth', 'clientAuth'],
      now,
      lifetimeMs: DAY,
      backdateMs: 120_000,
    })
    const facts = blobs.put(issued.chain)
    const leaf = facts.content.kind === 'certificates' ? facts.content.certificates[0] : undefined
    if (leaf === undefined) throw new Error('no certificate was issued')
    blobs.put(issued.key)
    certificates.set(id, {
      name: id,
      chain: facts.digest,
      key: digestOf(Buffer.from(issued.key)),
      leaf,
      origin: {},
    })
  }
  const facts = blobs.put(root.certificate)
  const anchors = facts.content.kind === 'certificates' ? facts.content.certificates : []
  return {
    trustDomain: 'cluster.local',
    trust: { name: 'ROOTCA', roots: facts.digest, anchors, origin: {} },
    certificates,
  }
}

/** Opens `folder/in.yaml` (or another file of that form) as of `now` (ms since the epoch): certificates are issued for that time. */
export async function openCase(folder: string, now: number, file = 'in.yaml'): Promise<OpenCase> {
  return openText(await readFile(join(folder, file), 'utf8'), now, file)
}

/** Opens the text of such a file. */
export function openText(text: string, now: number, file = 'in.yaml'): OpenCase {
  const { settings, objects } = splitSettings(text)
  const material = issueMaterial(settings, now)
  const tokens = makeTokens(settings, now)
  const parsed = parseObjects(withTexts(objects, tokens.texts), file)
  const secrets = (settings.secrets ?? []).map((one) => secretOf(one, material))
  const written = [...parsed.resources, ...secrets]
  const resources = expand(written, settings.platform === undefined ? {} : { platform: settings.platform })
  const blobs = createBlobs()
  const identities = identitiesOf(resources, settings, blobs, now)
  const pem = (digest: string | undefined): string | undefined => {
    const bytes = digest === undefined ? undefined : blobs.get(digest)
    return bytes === undefined ? undefined : Buffer.from(bytes).toString()
  }
  return {
    text,
    settings,
    material,
    tokens: tokens.texts,
    meshPair: (account) => {
      const [namespace, name] = account.split('/')
      const held = identities.certificates.get(`spiffe://cluster.local/ns/${namespace}/sa/${name}`)
      return { cert: pem(held?.chain), key: pem(held?.key) }
    },
    blobs,
    diagnostics: parsed.diagnostics,
    snapshot: {
      time: now,
      objects: objectsOf(resources),
      pem: pemOf(resources, blobs),
      identities,
      issuerKeys: tokens.issuerKeys,
      platform: defaultPlatform,
    },
  }
}
