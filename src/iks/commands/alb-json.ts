// The cluster's ALBs, from their Services in kube-system, in the shape of the provider's JSON (iks.md 4.3).
import { SERVICE } from '../../resources/kinds.ts'
import type { Service } from '../../resources/service.ts'
import { albId } from '../identity.ts'
import type { Provider } from '../provider-contract.ts'
import { SYSTEM_NAMESPACE } from '../stored-map.ts'

export interface AlbJson {
  readonly albID: string
  readonly clusterID: string
  readonly name: string
  readonly albType: string
  readonly enable: boolean
  readonly state: string
  readonly createdDate: string
  readonly numOfInstances: string
  readonly resize: boolean
  readonly albip: string
  readonly zone: string
  readonly disableDeployment: boolean
  readonly vlanID: string
  readonly albBuild: string
  readonly authBuild: string
  readonly status: string
}

/** All ALBs of the cluster, by name. */
export async function albs(provider: Provider): Promise<readonly AlbJson[]> {
  const { identity, api } = provider
  const prefix = albId(identity).replace(/\d+$/, '')
  const { items } = await api.list<Service>(SERVICE, { namespace: SYSTEM_NAMESPACE })
  return items
    .filter(({ metadata }) => metadata.name.startsWith(prefix))
    .map((service) => {
      const { name } = service.metadata
      const ip = service.status?.loadBalancer?.ingress?.[0]?.ip ?? ''
      return {
        albID: name,
        clusterID: identity.id,
        name: '',
        albType: 'public',
        enable: true,
        state: ip === '' ? 'pending' : 'enabled',
        createdDate: service.metadata.creationTimestamp ?? '',
        numOfInstances: '1',
        resize: false,
        albip: ip,
        zone: identity.datacenter,
        disableDeployment: false,
        vlanID: '-',
        albBuild: 'sallyport',
        authBuild: '-',
        status: ip === '' ? 'pending' : 'healthy',
      }
    })
}
