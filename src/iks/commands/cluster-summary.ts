// What is told of the cluster: the flat fields of the provider's first API with the nested ones of its second beside them.
import { NODE } from '../../resources/kinds.ts'
import type { Provider } from '../provider-contract.ts'

export interface ClusterSummary {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly region: string
  readonly location: string
  readonly dataCenter: string
  readonly createdDate: string
  readonly masterKubeVersion: string
  readonly workerCount: number
  readonly serverURL: string
  readonly ingressHostname: string
  readonly ingressSecretName: string
  readonly ingress: { readonly hostname: string; readonly secretName: string }
  readonly lifecycle: {
    readonly masterState: string
    readonly masterStatus: string
    readonly masterHealth: string
  }
  readonly podSubnet: string
  readonly serviceSubnet: string
  readonly ownerEmail: string
  readonly resourceGroup: string
  readonly resourceGroupName: string
  readonly provider: string
  readonly type: string
}

/** The cluster as `--output json` shows it. Workers are the Nodes of the API. */
export async function clusterSummary(provider: Provider): Promise<ClusterSummary> {
  const { identity, facts, api } = provider
  const [alb] = provider.domains()
  const hostname = alb?.host ?? ''
  const secretName = alb?.secretName ?? ''
  return {
    id: identity.id,
    name: identity.name,
    state: 'normal',
    region: identity.region,
    location: identity.datacenter,
    dataCenter: identity.datacenter,
    createdDate: identity.created,
    masterKubeVersion: facts.version,
    workerCount: (await api.list(NODE)).items.length,
    serverURL: facts.masterUrl,
    ingressHostname: hostname,
    ingressSecretName: secretName,
    ingress: { hostname, secretName },
    lifecycle: { masterState: 'deployed', masterStatus: 'Ready', masterHealth: 'normal' },
    podSubnet: facts.podSubnet,
    serviceSubnet: facts.serviceSubnet,
    ownerEmail: 'you@localhost',
    resourceGroup: identity.accountHash,
    resourceGroupName: 'default',
    provider: 'classic',
    type: 'kubernetes',
  }
}
