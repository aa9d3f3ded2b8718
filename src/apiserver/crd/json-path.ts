// The JSON paths of printer columns, selectable fields and scale (kubectl's dialect): `.spec.x`, `.list[0]`, `.list[*].x`, `.conditions[?(@.type=="Ready")].status`.

type Step = (values: readonly unknown[]) => readonly unknown[]
export type JsonPath = (value: unknown) => readonly unknown[]

const compiled = new Map<string, JsonPath | { readonly error: string }>()

/** The values at a path; for a path that cannot be read, what is wrong with it. */
export function jsonPath(text: string): JsonPath | { readonly error: string } {
  let found = compiled.get(text)
  if (!found) {
    const steps = parse(text)
    found =
      typeof steps === 'string'
        ? { error: steps }
        : (value) => steps.reduce((values, step) => step(values), [value] as readonly unknown[])
    compiled.set(text, found)
  }
  return found
}

const NAME = /^\.((?:\\.|[^.[\\\s'"*])+)/
const QUOTED = /^\[\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)")\s*\]/
const INDEX = /^\[(-?\d+)\]/
const SLICE = /^\[(-?\d*):(-?\d*)\]/
const WILDCARD = /^(\[\*\]|\.\*)/
const FILTER =
  /^\[\?\(\s*@((?:\.(?:\\.|[^.[\\\s=!<>)])+)+)\s*(?:(==|!=|<=|>=|<|>)\s*(?:"([^"]*)"|'([^']*)'|([^\s)]+))\s*)?\)\]/

function parse(text: string): Step[] | string {
  let rest = text.trim().replace(/^\{(.*)\}$/s, '$1')
  if (rest.startsWith('$')) rest = rest.slice(1)
  const steps: Step[] = []
  while (rest !== '' && rest !== '.') {
    const step = nextStep(rest)
    if (!step) return `cannot be read at ${JSON.stringify(rest)}`
    steps.push(step.step)
    rest = rest.slice(step.length)
  }
  return steps
}

function nextStep(rest: string): { step: Step; length: number } | undefined {
  const wildcard = WILDCARD.exec(rest)
  if (wildcard) return { step: each((value) => childrenOf(value)), length: wildcard[0].length }
  const name = NAME.exec(rest) ?? QUOTED.exec(rest)
  if (name) {
    const key = (name[1] ?? name[2] ?? '').replace(/\\(.)/g, '$1')
    return { step: each((value) => fieldOf(value, key)), length: name[0].length }
  }
  const index = INDEX.exec(rest)
  if (index) {
    const at = Number(index[1])
    return {
      step: each((value) => (Array.isArray(value) ? present(value.at(at)) : [])),
      length: index[0].length,
    }
  }
  const slice = SLICE.exec(rest)
  if (slice) {
    const [from, to] = [slice[1], slice[2]].map((bound) => (bound ? Number(bound) : undefined))
    return {
      step: each((value) => (Array.isArray(value) ? value.slice(from, to) : [])),
      length: slice[0].length,
    }
  }
  const filter = FILTER.exec(rest)
  if (!filter) return undefined
  const holds = condition(filter)
  return {
    step: each((value) => (Array.isArray(value) ? value.filter(holds) : [])),
    length: filter[0].length,
  }
}

const each =
  (find: (value: unknown) => readonly unknown[]): Step =>
  (values) =>
    values.flatMap(find)

const present = (value: unknown): readonly unknown[] => (value === undefined ? [] : [value])

function fieldOf(value: unknown, key: string): readonly unknown[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  return Object.hasOwn(value, key) ? [(value as Record<string, unknown>)[key]] : []
}

function childrenOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  return typeof value === 'object' && value !== null ? Object.values(value) : []
}

function condition([, path = '', operator, double, single, bare]: RegExpExecArray): (
  item: unknown,
) => boolean {
  const keys = path
    .split(/(?<!\\)\./)
    .slice(1)
    .map((key) => key.replace(/\\(.)/g, '$1'))
  const read = (item: unknown): unknown => keys.reduce<unknown>((value, key) => fieldOf(value, key)[0], item)
  if (operator === undefined) return (item) => read(item) !== undefined
  const literal: unknown = double ?? single ?? parseBare(bare ?? '')
  return (item) => {
    const value = read(item)
    if (value === undefined) return false
    if (operator === '==') return value === literal
    if (operator === '!=') return value !== literal
    const [a, b] = [value as number, literal as number]
    return operator === '<' ? a < b : operator === '<=' ? a <= b : operator === '>' ? a > b : a >= b
  }
}

function parseBare(text: string): unknown {
  if (text === 'true') return true
  if (text === 'false') return false
  const number = Number(text)
  return Number.isNaN(number) ? text : number
}
