// The requests of every case that has some, traced: the text is a golden, and the prediction is what engines are held to.
import { dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { renderTrace } from '../src/explain/render-trace.ts'
import { caseFolders, expectGolden } from './support/golden.ts'
import { GOLDEN_TIME } from './support/open-case.ts'
import { openTracer, predictionDiffs } from './support/predict.ts'
import { readRequests } from './support/requests.ts'

const root = dirname(fileURLToPath(import.meta.url))

for (const folder of await caseFolders(root)) {
  const requests = await readRequests(folder)
  describe.runIf(requests.length > 0)(`${relative(root, folder)} traced`, async () => {
    const tracer = requests.length > 0 ? await openTracer(folder, GOLDEN_TIME) : undefined
    it('has the text of its golden', async () => {
      const texts = requests.map(
        (request) => `# ${request.name}\n${tracer ? renderTrace(tracer.trace(request), GOLDEN_TIME) : ''}`,
      )
      // Keys are made anew each time, and with them what is hashed.
      const text = texts.join('\n').replaceAll(/\b[0-9a-f]{64}\b/g, '(fingerprint)')
      await expectGolden(folder, 'trace.txt', text)
    })
    it.each(requests)('$name', (request) => {
      expect(tracer && predictionDiffs(request, tracer.trace(request), tracer.opened.settings)).toEqual([])
    })
  })
}
