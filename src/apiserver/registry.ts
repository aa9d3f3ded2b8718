// All kinds that are served at the moment: the built-in ones and those of established CRDs. Routing, discovery and the client look here.
import type { KindRef } from '../resources/object.ts'
import type { KindDefinition, ServedVersion } from './kind.ts'

/** A kind seen through one of its faces. */
export interface Served {
  readonly kind: KindDefinition
  readonly face: ServedVersion
}

/** `core/secrets`, `apps/deployments`: where the store keeps the objects of a kind, whatever face they came through. */
export function collectionOf(ref: Pick<KindRef, 'group' | 'plural'>): string {
  return `${ref.group === '' ? 'core' : ref.group}/${ref.plural}`
}

export class Registry {
  readonly #builtins: readonly KindDefinition[]
  readonly #custom = new Map<string, KindDefinition>()
  readonly #listeners = new Set<() => void>()
  #byPath = new Map<string, Served>()
  #byKind = new Map<string, Served>()

  constructor(builtins: readonly KindDefinition[]) {
    this.#builtins = builtins
    this.#index()
  }

  get builtins(): readonly KindDefinition[] {
    return this.#builtins
  }

  /** Built-in kinds in their given order, then custom ones by CRD name. */
  all(): readonly KindDefinition[] {
    const names = [...this.#custom.keys()].sort()
    return [...this.#builtins, ...names.flatMap((name) => this.#custom.get(name) ?? [])]
  }

  /** By what a URL says. */
  resolve(group: string, version: string, plural: string): Served | undefined {
    return this.#byPath.get(`${group}/${version}/${plural}`)
  }

  /** By what an object says. */
  ofObject(apiVersion: string, kind: string): Served | undefined {
    return this.#byKind.get(`${apiVersion}/${kind}`)
  }

  /** By a reference of our code: its own version when that is served, else the storage version. */
  ofRef(ref: KindRef): Served | undefined {
    const exact = this.resolve(ref.group, ref.version, ref.plural)
    if (exact) return exact
    const kind = this.all().find(({ ref: one }) => one.group === ref.group && one.plural === ref.plural)
    const face = kind && storageFace(kind)
    return kind && face && { kind, face }
  }

  /** Serves, replaces or (undefined) withdraws the kind of a CRD. */
  setCustom(crd: string, kind: KindDefinition | undefined): void {
    if (kind) this.#custom.set(crd, kind)
    else if (!this.#custom.delete(crd)) return
    this.#index()
    for (const listener of [...this.#listeners]) listener()
  }

  /** Called after each change of what is served; returns what ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #index(): void {
    this.#byPath = new Map()
    this.#byKind = new Map()
    for (const kind of this.all()) {
      for (const face of kind.versions) {
        const served = { kind, face }
        const apiVersion = face.group === '' ? face.version : `${face.group}/${face.version}`
        const [path, object] = [
          `${face.group}/${face.version}/${kind.ref.plural}`,
          `${apiVersion}/${kind.ref.kind}`,
        ]
        if (!this.#byPath.has(path)) this.#byPath.set(path, served)
        if (!this.#byKind.has(object)) this.#byKind.set(object, served)
      }
    }
  }
}

/** The face in whose form objects are stored; the first one where a CRD stores a version that it does not serve. */
function storageFace(kind: KindDefinition): ServedVersion | undefined {
  const { group, version } = kind.ref
  return kind.versions.find((face) => face.group === group && face.version === version) ?? kind.versions[0]
}
