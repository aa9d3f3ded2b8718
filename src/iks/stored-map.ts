// The provider's own ConfigMaps in kube-system: written before anything is done that they have to remember.
import type { ApiClient } from '../apiserver/client.ts'
import { CONFIG_MAP } from '../resources/kinds.ts'
import type { ConfigMap } from '../resources/secret.ts'

export const SYSTEM_NAMESPACE = 'kube-system'
export const REGISTRATIONS_NAME = 'ibm-nlb-dns'
export const HISTORY_NAME = 'ibm-issued-certificates'

/** The data of a ConfigMap in kube-system; empty when it does not exist. */
export async function loadMap(api: ApiClient, name: string): Promise<Readonly<Record<string, string>>> {
  return (await api.get<ConfigMap>(CONFIG_MAP, name, SYSTEM_NAMESPACE))?.data ?? {}
}

/** Replaces the data, making the ConfigMap when it does not exist. Durable when it resolves. */
export async function saveMap(
  api: ApiClient,
  name: string,
  data: Readonly<Record<string, string>>,
): Promise<void> {
  const found = await api.get<ConfigMap>(CONFIG_MAP, name, SYSTEM_NAMESPACE)
  if (found === undefined) {
    await api.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: SYSTEM_NAMESPACE },
      data,
    } as ConfigMap)
    return
  }
  await api.update({ ...found, data } as ConfigMap)
}
