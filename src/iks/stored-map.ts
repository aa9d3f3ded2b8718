// The provider's own ConfigMaps in kube-system: written before anything is done that they have to remember.
import { type ApiClient, ApiError } from '../apiserver/client.ts'
import { CONFIG_MAP } from '../resources/kinds.ts'
import type { ConfigMap } from '../resources/secret.ts'

export const SYSTEM_NAMESPACE = 'kube-system'
export const REGISTRATIONS_NAME = 'ibm-nlb-dns'
export const HISTORY_NAME = 'ibm-issued-certificates'

/** The data of a ConfigMap in kube-system; empty when it does not exist. */
export async function loadMap(api: ApiClient, name: string): Promise<Readonly<Record<string, string>>> {
  return (await api.get<ConfigMap>(CONFIG_MAP, name, SYSTEM_NAMESPACE))?.data ?? {}
}

/** How often a write that races with somebody else's is tried. */
const ATTEMPTS = 5

/** Replaces the data, making the ConfigMap when it does not exist. Durable when it resolves. */
export async function saveMap(
  api: ApiClient,
  name: string,
  data: Readonly<Record<string, string>>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await writeMap(api, name, data)
      return
    } catch (error) {
      const raced = error instanceof ApiError && ['Conflict', 'AlreadyExists'].includes(error.reason)
      if (!raced || attempt === ATTEMPTS) throw error
    }
  }
}

async function writeMap(api: ApiClient, name: string, data: Readonly<Record<string, string>>): Promise<void> {
  const found = await api.get<ConfigMap>(CONFIG_MAP, name, SYSTEM_NAMESPACE)
  if (found !== undefined) {
    await api.update({ ...found, data } as ConfigMap)
    return
  }
  await api.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: SYSTEM_NAMESPACE },
    data,
  } as ConfigMap)
}
