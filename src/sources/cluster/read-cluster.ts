// Everything of a cluster that routing depends on, read once through its API. Only GET is ever sent.
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import {
  AUTHORIZATION_POLICY,
  CONFIG_MAP,
  DESTINATION_RULE,
  ENDPOINT_SLICE,
  GATEWAY,
  INGRESS,
  INGRESS_CLASS,
  NAMESPACE,
  PEER_AUTHENTICATION,
  POD,
  REQUEST_AUTHENTICATION,
  SECRET,
  SERVICE,
  TELEMETRY,
  VIRTUAL_SERVICE,
} from '../../resources/kinds.ts'
import { apiVersionOf, type KindRef, type KubeObject, refOf } from '../../resources/object.ts'
import { type Container, type Pod, PROXY_ANNOTATION, SIDECAR_CONTAINER } from '../../resources/pod.ts'
import type { Resource } from '../../resources/snapshot.ts'
import type { ClusterAccess } from './access.ts'

const KINDS = [
  NAMESPACE,
  SECRET,
  CONFIG_MAP,
  SERVICE,
  ENDPOINT_SLICE,
  POD,
  INGRESS,
  INGRESS_CLASS,
  GATEWAY,
  VIRTUAL_SERVICE,
  DESTINATION_RULE,
  PEER_AUTHENTICATION,
  REQUEST_AUTHENTICATION,
  AUTHORIZATION_POLICY,
  TELEMETRY,
]
/** Versions of Istio's kinds that older clusters serve; the fields are the same. */
const OLDER = ['v1', 'v1beta1', 'v1alpha3', 'v1alpha1']
const PAGE = 500
const TIMEOUT_MS = 30_000

interface Answer {
  readonly status: number
  readonly text: string
}

function get({ server, options }: ClusterAccess, path: string): Promise<Answer> {
  const url = new URL(server + path)
  const headers = { ...options.headers, accept: 'application/json' }
  return new Promise((fulfil, reject) => {
    const send = url.protocol === 'http:' ? requestHttp : requestHttps
    const request = send(url, { ...options, headers, method: 'GET', timeout: TIMEOUT_MS }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', reject)
      response.on('end', () =>
        fulfil({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() }),
      )
    })
    request.on('timeout', () => request.destroy(new Error(`${url.host} does not answer`)))
    request.on('error', reject)
    request.end()
  })
}

interface List {
  readonly items?: readonly KubeObject[]
  readonly metadata?: { readonly continue?: string }
}

/** All objects of a kind; undefined when the cluster does not serve it at that version. Throws for any other answer. */
async function list(
  access: ClusterAccess,
  kind: KindRef,
  version: string,
): Promise<readonly KubeObject[] | undefined> {
  const group = kind.group === '' ? '/api' : `/apis/${kind.group}`
  const found: KubeObject[] = []
  let more = ''
  do {
    const path = `${group}/${version}/${kind.plural}?limit=${PAGE}${more}`
    const { status, text } = await get(access, path)
    if (status === 404) return undefined
    if (status !== 200)
      throw new Error(`the API answers ${status} when ${kind.plural} are listed: ${messageOf(text)}`)
    const { items = [], metadata } = JSON.parse(text) as List
    found.push(...items)
    more = metadata?.continue ? `&continue=${encodeURIComponent(metadata.continue)}` : ''
  } while (more !== '')
  return found
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text
  } catch {
    return text.slice(0, 200)
  }
}

/** A pod of Istio's own gateways, which carry no mark of ours: their proxy runs as a router. */
function markGateway(pod: Pod): Pod {
  const { annotations = {} } = pod.metadata
  const proxy = pod.spec?.containers?.find(({ name }) => name === SIDECAR_CONTAINER) as
    | (Container & { readonly args?: readonly string[] })
    | undefined
  if (annotations[PROXY_ANNOTATION] !== undefined || !proxy?.args?.includes('router')) return pod
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations: { ...annotations, [PROXY_ANNOTATION]: 'gateway' } },
  }
}

function resource(kind: KindRef, item: KubeObject): Resource {
  const listed: KubeObject = { ...item, apiVersion: apiVersionOf(kind), kind: kind.kind }
  const object = kind === POD ? markGateway(listed as Pod) : listed
  const ref = refOf(object)
  return { object, origin: (field) => (field === '' ? { object: ref } : { object: ref, field }) }
}

/** Reads the cluster. Throws when it cannot be reached or does not let us list one of the kinds: half a picture would give false findings. */
export async function readCluster(access: ClusterAccess): Promise<readonly Resource[]> {
  const all = await Promise.all(
    KINDS.map(async (kind) => {
      const versions = kind.group.endsWith('.istio.io') ? OLDER : [kind.version]
      for (const version of versions) {
        const items = await list(access, kind, version)
        if (items !== undefined) return items.map((item) => resource(kind, item))
      }
      return []
    }),
  )
  return all.flat()
}
