// Ownership against vectors made with Kubernetes' own library, and the laws that hold for any objects.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../resources/object.ts'
import type { KindDefinition } from '../kind.ts'
import type { Schema } from '../schema.ts'
import { applyServerSide } from './apply-server-side.ts'
import { keepTimestampsOfNoop, trackUpdate } from './track-update.ts'

interface Op {
  op: 'apply' | 'update'
  manager: string
  object: Record<string, unknown>
  force: boolean
}
interface Step {
  error?: string
  conflicts?: string[]
  object: Record<string, unknown>
  managers: Record<string, unknown>
}
/** Random writes replayed through sigs.k8s.io/structured-merge-diff v6.4.2: what each left, or refused. */
const vectors = JSON.parse(
  readFileSync(new URL('./fixtures/structured-merge-diff.json', import.meta.url), 'utf8'),
) as { schema: Schema; cases: { ops: Op[]; steps: Step[] }[] }

const text: Schema = { type: 'string' }
const kind: KindDefinition = {
  ref: { group: 't.io', version: 'v1', kind: 'T', plural: 'ts', namespaced: false },
  singular: 't',
  listKind: 'TList',
  shortNames: [],
  categories: [],
  builtin: false,
  subresources: {},
  versions: [
    {
      group: 't.io',
      version: 'v1',
      schema: {
        ...vectors.schema,
        properties: {
          ...vectors.schema.properties,
          apiVersion: text,
          kind: text,
          metadata: { type: 'object' },
        },
      },
    },
  ],
  table: { columns: [], cells: () => [] },
}
const face = kind.versions[0] as KindDefinition['versions'][number]
const now = '2026-01-01T00:00:00Z'
const full = (fields: object): KubeObject => ({
  apiVersion: 't.io/v1',
  kind: 'T',
  metadata: { name: 'x' },
  ...fields,
})
const apply = (
  live: KubeObject | undefined,
  manager: string,
  fields: object,
  options: { force?: boolean; at?: string } = {},
) =>
  applyServerSide({
    kind,
    face,
    ...(live ? { live } : {}),
    applied: full(fields),
    manager,
    force: options.force ?? false,
    now: options.at ?? now,
  })
const update = (live: KubeObject | undefined, manager: string, object: KubeObject): KubeObject =>
  trackUpdate({ kind, face, ...(live ? { live } : {}), object, manager, now })
const owners = (object: KubeObject | undefined): Record<string, unknown> =>
  Object.fromEntries(
    ((object?.metadata.managedFields ?? []) as { manager: string; fieldsV1: unknown }[]).map((entry) => [
      entry.manager,
      entry.fieldsV1,
    ]),
  )
const body = (object: KubeObject | undefined): unknown => {
  const { apiVersion: _v, kind: _k, metadata: _m, ...rest } = object ?? full({})
  return rest
}
const applied = (outcome: ReturnType<typeof apply>): KubeObject => {
  if (outcome.refusal) throw new Error(outcome.refusal.message)
  return outcome.object
}
const withoutNulls = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, one) => (one === null ? undefined : one))

describe('the vectors of structured-merge-diff', () => {
  vectors.cases.forEach(({ ops, steps }, index) => {
    it(`case ${index}`, () => {
      let live: KubeObject | undefined
      ops.forEach((op, at) => {
        const step = steps[at] as Step
        if (op.op === 'update') live = update(live, op.manager, full(op.object))
        else {
          const outcome = apply(live, op.manager, op.object, { force: op.force })
          expect(outcome.refusal?.code).toBe(step.conflicts ? 409 : step.error ? 400 : undefined)
          if (outcome.refusal?.code === 409) {
            const causes = outcome.refusal.causes?.map(
              (cause) => `${/"(\w+)"/.exec(cause.message)?.[1]} ${cause.field}`,
            )
            expect(causes?.sort()).toEqual(step.conflicts)
          }
          live = outcome.object ?? live
        }
        expect(withoutNulls(body(live))).toEqual(withoutNulls(step.object))
        expect(owners(live)).toEqual(step.managers)
      })
    })
  })
})

const objects = fc.record(
  {
    s: fc.constantFrom('0', '1'),
    n: fc.constantFrom(0, 1),
    m: fc.dictionary(fc.constantFrom('k', 'l'), fc.constantFrom('0', '1')),
    // Nobody owns an empty list (upstream neither), so it outlives whoever applied it: none here.
    set: fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }),
    ml: fc.uniqueArray(
      fc.record(
        { name: fc.constantFrom('a', 'b', 'c'), v: fc.constantFrom('0', '1') },
        { requiredKeys: ['name'] },
      ),
      { selector: (item) => item.name, minLength: 1 },
    ),
  },
  { requiredKeys: [] },
)

