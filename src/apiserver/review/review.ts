// Answers reviews from what authentication and authorization know.
import type { KubeObject } from '../../resources/object.ts'
import { type Attributes, decide } from '../http/authorize.ts'
import { timestamp } from '../pipeline/request.ts'
import type { ApiServerOptions } from '../server-options.ts'
import { MASTERS, type User } from '../user.ts'

interface Spec {
  readonly token?: string
  readonly user?: string
  readonly groups?: readonly string[]
  readonly resourceAttributes?: {
    readonly namespace?: string
    readonly verb?: string
    readonly group?: string
    readonly resource?: string
    readonly subresource?: string
    readonly name?: string
  }
  readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string }
}

/** The review with its status filled in. `now` in ms. */
export async function answerReview(
  body: KubeObject,
  user: User,
  now: number,
  tokens: ApiServerOptions['tokens'],
): Promise<object> {
  const spec = (body as KubeObject & { readonly spec?: Spec }).spec ?? {}
  const metadata = { ...body.metadata, creationTimestamp: body.metadata.creationTimestamp ?? null }
  return { ...body, metadata, ...(await outcome(body.kind, spec, user, now, tokens)) }
}

async function outcome(
  kind: string,
  spec: Spec,
  user: User,
  now: number,
  tokens: ApiServerOptions['tokens'],
): Promise<object> {
  switch (kind) {
    case 'SelfSubjectReview':
      return { metadata: { creationTimestamp: timestamp(now) }, status: { userInfo: userInfo(user) } }
    case 'TokenReview': {
      const found = spec.token ? await tokens?.(spec.token) : undefined
      return { status: found ? { authenticated: true, user: userInfo(found) } : { authenticated: false } }
    }
    case 'SelfSubjectRulesReview':
      return { status: rules(user) }
    case 'SelfSubjectAccessReview':
      return { status: access(user, spec) }
    default:
      return { status: access({ name: spec.user ?? '', groups: spec.groups ?? [] }, spec) }
  }
}

function userInfo({ name, uid, groups, extra }: User): object {
  return {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    groups,
    ...(extra === undefined ? {} : { extra }),
  }
}

function access(user: User, spec: Spec): object {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec
  const what: Attributes = resource
    ? { ...resource, verb: resource.verb ?? '' }
    : { path: path?.path ?? '', verb: path?.verb ?? '' }
  const { allowed, reason } = decide(user, what)
  return { allowed, ...(reason === '' ? {} : { reason }) }
}

function rules(user: User): object {
  const all = user.groups.includes(MASTERS)
  const own = { verbs: ['create'], apiGroups: ['authorization.k8s.io', 'authentication.k8s.io'] }
  return {
    resourceRules: all
      ? [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }]
      : [
          {
            ...own,
            resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'selfsubjectreviews'],
          },
        ],
    nonResourceRules: [
      all
        ? { verbs: ['*'], nonResourceURLs: ['*'] }
        : {
            verbs: ['get'],
            nonResourceURLs: ['/api', '/api/*', '/apis', '/apis/*', '/openapi/*', '/version'],
          },
    ],
    incomplete: false,
  }
}
