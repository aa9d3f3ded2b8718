// Long names in narrow boxes.
import { expect, it } from 'vitest'
import { folded } from './folded.ts'

it('leaves alone what fits', () => {
  expect(folded('shop.example', 20)).toEqual(['shop.example'])
})

it('breaks between words and inside of names, and loses nothing', () => {
  const name = 'shows mycluster-8db601006a12-0000.us-south.containers.appdomain.cloud, 89 days left'
  const lines = folded(name, 30)
  expect(lines).toEqual([
    'shows mycluster-8db601006a12-',
    '0000.us-south.containers.',
    'appdomain.cloud, 89 days left',
  ])
  expect(folded('x'.repeat(50), 30)).toEqual(['x'.repeat(50)])
})
