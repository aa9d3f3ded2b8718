// ext-authz: which requests an authorizer is asked about, and which header fields go to and fro.
import type { Authorizer } from '../../../../ir/authorizer.ts'
import type { Filter } from '../../../../ir/filter.ts'
import type { StringMatch } from '../../../../ir/match.ts'
import { type HeaderProgram, headerProgram } from '../header-program.ts'
import { type PolicyTest, policyTest } from '../policy.ts'
import { stringTest } from '../string-match.ts'

type NameTest = (name: string) => boolean

export interface ExtAuthzPlan {
  readonly kind: 'ext-authz'
  /** Does not allow what is to be checked. */
  readonly unchecked: PolicyTest
  readonly authorizer: Authorizer
  readonly sends: NameTest
  readonly adds: HeaderProgram | undefined
  readonly replaces: NameTest
  readonly refusesWith: NameTest
  readonly allowsWith: NameTest
}

/** What belongs to the connection or the message of the authorizer, not to its answer. */
const OWN = ['content-length', 'transfer-encoding', 'connection', 'keep-alive', 'date', 'server', 'host']
/** Without these a client would not know what to do. */
const ALWAYS = ['www-authenticate', 'proxy-authenticate', 'location']

const anyOf = (names: readonly StringMatch[]): NameTest => {
  const tests = names.map(stringTest)
  return (name) => tests.some((test) => test(name))
}

export function extAuthzPlan({ config: { policies, authorizer } }: Filter<'ext-authz'>): ExtAuthzPlan {
  const refuses = anyOf(authorizer.downstreamOnDeny)
  const all = authorizer.downstreamOnDeny.length === 0
  return {
    kind: 'ext-authz',
    unchecked: policyTest(policies.map((policy) => ({ ...policy, action: 'deny' }))),
    authorizer,
    sends: anyOf(authorizer.requestHeaders),
    adds: headerProgram({ set: authorizer.addHeaders }),
    replaces: anyOf(authorizer.upstreamOnAllow),
    refusesWith: (name) => !OWN.includes(name) && (all || ALWAYS.includes(name) || refuses(name)),
    allowsWith: anyOf(authorizer.downstreamOnAllow),
  }
}
