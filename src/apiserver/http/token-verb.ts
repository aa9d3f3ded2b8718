// POST serviceaccounts/NAME/token: a TokenRequest (authentication.k8s.io/v1) is answered with a token.
import { POD } from '../../resources/kinds.ts'
import type { KubeObject } from '../../resources/object.ts'
import { decodeBody } from '../codec/decode-body.ts'
import type { FieldError } from '../kind.ts'
import { builtinSchema } from '../openapi/builtin-schema.ts'
import { get } from '../pipeline/read.ts'
import type { Target } from '../pipeline/request.ts'
import { apiError, badRequest, conflict, invalidOptions } from '../status-error.ts'
import { invalid } from '../validation/field-error.ts'
import type { Exchange } from './exchange.ts'
import { negotiate } from './negotiate.ts'
import { readBody } from './read-body.ts'
import { reply } from './read-verbs.ts'

interface TokenRequest extends KubeObject {
  readonly spec?: {
    readonly audiences?: readonly string[]
    readonly expirationSeconds?: number
    readonly boundObjectRef?: {
      readonly kind?: string
      readonly apiVersion?: string
      readonly name?: string
      readonly uid?: string
    }
  }
}

const DEFAULT_SECONDS = 3600
const LEAST_SECONDS = 600
const MOST_SECONDS = 2 ** 32

/** Throws ApiError: 404 without the account or the pod, 409 for another pod of the same name, 422. */
export async function tokenVerb(exchange: Exchange, target: Target): Promise<void> {
  const { accountTokens, request } = exchange
  if (!accountTokens) throw apiError(501, 'NotImplemented', 'this server issues no tokens')
  const account = await get(exchange.core, target)
  const { object } = decodeBody({
    contentType: request.headers['content-type'],
    body: await readBody(request),
    fieldValidation: 'Ignore',
    target: {
      group: 'authentication.k8s.io',
      version: 'v1',
      kind: 'TokenRequest',
      schema: builtinSchema('authentication.k8s.io', 'v1', 'TokenRequest'),
      builtin: true,
    },
  })
  const { metadata, spec = {} } = object as TokenRequest
  if (metadata?.name && metadata.name !== target.name) {
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${target.name})`,
    )
  }
  const { audiences = [], expirationSeconds = DEFAULT_SECONDS } = spec
  const problem = secondsProblem(expirationSeconds)
  if (problem) throw invalidOptions('TokenRequest', [problem])
  const pod = await boundPod(exchange, target, spec.boundObjectRef)
  const issued = await accountTokens({
    namespace: target.namespace ?? '',
    account: account.metadata.name,
    uid: account.metadata.uid ?? '',
    audiences,
    lifetimeMs: expirationSeconds * 1000,
    ...(pod ? { pod } : {}),
  })
  await reply(exchange, 201, { format: { media: negotiate(request.headers.accept).media } }, {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: {
      name: account.metadata.name,
      namespace: target.namespace,
      creationTimestamp: seconds(exchange.core.now()),
    },
    spec: { ...spec, audiences: issued.audiences, expirationSeconds },
    status: { token: issued.token, expirationTimestamp: seconds(issued.expires) },
  } as KubeObject)
}

function secondsProblem(expirationSeconds: number): FieldError | undefined {
  const wrong = (detail: string) => invalid('spec.expirationSeconds', expirationSeconds, detail)
  if (expirationSeconds < LEAST_SECONDS) return wrong('may not specify a duration less than 10 minutes')
  if (expirationSeconds > MOST_SECONDS) return wrong('may not specify a duration larger than 2^32 seconds')
  return undefined
}

/** The pod that the token is to end with, if any. Other objects cannot be bound to here. */
async function boundPod(
  exchange: Exchange,
  target: Target,
  bound: NonNullable<TokenRequest['spec']>['boundObjectRef'],
): Promise<{ readonly name: string; readonly uid: string } | undefined> {
  if (!bound) return undefined
  const kind = exchange.core.registry.resolve('', 'v1', 'pods')
  if (bound.kind !== 'Pod' || (bound.apiVersion ?? 'v1') !== 'v1' || !kind) {
    throw badRequest(`cannot bind token to object of kind ${bound.apiVersion ?? ''} ${bound.kind ?? ''}`)
  }
  const { metadata } = await get(exchange.core, {
    ...kind,
    ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
    name: bound.name ?? '',
  })
  if (bound.uid && bound.uid !== metadata.uid) {
    const detail = `the UID in the bound object reference (${bound.uid}) does not match the UID in record. The object might have been deleted and then recreated`
    throw conflict(POD, metadata.name, detail)
  }
  return { name: metadata.name, uid: metadata.uid ?? '' }
}

/** Times of the API are in whole seconds. */
const seconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
