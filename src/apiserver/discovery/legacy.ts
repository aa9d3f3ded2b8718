// Discovery as it always was: one document for the groups, one per group and version.
import type { Group, GroupVersionKind, Version } from './resources.ts'

/** `GET /api` */
export function apiVersions(address: string): object {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
  }
}

/** `GET /apis` */
export function apiGroupList(groups: readonly Group[]): object {
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groups.filter(({ name }) => name !== '').map(groupEntry),
  }
}

/** `GET /apis/GROUP` */
export function apiGroup(group: Group): object {
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group) }
}

function groupEntry({ name, versions }: Group): object {
  const entries = versions.map(({ version }) => ({ groupVersion: `${name}/${version}`, version }))
  return { name, versions: entries, preferredVersion: entries[0] }
}

/** `GET /api/v1`, `GET /apis/GROUP/VERSION` */
export function apiResourceList(
  { name: group }: Pick<Group, 'name'>,
  { version, resources }: Version,
): object {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources: resources.flatMap((resource) => [
      {
        name: resource.plural,
        singularName: resource.singular,
        namespaced: resource.namespaced,
        kind: resource.responseKind.kind,
        verbs: resource.verbs,
        ...(resource.shortNames.length > 0 ? { shortNames: resource.shortNames } : {}),
        ...(resource.categories.length > 0 ? { categories: resource.categories } : {}),
        ...(resource.storageVersionHash === undefined
          ? {}
          : { storageVersionHash: resource.storageVersionHash }),
      },
      ...resource.subresources.map(({ name, responseKind, verbs }) => ({
        name: `${resource.plural}/${name}`,
        singularName: '',
        namespaced: resource.namespaced,
        ...foreign(responseKind, group, version),
        kind: responseKind.kind,
        verbs,
      })),
    ]),
  }
}

/** Group and version are told only where they are not those of the document. */
function foreign(kind: GroupVersionKind, group: string, version: string): object {
  return kind.group === group && kind.version === version ? {} : { group: kind.group, version: kind.version }
}
