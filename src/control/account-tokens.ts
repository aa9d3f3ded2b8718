// Service accounts as users of the API: their tokens, issued and believed.
import type { AccountTokenRequest, AccountTokens } from '../apiserver/account-tokens.ts'
import type { ApiClient } from '../apiserver/client.ts'
import type { User } from '../apiserver/user.ts'
import type { ClusterOptions } from '../cluster/options.ts'
import type { AccountTokenKey } from '../pki/account-tokens.ts'
import { POD, SERVICE_ACCOUNT } from '../resources/kinds.ts'
import type { KubeObject } from '../resources/object.ts'

type PodToken = NonNullable<ClusterOptions['serviceAccountToken']>

/** A pod's token is replaced when this share of its life is over, as the kubelet does. */
const RENEWED_AT = 0.8
const HOUR_MS = 3_600_000

export class ServiceAccountTokens {
  readonly #key: AccountTokenKey
  readonly #now: () => number
  #client: ApiClient | undefined
  /** Tokens of pods: asked for each time a pod's volumes are looked at. */
  readonly #ofPods = new Map<
    string,
    { readonly token: string; readonly from: number; readonly until: number }
  >()

  constructor(key: AccountTokenKey, now: () => number = Date.now) {
    this.#key = key
    this.#now = now
  }

  /** The API whose accounts these are. Until it is there, nobody is believed. */
  use(client: ApiClient): void {
    this.#client = client
  }

  readonly issue: AccountTokens = ({ audiences, lifetimeMs, ...claims }) =>
    this.#key.issue(claims, audiences, lifetimeMs)

  /** Who presents a token: a service account that is still there, from a pod that is still there if it is a pod's. */
  async user(token: string): Promise<User | undefined> {
    const claims = await this.#key.verify(token)
    if (!claims) return undefined
    const { namespace, account, uid, pod, id } = claims
    const found = await this.#client?.get<KubeObject>(SERVICE_ACCOUNT, account, namespace)
    if (!found || found.metadata.uid !== uid || found.metadata.deletionTimestamp) return undefined
    if (pod) {
      const running = await this.#client?.get<KubeObject>(POD, pod.name, namespace)
      if (running?.metadata.uid !== pod.uid) return undefined
    }
    return {
      name: `system:serviceaccount:${namespace}:${account}`,
      uid,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
      extra: {
        'authentication.kubernetes.io/credential-id': [`JTI=${id}`],
        ...(pod
          ? {
              'authentication.kubernetes.io/pod-name': [pod.name],
              'authentication.kubernetes.io/pod-uid': [pod.uid],
            }
          : {}),
      },
    }
  }

  /** The token of a projected volume; the same until most of its life is over. */
  readonly ofPod: PodToken = async ({ namespace, serviceAccount, audience, expirationSeconds, pod }) => {
    const [account, running] = await Promise.all([
      this.#client?.get<KubeObject>(SERVICE_ACCOUNT, serviceAccount, namespace),
      this.#client?.get<KubeObject>(POD, pod, namespace),
    ])
    if (!account || !running)
      throw new Error(`there is no service account ${namespace}/${serviceAccount} yet`)
    const key = [running.metadata.uid, account.metadata.uid, audience, expirationSeconds].join('|')
    const now = this.#now()
    const known = this.#ofPods.get(key)
    if (known && now < known.from + RENEWED_AT * (known.until - known.from)) return known.token
    const request: AccountTokenRequest = {
      namespace,
      account: serviceAccount,
      uid: account.metadata.uid ?? '',
      audiences: audience === undefined ? [] : [audience],
      lifetimeMs: expirationSeconds === undefined ? HOUR_MS : expirationSeconds * 1000,
      pod: { name: pod, uid: running.metadata.uid ?? '' },
    }
    const { token, expires } = await this.issue(request)
    for (const [other, { until }] of this.#ofPods) if (until < now) this.#ofPods.delete(other)
    this.#ofPods.set(key, { token, from: now, until: expires })
    return token
  }
}
