// Where a thing in the model came from. Every route, chain, cluster and policy carries one of these.

/** Names one Kubernetes object. `namespace` is absent for cluster-scoped kinds. */
export interface ObjectRef {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace?: string
  readonly name: string
}

/** A place in what the user wrote: the object, the field in it, and the file and line when it was read from a file. */
export interface Origin {
  readonly object?: ObjectRef
  /** Field path as kubectl prints it: `spec.rules[0].http.paths[1].backend`. */
  readonly field?: string
  readonly file?: string
  /** 1-based. */
  readonly line?: number
  /** 1-based. */
  readonly column?: number
}

/** `Ingress istio-system/alb-ingress`, the form used in messages. */
export function formatRef(ref: ObjectRef): string {
  return `${ref.kind} ${ref.namespace === undefined ? '' : `${ref.namespace}/`}${ref.name}`
}

/** `Ingress istio-system/alb-ingress spec.tls[0] (ingress.yaml:12)`; leaves out what is not known. */
export function formatOrigin(origin: Origin): string {
  const parts: string[] = []
  if (origin.object) parts.push(formatRef(origin.object))
  if (origin.field) parts.push(origin.field)
  if (origin.file) parts.push(`(${origin.file}${origin.line === undefined ? '' : `:${origin.line}`})`)
  return parts.join(' ')
}
