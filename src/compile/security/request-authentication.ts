// RequestAuthentications as the providers whose tokens a proxy verifies, and which apply to a workload (istio.md 4).
import type { Code } from '../../diagnostics/catalogue.ts'
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import type { JwtProvider, PublicJwk, TokenPlaces } from '../../ir/jwt.ts'
import { REQUEST_AUTHENTICATION } from '../../resources/kinds.ts'
import type { JwtRule, RequestAuthentication } from '../../resources/request-authentication.ts'
import type { Resource } from '../../resources/snapshot.ts'
import { demandText, demandTexts } from '../demand.ts'
import { readIssuerKeys, readObject } from '../graph/inputs.ts'
import { query, type Read } from '../graph/query.ts'
import { errorText } from '../text.ts'
import { parseJwks } from './jwks.ts'
import { keySourceOf } from './key-source.ts'
import { policyScope } from './policy-scope.ts'
import { isWritable } from './unenforceable-token-rules.ts'

interface Compiled {
  readonly providers: readonly JwtProvider[]
  readonly diagnostics: readonly Diagnostic[]
}

const DEFAULT_PLACES: TokenPlaces = {
  headers: [{ name: 'authorization', prefix: 'Bearer ' }],
  parameters: ['access_token'],
  cookies: [],
}

/** Istio takes these claims for lists in any case. */
const WORD_LISTS = ['scope', 'permission']

/** Fails closed: with neither issuer nor keys, every token is refused. */
const closed = (origin: JwtProvider['origin']): JwtProvider => ({
  issuer: '',
  audiences: [],
  keys: [],
  places: DEFAULT_PLACES,
  forward: false,
  claimHeaders: [],
  wordLists: WORD_LISTS,
  origin,
})

function placesOf(rule: JwtRule): TokenPlaces {
  const headers = (rule.fromHeaders ?? []).map(({ name, prefix = '' }) => ({
    name: demandText(name, 'fromHeaders.name').toLowerCase(),
    prefix,
  }))
  const parameters = demandTexts(rule.fromParams, 'fromParams')
  const cookies = demandTexts(rule.fromCookies, 'fromCookies')
  const none = headers.length + parameters.length + cookies.length === 0
  return none ? DEFAULT_PLACES : { headers, parameters, cookies }
}

interface Keys {
  readonly keys: readonly PublicJwk[]
  readonly problem?: { readonly code: Code; readonly field: string; readonly message: string }
}

const unusable = (field: string, message: string): Keys => ({
  keys: [],
  problem: { code: 'SP0606', field, message: `${message} Every token of this issuer is refused.` },
})

function keysOf(read: Read, rule: JwtRule): Keys {
  if (rule.jwks) {
    const keys = parseJwks(rule.jwks)
    return typeof keys === 'string' ? unusable('jwks', keys) : { keys }
  }
  const source = keySourceOf(rule)
  if (source === undefined)
    return unusable('issuer', `Nothing says where the keys of ${rule.issuer} are: no jwks, no jwksUri.`)
  const field = source.discovery ? 'issuer' : 'jwksUri'
  const { text, problem } = readIssuerKeys(read, source.uri) ?? { problem: 'not fetched yet' }
  const keys = text === undefined ? '' : parseJwks(text)
  if (typeof keys === 'string' && text !== undefined) return unusable(field, keys)
  if (typeof keys === 'string') {
    const message = `No keys from ${source.uri}: ${problem}. Every token of this issuer is refused.`
    return { keys: [], problem: { code: 'SP0607', field, message } }
  }
  if (problem === undefined) return { keys }
  const message = `Keys from ${source.uri} could not be fetched again (${problem}); the last ones stay in use.`
  return { keys, problem: { code: 'SP0607', field, message } }
}

function compile(read: Read, resource: Resource<RequestAuthentication>): Compiled {
  const diagnostics: Diagnostic[] = []
  const providers = (resource.object.spec?.jwtRules ?? []).map((rule, index): JwtProvider => {
    const field = `spec.jwtRules[${index}]`
    const { keys, problem } = keysOf(read, rule)
    if (problem !== undefined) {
      const origin = resource.origin(`${field}.${problem.field}`)
      diagnostics.push(diagnostic(problem.code, origin, problem.message))
    }
    const payloadHeader = rule.outputPayloadToHeader?.toLowerCase() ?? ''
    const claimHeaders = (rule.outputClaimToHeaders ?? []).map(({ header, claim }) => ({
      header: demandText(header, `${field}.outputClaimToHeaders.header`).toLowerCase(),
      claim: demandText(claim, `${field}.outputClaimToHeaders.claim`),
    }))
    return {
      issuer: demandText(rule.issuer, `${field}.issuer`),
      audiences: demandTexts(rule.audiences, `${field}.audiences`),
      keys,
      places: placesOf(rule),
      forward: rule.forwardOriginalToken === true,
      ...(payloadHeader !== '' && isWritable(payloadHeader) ? { payloadHeader } : {}),
      claimHeaders: claimHeaders.filter(({ header }) => isWritable(header)),
      wordLists: [...WORD_LISTS, ...demandTexts(rule.spaceDelimitedClaims, `${field}.spaceDelimitedClaims`)],
      origin: resource.origin(field),
    }
  })
  return { providers, diagnostics }
}

const authentication = query<Compiled>(
  'request-authentication',
  (read, key) => {
    const resource = readObject<RequestAuthentication>(read, REQUEST_AUTHENTICATION, key)
    return resource === undefined ? { providers: [], diagnostics: [] } : compile(read, resource)
  },
  (error, read, key) => {
    const origin = readObject(read, REQUEST_AUTHENTICATION, key)?.origin('') ?? {}
    const message = `RequestAuthentication ${key}: ${errorText(error)}`
    return { providers: [closed(origin)], diagnostics: [diagnostic('SP0105', origin, message)] }
  },
)

/** What is wrong with one of them. */
export const requestAuthenticationFindings = query<readonly Diagnostic[]>(
  'request-authentication-findings',
  (read, key) => read(authentication, key).diagnostics,
)

const scope = policyScope(REQUEST_AUTHENTICATION)

/** The providers for a workload: of the root namespace and of its own whose selector fits, sorted by issuer as istiod does. */
export function providersFor(
  read: Read,
  namespace: string,
  labels: Readonly<Record<string, string>>,
): readonly JwtProvider[] {
  return scope
    .keysFor(read, { namespace, labels })
    .flatMap((key) => read(authentication, key).providers)
    .sort((a, b) => (a.issuer < b.issuer ? -1 : a.issuer > b.issuer ? 1 : 0))
}
