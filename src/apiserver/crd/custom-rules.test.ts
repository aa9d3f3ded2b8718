// Objects of a CRD: pruned, defaulted, and judged by schema and rules, with the texts that suites compare.
import { describe, expect, it } from 'vitest'
import { kindFromCrd } from './kind-from-crd.ts'
import { widget, widgets, write } from './testing/widgets.ts'

describe('an object', () => {
  const fields = {
    properties: {
      s: { type: 'string', pattern: '^[a-z]+$', minLength: 2, maxLength: 4 },
      n: { type: 'integer', minimum: 1, maximum: 10, multipleOf: 2 },
      e: { type: 'string', enum: ['a', 'b'] },
      when: { type: 'string', format: 'date-time' },
      free: {
        type: 'object',
        'x-kubernetes-preserve-unknown-fields': true,
        properties: { known: { type: 'object', properties: {} } },
      },
      port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
      d: { type: 'string', default: 'x' },
      o: { type: 'object', default: {}, properties: { inner: { type: 'integer', default: 3 } } },
      nul: { type: 'string', nullable: true, default: 'y' },
      list: {
        type: 'array',
        maxItems: 2,
        items: { type: 'object', properties: { q: { type: 'boolean', default: true } } },
      },
      set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
      map: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k'],
        items: {
          type: 'object',
          required: ['k'],
          properties: { k: { type: 'string' }, v: { type: 'string', maxLength: 1 } },
        },
      },
      one: {
        type: 'object',
        properties: { a: { type: 'string' }, b: { type: 'string' } },
        oneOf: [{ required: ['a'] }, { required: ['b'] }],
      },
      res: {
        type: 'object',
        'x-kubernetes-embedded-resource': true,
        'x-kubernetes-preserve-unknown-fields': true,
      },
      m: { type: 'object', additionalProperties: { type: 'integer' } },
    },
    required: ['s'],
  }
  const crd = widgets(fields)
  const base = { s: 'ok' }
  const defaults = { d: 'x', o: { inner: 3 }, nul: 'y' }

  it('is pruned and defaulted', () => {
    expect(
      write(crd, { ...base, junk: 1, list: [{ junk: 1 }], free: { any: { x: 1 }, known: { gone: 1 } } }).spec,
    ).toEqual({
      ...base,
      ...defaults,
      list: [{ q: true }],
      free: { any: { x: 1 }, known: {} },
    })
    expect(write(crd, { ...base, d: null, nul: null }).spec).toEqual({ ...base, ...defaults, nul: null })
  })

  it('stays itself when nothing is to do', () => {
    const kind = kindFromCrd(crd)
    const object = widget({ ...base, ...defaults })
    expect(kind.default?.(object)).toBe(object)
  })

  it.each<[unknown, string[]]>([
    [{}, ['spec.s: Required value']],
    [{ s: 1 }, ['spec.s: Invalid value: "integer": spec.s in body must be of type string: "integer"']],
    [{ s: null }, ['spec.s: Required value']],
    [{ s: 'AB' }, ['spec.s: Invalid value: "AB": spec.s in body should match \'^[a-z]+$\'']],
    [{ s: 'a' }, ['spec.s: Invalid value: "a": spec.s in body should be at least 2 chars long']],
    [{ s: 'abcde' }, ['spec.s: Too long: may not be more than 4 bytes']],
    [{ ...base, n: 0 }, ['spec.n: Invalid value: 0: spec.n in body should be greater than or equal to 1']],
    [{ ...base, n: 12 }, ['spec.n: Invalid value: 12: spec.n in body should be less than or equal to 10']],
    [{ ...base, n: 3 }, ['spec.n: Invalid value: 3: spec.n in body should be a multiple of 2']],
    [
      { ...base, n: 2.5 },
      [
        'spec.n: Invalid value: "number": spec.n in body must be of type integer: "number"',
        'spec.n: Invalid value: 2.5: spec.n in body should be a multiple of 2',
      ],
    ],
    [{ ...base, e: 'c' }, ['spec.e: Unsupported value: "c": supported values: "a", "b"']],
    [
      { ...base, when: 'today' },
      ['spec.when: Invalid value: "today": spec.when in body must be of type date-time: "today"'],
    ],
    [
      { ...base, port: true },
      [
        'spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"',
        '<nil>: Invalid value: "": "spec.port" must validate at least one schema (anyOf)',
        'spec.port: Invalid value: "boolean": spec.port in body must be of type integer: "boolean"',
      ],
    ],
    [{ ...base, list: [{}, {}, {}] }, ['spec.list: Too many: 3: must have at most 2 items']],
    [{ ...base, set: ['a', 'b', 'a'] }, ['spec.set[2]: Duplicate value: "a"']],
    [{ ...base, map: [{ k: 'a' }, { k: 'a' }] }, ['spec.map[1]: Duplicate value: {"k":"a"}']],
    [
      { ...base, one: {} },
      [
        '<nil>: Invalid value: "": "spec.one" must validate one and only one schema (oneOf). Found none valid',
        'spec.one.a: Required value',
      ],
    ],
    [
      { ...base, one: { a: '', b: '' } },
      [
        '<nil>: Invalid value: "": "spec.one" must validate one and only one schema (oneOf). Found 2 valid alternatives',
      ],
    ],
    [{ ...base, res: { kind: 'X' } }, ['spec.res.apiVersion: Required value']],
    [
      { ...base, m: { a: 'x' } },
      ['spec.m.a: Invalid value: "string": spec.m.a in body must be of type integer: "string"'],
    ],
    [{ ...base, port: 80, m: { a: 1 }, when: '2026-01-01T00:00:00Z', one: { a: 'x' } }, []],
  ])('%j has errors %j', (spec, errors) => {
    expect(write(crd, spec).errors).toEqual(errors)
  })

  it('may keep what was wrong before, and not add to it', () => {
    const old = { s: 'TOO LONG', map: [{ k: 'a', v: 'long' }] }
    expect(write(crd, { ...old, n: 2 }, old).errors).toEqual([])
    expect(
      write(
        crd,
        {
          ...old,
          map: [
            { k: 'b', v: 'x' },
            { k: 'a', v: 'long' },
          ],
        },
        old,
      ).errors,
    ).toEqual([])
    expect(write(crd, { ...old, map: [{ k: 'a', v: 'longer' }] }, old).errors).toEqual([
      'spec.map[0].v: Too long: may not be more than 1 byte',
    ])
  })
})

