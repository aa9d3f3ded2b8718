// Snapshots for tests of streams: resources by name with versions given as text.
import type { NodeSnapshot, Resources } from '../snapshot.ts'

export type Versions = Readonly<Record<string, string>>

/** What a node is told, short. Hosts are by table. */
export interface World {
  readonly clusters?: Versions
  readonly endpoints?: Versions
  readonly secrets?: Versions
  readonly listeners?: Versions
  readonly routes?: Versions
  readonly hosts?: Readonly<Record<string, Versions>>
}

const resources = (versions: Versions = {}): Resources =>
  new Map(
    Object.entries(versions).map(([name, version]) => [
      name,
      { version, bytes: () => new TextEncoder().encode(`${name}=${version}`) },
    ]),
  )

/** The snapshot; a table's hosts are its whole route configuration as well. */
export function snapshotOf(world: World): NodeSnapshot {
  const tables = Object.entries(world.hosts ?? {})
  return {
    clusters: resources(world.clusters),
    endpoints: resources(world.endpoints),
    secrets: resources(world.secrets),
    listeners: resources(world.listeners),
    routes: resources(world.routes),
    virtualHosts: new Map(
      tables.map(([table, hosts]) => [
        table,
        resources(Object.fromEntries(Object.entries(hosts).map(([host, one]) => [`${table}/${host}`, one]))),
      ]),
    ),
    wholeRoutes: resources(
      Object.fromEntries(
        Object.entries(world.routes ?? {}).map(([table, version]) => [
          table,
          `${version} ${JSON.stringify(world.hosts?.[table] ?? {})}`,
        ]),
      ),
    ),
  }
}
