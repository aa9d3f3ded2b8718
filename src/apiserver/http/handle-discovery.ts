// /api, /apis and what is below them up to the version.
import { createHash } from 'node:crypto'
import { apiGroupDiscoveryList } from '../discovery/aggregated.ts'
import { apiGroup, apiGroupList, apiResourceList, apiVersions } from '../discovery/legacy.ts'
import { discover, type Group } from '../discovery/resources.ts'
import type { Registry } from '../registry.ts'
import { notAcceptable } from '../status-error.ts'
import type { Exchange } from './exchange.ts'
import { parseAccept } from './negotiate.ts'
import { type Answer, send } from './respond.ts'

interface Document {
  readonly body: Uint8Array
  readonly etag: string
}
type Form = 'v2' | 'v2beta1' | 'legacy'

/** Discovery documents, printed at first use and again when the set of kinds changes. */
export class Discovery {
  readonly #registry: Registry
  readonly #address: () => string
  #groups: readonly Group[] | undefined
  #documents = new Map<string, Document>()

  constructor(registry: Registry, address: () => string) {
    this.#registry = registry
    this.#address = address
    registry.onChange(() => {
      this.#groups = undefined
      this.#documents = new Map()
    })
  }

  /** Answers a discovery path; false when the path is none or names nothing. Throws 406. */
  async handle(exchange: Exchange): Promise<boolean> {
    const path = exchange.path.replace(/\/$/, '')
    if (!/^\/(api|apis)(\/[^/]+){0,2}$/.test(path)) return false
    const form = path === '/api' || path === '/apis' ? formOf(exchange.request.headers.accept) : 'legacy'
    const key = `${form} ${path}`
    let document = this.#documents.get(key)
    if (!document) {
      const object = this.#object(path, form)
      if (!object) return false
      const body = Buffer.from(`${JSON.stringify(object)}\n`)
      document = { body, etag: `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"` }
      this.#documents.set(key, document)
    }
    await send(exchange.request, exchange.response, answerOf(exchange, form, document))
    return true
  }

  #object(path: string, form: Form): object | undefined {
    this.#groups ??= discover(this.#registry.all())
    const [, root, first, second] = path.split('/')
    const core = root === 'api'
    if (form !== 'legacy') {
      const wanted = this.#groups.filter(({ name }) => (name === '') === core)
      return apiGroupDiscoveryList(wanted, form)
    }
    if (first === undefined) return core ? apiVersions(this.#address()) : apiGroupList(this.#groups)
    if (core && second !== undefined) return undefined
    const group = this.#groups.find(({ name }) => name === (core ? '' : first))
    const version = core ? first : second
    if (!group) return undefined
    if (version === undefined) return apiGroup(group)
    const found = group.versions.find((one) => one.version === version)
    return found && apiResourceList(group, found)
  }
}

/** The first form of the Accept header that we have; plain JSON is the legacy one. */
function formOf(accept: string | undefined): Form {
  for (const { type, params } of parseAccept(accept)) {
    if (type === '*/*' || type === 'application/*') return 'legacy'
    if (type !== 'application/json') continue
    if (params['as'] === undefined) return 'legacy'
    const isList = params['as'] === 'APIGroupDiscoveryList' && params['g'] === 'apidiscovery.k8s.io'
    if (isList && (params['v'] === 'v2' || params['v'] === 'v2beta1')) return params['v']
  }
  throw notAcceptable(['application/json'])
}

function answerOf(exchange: Exchange, form: Form, { body, etag }: Document): Answer {
  const contentType =
    form === 'legacy'
      ? 'application/json'
      : `application/json;g=apidiscovery.k8s.io;v=${form};as=APIGroupDiscoveryList`
  const headers = { ETag: etag, Vary: 'Accept', 'Cache-Control': 'public' }
  const known = (exchange.request.headers['if-none-match'] ?? '').split(/\s*,\s*/).includes(etag)
  return known
    ? { code: 304, body: new Uint8Array(), contentType, headers }
    : { code: 200, body, contentType, headers }
}