describe('the laws of ownership', () => {
  it('applying the same again changes nothing, whatever happened before', () => {
    fc.assert(
      fc.property(objects, objects, (before, config) => {
        const once = applied(apply(update(undefined, 'u', full(before)), 'a', config, { force: true }))
        const again = applied(apply(once, 'a', config, { at: '2027-01-01T00:00:00Z' }))
        expect(again).toEqual(once)
      }),
    )
  })

  it('a forced apply wins every field it names and takes it from whoever had another value', () => {
    fc.assert(
      fc.property(objects, objects, (first, second) => {
        const live = applied(
          apply(applied(apply(undefined, 'a', first)), 'b', second, { force: true }),
        ) as KubeObject & typeof second
        for (const key of ['s', 'n'] as const) {
          if (second[key] === undefined) continue
          expect(live[key]).toBe(second[key])
          if (first[key] !== second[key]) expect(owners(live)['a'] ?? {}).not.toHaveProperty(`f:${key}`)
          else if (first[key] !== undefined) expect(owners(live)['a']).toHaveProperty(`f:${key}`)
        }
      }),
    )
  })

  it('without force a differing value conflicts and nothing else does', () => {
    fc.assert(
      fc.property(objects, objects, (first, second) => {
        const outcome = apply(applied(apply(undefined, 'a', first)), 'b', second)
        const differs = (['s', 'n'] as const).some(
          (key) => first[key] !== undefined && second[key] !== undefined && first[key] !== second[key],
        )
        if (differs) expect(outcome.refusal?.code).toBe(409)
        if (first.ml === undefined && first.m === undefined && !differs)
          expect(outcome.refusal).toBeUndefined()
      }),
    )
  })

  it('what one manager applied and then drops is gone, unless another owns it', () => {
    fc.assert(
      fc.property(objects, objects, (first, second) => {
        let live = applied(apply(undefined, 'a', first))
        live = applied(apply(live, 'b', second, { force: true }))
        live = applied(apply(live, 'a', {}, { force: true }))
        live = applied(apply(live, 'b', {}, { force: true }))
        expect(withoutNulls(body(live))).toEqual({})
        expect(live.metadata.managedFields).toBeUndefined()
      }),
    )
  })
})

describe('conflicts', () => {
  const live = applied(apply(undefined, 'a', { s: '0', n: 0, ml: [{ name: 'x', v: '0' }] }))
  it('of one field are told in one line', () => {
    expect(apply(live, 'b', { s: '1' }).refusal).toEqual({
      code: 409,
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "a": .s',
      causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "a"', field: '.s' }],
    })
  })
  it('of many are listed by manager, updaters with their version', () => {
    const changed = update(live, 'kubectl-edit', { ...live, s: '5' } as KubeObject)
    expect(apply(changed, 'b', { s: '1', ml: [{ name: 'x', v: '1' }], n: 1 }).refusal?.message).toBe(
      [
        'Apply failed with 3 conflicts: conflicts with "a":',
        '- .n',
        '- .ml[name="x"].v',
        'conflicts with "kubectl-edit" using t.io/v1:',
        '- .s',
      ].join('\n'),
    )
  })
})

describe('managedFields of updates', () => {
  it('come back from a client that left them out, and are forgotten when it sends one empty entry', () => {
    const live = update(undefined, 'u', full({ s: '0' }))
    expect(owners(update(live, 'v', full({ s: '0' })))).toEqual({ u: { 'f:s': {} } })
    const cleared = update(live, 'v', full({ s: '1', metadata: { name: 'x', managedFields: [{}] } }))
    expect(cleared.metadata.managedFields).toBeUndefined()
    expect(update(cleared, 'v', full({ s: '2' })).metadata.managedFields).toBeUndefined()
    expect(owners(applied(apply(cleared, 'a', { n: 1 })))).toEqual({
      a: { 'f:n': {} },
      'before-first-apply': { 'f:s': {} },
    })
  })

  it('keep ten updaters and merge the oldest', () => {
    let live = update(undefined, 'u0', full({ m: { k0: '' } }))
    const m: Record<string, string> = { k0: '' }
    for (let i = 1; i < 13; i++) {
      m[`k${i}`] = ''
      live = trackUpdate({
        kind,
        face,
        live,
        object: { ...live, m: { ...m } } as KubeObject,
        manager: `u${i}`,
        now: `2026-01-01T00:00:${String(i).padStart(2, '0')}Z`,
      })
    }
    const names = Object.keys(owners(live))
    expect(names).toHaveLength(10)
    expect(owners(live)['ancient-changes']).toEqual({
      'f:m': { '.': {}, 'f:k0': {}, 'f:k1': {}, 'f:k2': {}, 'f:k3': {} },
    })
  })

  it('keep their times when a write changes nothing', () => {
    const live = update(undefined, 'u', full({ s: '0' }))
    const again = trackUpdate({ kind, face, live, object: live, manager: 'u', now: '2027-01-01T00:00:00Z' })
    expect(keepTimestampsOfNoop(again, live)).toEqual(live)
  })
})

describe('kubectl moving from client-side to server-side apply', () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration'
  const config = (s: string) => full({ s })
  const live = update(
    undefined,
    'kubectl-client-side-apply',
    full({
      s: '0',
      metadata: { name: 'x', annotations: { [annotation]: JSON.stringify(config('0')) } },
    }),
  )
  it('has no conflict with what its annotation says it applied, and refreshes the annotation', () => {
    const object = applied(apply(live, 'kubectl', { s: '1' }))
    expect(body(object)).toEqual({ s: '1' })
    expect(JSON.parse(object.metadata.annotations?.[annotation] ?? '')).toEqual(config('1'))
  })
  it('conflicts under another name', () => {
    expect(apply(live, 'other', { s: '1' }).refusal?.code).toBe(409)
  })
})

describe('what cannot be applied', () => {
  it.each([
    [{ nope: 1 }, '.nope: field not declared in schema'],
    [{ ml: [{ name: 'a' }, { name: 'a' }] }, '.ml: duplicate entries for key [name="a"]'],
    [{ metadata: { name: 'x', managedFields: [] } }, 'metadata.managedFields must be nil'],
    [{ apiVersion: 't.io/v2' }, 'Specified patch version: t.io/v2, expected: t.io/v1'],
  ])('%j', (fields, message) => {
    const { refusal } = apply(undefined, 'a', fields)
    expect(refusal?.code).toBe(400)
    expect(refusal?.message).toContain(message)
  })
})
