import { expect, it } from 'vitest'
import { TokenNews, type TokensTaken } from './token-news.ts'

it('tells what was taken in a moment at once, summed by bucket', async () => {
  const told: (readonly TokensTaken[])[] = []
  let heard: (() => void) | undefined
  const news = new TokenNews((taken) => {
    told.push(taken)
    heard?.()
  })
  const next = () =>
    new Promise<void>((resolve) => {
      heard = resolve
    })
  for (let index = 0; index < 3; index++) news.took('p', 1, 'a')
  news.took('p', 1, 'b')
  news.took('q', 1, 'a')
  await next()
  news.took('p', 1, 'a')
  await next()
  expect(told).toEqual([
    [
      { proxy: 'p', limit: 1, key: 'a', count: 3 },
      { proxy: 'p', limit: 1, key: 'b', count: 1 },
      { proxy: 'q', limit: 1, key: 'a', count: 1 },
    ],
    [{ proxy: 'p', limit: 1, key: 'a', count: 1 }],
  ])
})
