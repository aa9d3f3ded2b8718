// What of a kind is acted on, as data: warnings at admission, findings and docs/compatibility.md come from it.

export interface Support {
  /** `Ingress.networking.k8s.io`: as in snapshots. */
  readonly kind: string
  /** One sentence on what the kind does here. */
  readonly summary: string
  /** Field paths below the object that are acted on: `[]` any element, `.*` any key, `.**` everything below. */
  readonly fields: readonly string[]
  /** Values with which a field needs no action, because they are what happens anyway. */
  readonly inert?: Readonly<Record<string, readonly unknown[]>>
  /** Why a field is not acted on, and what to do: for warnings and for the page. */
  readonly notes?: Readonly<Record<string, string>>
  /** What differs from the original, for the page. */
  readonly differences?: readonly string[]
}
