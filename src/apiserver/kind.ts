// What a served kind is: data plus its few rules. The generic pipeline (decode, default, convert, admit, validate, managed fields, compare-and-swap, event) does the rest.
import type { KindRef, KubeObject } from '../resources/object.ts'
import type { Schema } from './schema.ts'

/** One entry of a 422's causes; formatted as `path: Type: value: detail`. */
export interface FieldError {
  readonly field: string
  readonly type:
    | 'Required'
    | 'Invalid'
    | 'NotSupported'
    | 'Duplicate'
    | 'Forbidden'
    | 'TooLong'
    | 'TooMany'
    | 'TypeInvalid'
    | 'NotFound'
  /** The offending value, for the types that print it. */
  readonly value?: unknown
  readonly detail?: string
}

/** A face under which a kind is served. Ingress has three, of two groups, over one stored object. */
export interface ServedVersion {
  readonly group: string
  readonly version: string
  readonly schema: Schema
  /** From this face to the storage version and back; absent when only apiVersion differs. Pure, lossless for what the face can say. */
  readonly toStorage?: (object: KubeObject) => KubeObject
  readonly fromStorage?: (object: KubeObject) => KubeObject
  /** Sent as a Warning header with every request on this face. */
  readonly deprecated?: string
}

/** What a rule may know besides the object. */
export interface RuleContext {
  readonly operation: 'create' | 'update' | 'delete'
  readonly subresource?: 'status' | 'scale' | 'finalize'
  /** RFC 3339, second precision. */
  readonly now: string
  readonly dryRun: boolean
  /** Reads the store inside the same transaction. */
  readonly get: (kind: KindRef, name: string, namespace?: string) => KubeObject | undefined
  readonly list: (kind: KindRef, namespace?: string) => readonly KubeObject[]
  /** Service address allocation. */
  readonly serviceCidr: string
}

export interface Column {
  readonly name: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  readonly format?: string
  readonly description: string
  /** 0 always, 1 with `-o wide`. */
  readonly priority: number
}
export type Cell = string | number | boolean | null

/** All functions are pure: they return new objects and never modify their arguments, which are in the storage version. */
export interface KindDefinition {
  /** The storage version. */
  readonly ref: KindRef
  readonly singular: string
  readonly listKind: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  /** In order of preference; the storage version is one of them. */
  readonly versions: readonly ServedVersion[]
  readonly subresources: {
    readonly status?: boolean
    readonly scale?: {
      readonly specReplicasPath: string
      readonly statusReplicasPath: string
      readonly labelSelectorPath?: string
    }
  }
  /** Built-in kinds take protobuf bodies and strategic merge patches; custom ones do not. */
  readonly builtin: boolean
  /** Fills defaults; idempotent. Also applied on read for custom kinds. */
  readonly default?: (object: KubeObject) => KubeObject
  /** Allocates and carries over (cluster IPs, node ports, generated fields) inside the write transaction; after admission, before `validate`. May throw ApiError. */
  readonly prepare?: (object: KubeObject, old: KubeObject | undefined, context: RuleContext) => KubeObject
  readonly validate?: (
    object: KubeObject,
    old: KubeObject | undefined,
    context: RuleContext,
  ) => readonly FieldError[]
  /** Warning headers for an accepted write. */
  readonly warnings?: (object: KubeObject, old: KubeObject | undefined) => readonly string[]
  /** Whether metadata.generation is kept. Default: not in the core group, yes elsewhere (so Pod says true, Lease and RBAC false). */
  readonly generation?: boolean
  /** Whether the change of an update raises metadata.generation; default: anything but metadata and status differs. */
  readonly specChanged?: (object: KubeObject, old: KubeObject) => boolean
  /** Name rule; default DNS-1123 subdomain. Returns what is wrong. */
  readonly validateName?: (name: string) => string | undefined
  /** PUT without resourceVersion is allowed (default true for built-ins, false for custom). */
  readonly allowUnconditionalUpdate?: boolean
  /** PUT creates a missing object (default false). */
  readonly allowCreateOnUpdate?: boolean
  /** Seconds for a graceful delete of this object; undefined or 0: at once. */
  readonly gracePeriod?: (object: KubeObject) => number
  /** The immediate delete answers the object instead of a Status. */
  readonly deleteReturnsObject?: boolean
  /** Seconds after which an untouched object goes away (Events: 3600). */
  readonly ttlSeconds?: number
  /** fieldSelector keys beyond metadata.name and metadata.namespace. */
  readonly selectableFields?: Readonly<Record<string, (object: KubeObject) => string>>
  readonly table: {
    readonly columns: readonly Column[]
    /** One cell per column. `now` in ms, for ages. */
    readonly cells: (object: KubeObject, now: number) => readonly Cell[]
  }
}

/** A step between defaulting and validation that other rooms plug in (injection, certificate warnings, refusal of what is not enforced). */
export interface AdmissionPlugin {
  readonly name: string
  /** Kind keys (`Pod`, `Gateway.networking.istio.io`), or `*`. */
  readonly kinds: readonly string[]
  readonly operations: readonly ('create' | 'update' | 'delete')[]
  readonly review: (request: {
    readonly kind: KindRef
    readonly object: KubeObject
    readonly old?: KubeObject
    readonly context: RuleContext
    readonly user: string
  }) => {
    /** The object changed by a mutating plugin. */
    readonly object?: KubeObject
    readonly warnings?: readonly string[]
    /** 422 with these causes, … */
    readonly errors?: readonly FieldError[]
    /** … or 403 with this text. */
    readonly forbidden?: string
  }
}