describe('rules', () => {
  const rule = (spec: object, ...rules: object[]) => widgets({ ...spec, 'x-kubernetes-validations': rules })
  const text = {
    properties: {
      a: { type: 'string' },
      'b-c': { type: 'string' },
      n: { type: 'integer' },
      namespace: { type: 'string' },
    },
  }

  it.each<[string, object, unknown, unknown, string[]]>([
    ['pass', { rule: 'self.n > 1' }, { n: 2 }, undefined, []],
    [
      'fail with their message',
      { rule: 'self.n > 1', message: 'too few' },
      { n: 1 },
      undefined,
      ['spec: Invalid value: "object": too few'],
    ],
    [
      'fail without one',
      { rule: 'self.n > 1' },
      { n: 1 },
      undefined,
      ['spec: Invalid value: "object": failed rule: self.n > 1'],
    ],
    [
      'make their message',
      { rule: 'self.n > 1', messageExpression: '"got " + string(self.n)' },
      { n: 1 },
      undefined,
      ['spec: Invalid value: "object": got 1'],
    ],
    [
      'point to a field',
      { rule: 'self.n > 1', message: 'm', fieldPath: '.n', reason: 'FieldValueForbidden' },
      { n: 1 },
      undefined,
      ['spec.n: Forbidden: m'],
    ],
    [
      'escape field names',
      { rule: 'self.b__dash__c == self.__namespace__' },
      { 'b-c': 'x', namespace: 'x' },
      undefined,
      [],
    ],
    [
      'fail when they cannot be evaluated',
      { rule: 'self.n / 0 == 1', message: 'm' },
      { n: 1 },
      undefined,
      ['spec: Invalid value: "object": division by zero evaluating rule: m'],
    ],
    ['know when a field is absent', { rule: '!has(self.a) || self.a.size() > 1' }, {}, undefined, []],
    ['match by RE2', { rule: 'self.a.matches("(?i)^HTTPS?$")' }, { a: 'https' }, undefined, []],
    [
      'see the old value on update',
      { rule: 'self.n >= oldSelf.n', message: 'shrinks' },
      { n: 1 },
      { n: 2 },
      ['spec: Invalid value: "object": shrinks'],
    ],
    ['about the old value are left out on create', { rule: 'self.n >= oldSelf.n' }, { n: 1 }, undefined, []],
    [
      'with an optional old value run always',
      { rule: 'oldSelf.hasValue() || self.n == 1', optionalOldSelf: true },
      { n: 2 },
      undefined,
      ['spec: Invalid value: "object": failed rule: oldSelf.hasValue() || self.n == 1'],
    ],
    ['do not judge again what stays', { rule: 'self.n > 5' }, { n: 1 }, { n: 1 }, []],
  ])('%s', (_, raw, spec, old, errors) => {
    expect(write(rule(text, raw), spec, old).errors).toEqual(errors)
  })

  it.each([
    ['"1.2.3.4"', 'isIP(self.a) && ip(self.a).family() == 4'],
    ['"10.0.0.0/8"', 'cidr(self.a).containsIP("10.1.2.3") && !cidr(self.a).containsIP("11.0.0.1")'],
    [
      '"https://x.y:8443/p?q=1"',
      'isURL(self.a) && url(self.a).getScheme() == "https" && url(self.a).getPort() == "8443" && url(self.a).getHostname() == "x.y"',
    ],
    ['"nope"', '!isURL(self.a) && !isIP(self.a) && !isCIDR(self.a)'],
    ['"1Gi"', 'quantity(self.a).isGreaterThan(quantity("1G"))'],
    ['"a.b/c"', '!format.qualifiedName().validate(self.a).hasValue()'],
    ['"a b"', 'format.dns1123Label().validate(self.a).hasValue()'],
    ['"abc123"', 'self.a.find("[0-9]+") == "123" && self.a.findAll("[a-z]") == ["a", "b", "c"]'],
    ['"a,b"', 'self.a.split(",").isSorted() && sets.contains(["a", "b", "c"], self.a.split(","))'],
    ['"a-b"', 'self.a.replace("-", "_") == "a_b" && [3, 1, 2].max() == 3 && [1, 2].sum() == 3'],
    ['"90s"', 'duration(self.a) > duration("1m")'],
    ['"x"', '"%s is %d".format([self.a, 7]) == "x is 7"'],
  ])('with a = %s: %s', (a, source) => {
    expect(write(rule(text, { rule: source }), { a: JSON.parse(a) as string }).errors).toEqual([])
  })

  it('loop over keyed lists and maps', () => {
    const spec = {
      properties: {
        l: { type: 'array', items: { type: 'object', properties: { name: { type: 'string' } } } },
        m: { type: 'object', additionalProperties: { type: 'string' } },
      },
    }
    const unique = rule(spec, {
      rule: 'self.l.all(x, self.l.exists_one(y, y.name == x.name))',
      message: 'names repeat',
    })
    expect(write(unique, { l: [{ name: 'a' }, { name: 'b' }] }).errors).toEqual([])
    expect(write(unique, { l: [{ name: 'a' }, { name: 'a' }] }).errors).toEqual([
      'spec: Invalid value: "object": names repeat',
    ])
    const keys = rule(spec, { rule: 'self.m.all(k, k.startsWith("x"))' })
    expect(write(keys, { m: { xa: '', xb: '' } }).errors).toEqual([])
    expect(write(keys, { m: { a: '' } }).errors).toHaveLength(1)
  })

  it('ask for fields of items', () => {
    const spec = {
      properties: { l: { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } } },
    }
    const crd = rule(spec, { rule: 'self.l.size() == 0 || (has(self.l[0].a) && self.l[0].a == "x")' })
    expect(write(crd, { l: [{ a: 'x' }] }).errors).toEqual([])
    expect(write(crd, { l: [{}] }).errors).toHaveLength(1)
    expect(write(crd, { l: [] }).errors).toEqual([])
  })

  it('give up when they would take too long', () => {
    const spec = { properties: { l: { type: 'array', items: { type: 'string' } } } }
    const crd = rule(spec, { rule: 'self.l.all(a, self.l.all(b, self.l.all(c, a + b + c != "")))' })
    const l = Array.from({ length: 200 }, (_, index) => String(index))
    expect(write(crd, { l }).errors).toEqual([
      'spec: Invalid value: "object": validation failed due to running out of cost budget, no further validation rules will be run',
    ])
  })
})
