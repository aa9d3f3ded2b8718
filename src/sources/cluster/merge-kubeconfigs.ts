// One kubeconfig out of those that KUBECONFIG lists, as kubectl merges them: the first that says a thing counts, paths are relative to their file.
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { parse } from 'yaml'

type Section = Readonly<Record<string, unknown>>

export interface Kubeconfig {
  readonly 'current-context'?: string
  readonly contexts: readonly { readonly name: string; readonly context?: Section }[]
  readonly clusters: readonly { readonly name: string; readonly cluster?: Section }[]
  readonly users: readonly { readonly name: string; readonly user?: Section }[]
}

/** Fields that hold the path of a file. */
const PATHS = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile']

/** The default files: KUBECONFIG, a list, else ~/.kube/config. */
function defaultPaths(): readonly string[] {
  const listed = (process.env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '')
  return listed.length > 0 ? listed : [join(homedir(), '.kube', 'config')]
}

/** The kubeconfig at a path, or of the environment. Throws an Error when there is none or it is no YAML. */
export function mergeKubeconfigs(path: string | undefined): Kubeconfig {
  const paths = path === undefined ? defaultPaths() : [path]
  const there = paths.filter(existsSync)
  if (there.length === 0) throw new Error(`there is no kubeconfig at ${paths.join(', ')}`)
  const configs = there.map(read)
  const current = configs.find((config) => config['current-context'])?.['current-context']
  return {
    ...(current === undefined ? {} : { 'current-context': current }),
    contexts: firstOfEach(configs.flatMap(({ contexts }) => contexts ?? [])),
    clusters: firstOfEach(configs.flatMap(({ clusters }) => clusters ?? [])),
    users: firstOfEach(configs.flatMap(({ users }) => users ?? [])),
  }
}

function firstOfEach<T extends { readonly name: string }>(all: readonly T[]): readonly T[] {
  return all.filter(({ name }, index) => all.findIndex((one) => one.name === name) === index)
}

function read(path: string): Partial<Kubeconfig> {
  const folder = dirname(resolve(path))
  const config = (parse(readFileSync(path, 'utf8')) ?? {}) as Partial<Kubeconfig>
  const absolute = <T extends object>(entry: T): T =>
    Object.fromEntries(
      Object.entries(entry).map(([key, value]) => [key, isSection(value) ? anchored(value, folder) : value]),
    ) as T
  return {
    ...config,
    clusters: (config.clusters ?? []).map(absolute),
    users: (config.users ?? []).map(absolute),
  }
}

const isSection = (value: unknown): value is Section => typeof value === 'object' && value !== null

function anchored(section: Section, folder: string): Section {
  const given = (name: string): boolean => typeof section[name] === 'string' && section[name] !== ''
  const entries = PATHS.filter(given).map((name) => [name, resolve(folder, String(section[name]))] as const)
  // Data in the file wins over a path, as in kubectl; a path beside it would win in the library.
  const kept = entries.filter(([name]) => !given(`${name}-data`))
  const rest = Object.entries(section).filter(([name]) => !PATHS.includes(name))
  return Object.fromEntries([...rest, ...kept])
}
