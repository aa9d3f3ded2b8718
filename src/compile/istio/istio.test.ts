import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDuration } from './duration.ts'
import { hostWithin, intersectHosts, isVisible, resolveHost, splitServerHost } from './hosts.ts'
import { isCatchAll, routeMatch } from './match.ts'

describe('parseDuration', () => {
  it.each([
    ['10s', 10_000],
    ['1.5s', 1500],
    ['100ms', 100],
    ['1h2m3s', 3_723_000],
    ['0s', 0],
    ['0', 0],
    ['', undefined],
    ['5', undefined],
    ['-1s', undefined],
    ['1s 2s', undefined],
    ['soon', undefined],
  ])('%s', (text, expected) => expect(parseDuration(text)).toBe(expected))
})

describe('hosts', () => {
  it.each([
    ['x.a.com', '*.a.com', true],
    ['x.y.a.com', '*.a.com', true],
    ['a.com', '*.a.com', false],
    ['xa.com', '*.a.com', false],
    ['*.b.a.com', '*.a.com', true],
    ['*.a.com', '*.a.com', true],
    ['*.a.com', 'x.a.com', false],
    ['*', '*.a.com', false],
    ['anything', '*', true],
    ['*.a.com', '*', true],
  ])('%s within %s: %s', (inner, outer, expected) => expect(hostWithin(inner, outer)).toBe(expected))

  it('intersects to the more specific, in either order', () => {
    const labels = fc
      .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
      .map((parts) => parts.join('.'))
    const host = fc.oneof(
      labels,
      labels.map((name) => `*.${name}`),
      fc.constant('*'),
    )
    /** The names that a pattern means, among all short ones. */
    const names = ['a', 'b', 'c'].flatMap((x) => [
      x,
      ...['a', 'b', 'c'].flatMap((y) => [`${x}.${y}`, ...['a', 'b', 'c'].map((z) => `${x}.${y}.${z}`)]),
    ])
    const meant = (pattern: string): readonly string[] =>
      names.filter(
        (name) =>
          pattern === '*' ||
          name === pattern ||
          (pattern.startsWith('*.') && name.endsWith(pattern.slice(1))),
      )
    fc.assert(
      fc.property(host, host, (a, b) => {
        const both = intersectHosts(a, b)
        expect(intersectHosts(b, a)).toBe(both)
        const common = meant(a).filter((name) => meant(b).includes(name))
        if (both !== undefined) expect(meant(both)).toEqual(common)
        else expect(common).toEqual([])
      }),
    )
  })

  it('resolves short names and splits namespaces', () => {
    expect(resolveHost('Web', 'shop', 'cluster.local')).toBe('web.shop.svc.cluster.local')
    expect(resolveHost('web.shop', 'other', 'cluster.local')).toBe('web.shop')
    expect(resolveHost('*', 'shop', 'cluster.local')).toBe('*')
    expect(splitServerHost('./A.example', 'shop')).toEqual({ namespace: 'shop', name: 'a.example' })
    expect(splitServerHost('*/a.example', 'shop')).toEqual({ namespace: '*', name: 'a.example' })
    expect(splitServerHost('a.example', 'shop')).toEqual({ namespace: '*', name: 'a.example' })
  })

  it.each([
    [undefined, true],
    [['*'], true],
    [['.'], false],
    [['viewer'], true],
    [['~'], false],
  ])('exportTo %j', (exportTo, expected) => expect(isVisible(exportTo, 'owner', 'viewer')).toBe(expected))
})

describe('isCatchAll', () => {
  it.each([
    [undefined, true],
    [{ uri: { prefix: '/' } }, true],
    [{ uri: { regex: '.*' } }, true],
    [{ uri: { prefix: '/a' } }, false],
    [{ uri: { prefix: '/' }, headers: { a: { exact: 'b' } } }, false],
    [{ method: { exact: 'GET' } }, false],
  ])('%j', (match, expected) => expect(isCatchAll(routeMatch(match))).toBe(expected))
})
