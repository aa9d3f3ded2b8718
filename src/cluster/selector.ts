// Label selectors (meta/v1 LabelSelector) over label maps.

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly {
    readonly key: string
    readonly operator: string
    readonly values?: readonly string[]
  }[]
}

type Labels = Readonly<Record<string, string>> | undefined

/** Whether every label of `wanted` is there; an empty selector selects nothing here (the rule of Service.spec.selector). */
export function matchesLabels(wanted: Labels, labels: Labels): boolean {
  const entries = Object.entries(wanted ?? {})
  return entries.length > 0 && entries.every(([key, value]) => labels?.[key] === value)
}

/** Whether a LabelSelector takes the labels; absent selects nothing, empty everything. An unknown operator takes nothing. */
export function selects(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (selector === undefined) return false
  const byLabel = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels?.[key] === value)
  return byLabel && (selector.matchExpressions ?? []).every((one) => holds(one, labels?.[one.key]))
}

function holds(
  expression: { readonly operator: string; readonly values?: readonly string[] },
  value: string | undefined,
): boolean {
  const { operator, values = [] } = expression
  if (operator === 'Exists') return value !== undefined
  if (operator === 'DoesNotExist') return value === undefined
  if (operator === 'In') return value !== undefined && values.includes(value)
  if (operator === 'NotIn') return value === undefined || !values.includes(value)
  return false
}
