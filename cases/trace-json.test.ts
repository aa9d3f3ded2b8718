// docs/trace.md names every field that the JSON of a trace has, in any case.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { traceJson } from '../src/explain/trace-json.ts'
import { openFault } from './support/faults.ts'
import { caseFolders } from './support/golden.ts'
import { GOLDEN_TIME } from './support/open-case.ts'
import { openTracer } from './support/predict.ts'
import { readRequests } from './support/requests.ts'

const root = dirname(fileURLToPath(import.meta.url))
const page = readFileSync(join(root, '..', 'docs', 'trace.md'), 'utf8')

/** Names of fields; what a request's headers, an edit's value and the way that a case prescribes hold is the user's. */
function fieldsOf(value: unknown, found = new Set<string>()): ReadonlySet<string> {
  if (Array.isArray(value)) for (const item of value) fieldsOf(item, found)
  else if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value)) {
      found.add(name)
      const users = ['value', 'via'].includes(name) || (name === 'headers' && !Array.isArray(inner))
      if (!users) fieldsOf(inner, found)
    }
  return found
}

it('has a place for every field', async () => {
  const fields = new Set<string>()
  for (const folder of await caseFolders(root)) {
    const requests = await readRequests(folder)
    if (requests.length > 0) {
      const tracer = await openTracer(folder, GOLDEN_TIME)
      for (const request of requests) fieldsOf(traceJson(tracer.trace(request)), fields)
    }
    if (folder.includes('/faults/')) {
      const { trace } = await openFault(folder, 'in.yaml')
      if (trace) fieldsOf(traceJson(trace), fields)
    }
  }
  expect(fields.size).toBeGreaterThan(60)
  expect([...fields].filter((name) => !new RegExp(`\\b${name}\\b`).test(page))).toEqual([])
})
