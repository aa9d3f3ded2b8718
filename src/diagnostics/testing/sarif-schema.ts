// What the SARIF 2.1.0 schema (OASIS, errata 01; its descriptions left out) says against a log.
import { readFileSync } from 'node:fs'
import Ajv from 'ajv-draft-04'
import addFormats from 'ajv-formats'

const schema: object = JSON.parse(readFileSync(new URL('./sarif-2.1.0.json', import.meta.url), 'utf8'))
const ajv = new Ajv.default({ allErrors: true, strict: false })
addFormats.default(ajv as never)
const valid = ajv.compile(schema)

/** Empty for a valid log. */
export const sarifProblems = (log: unknown): readonly string[] =>
  valid(log) ? [] : (valid.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
