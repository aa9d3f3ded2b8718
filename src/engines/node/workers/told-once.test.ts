import { expect, it } from 'vitest'
import { diagnostic } from '../../../diagnostics/diagnostic.ts'
import { ToldOnce } from './told-once.ts'

const down = diagnostic('SP0806', {}, 'a: the collector c does not take spans: refused')
const other = diagnostic('SP0806', {}, 'a: the collector d does not take spans: refused')

it('tells what several workers find once, and anew when a worker finds it again', () => {
  const told = new ToldOnce()
  expect([1, 2, 3].map((worker) => told.isNews(worker, down))).toEqual([true, false, false])
  expect(told.isNews(2, other)).toBe(true)
  // It was over for the second, and began again: the others follow.
  expect([2, 1, 3].map((worker) => told.isNews(worker, down))).toEqual([true, false, false])
})

it('counts who takes the place of another as new', () => {
  const told = new ToldOnce()
  expect([1, 2].map((worker) => told.isNews(worker, down))).toEqual([true, false])
  told.lost(1)
  expect(told.isNews(1, down)).toBe(false)
  told.lost(1)
  told.lost(2)
  expect(told.isNews(1, down)).toBe(true)
})
