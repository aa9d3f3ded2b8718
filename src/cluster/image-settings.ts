// The `images:` part of sallyport.yaml: which command of this machine stands for an image.
import type { ImageCommand } from './options.ts'

/**
 * Reads `images:` as parsed from YAML or JSON. A key is an image name (`name`, `repository/name`, either with `:tag`); a value is a command
 * line, a list of words, or `{ command, ports }`. What cannot be read is left out and named in `problems`.
 */
export function readImages(value: unknown): {
  readonly images: Readonly<Record<string, ImageCommand>>
  readonly problems: readonly string[]
} {
  if (value === undefined || value === null) return { images: {}, problems: [] }
  if (!isRecord(value))
    return { images: {}, problems: ['images: expected a map from image names to commands'] }
  const images: Record<string, ImageCommand> = {}
  const problems: string[] = []
  for (const [name, entry] of Object.entries(value)) {
    const command = readEntry(entry)
    if (typeof command === 'string') problems.push(`images["${name}"]: ${command}`)
    else images[name] = command
  }
  return { images, problems }
}

/** The command, or what is wrong with the entry. */
function readEntry(entry: unknown): ImageCommand | string {
  if (!isRecord(entry)) {
    const command = readCommand(entry)
    return command === undefined ? EXPECTED : { command }
  }
  const unknown = Object.keys(entry).filter((key) => key !== 'command' && key !== 'ports')
  if (unknown.length > 0) return `unknown field ${unknown.join(', ')}`
  const command = readCommand(entry['command'])
  if (command === undefined) return EXPECTED
  const ports = entry['ports'] ?? []
  if (!Array.isArray(ports) || !ports.every(isPort)) return 'ports: expected a list of port numbers'
  return { command, ports }
}

const EXPECTED = 'expected a command line or a list of words'

function readCommand(value: unknown): readonly string[] | undefined {
  const words = typeof value === 'string' ? value.trim().split(/\s+/) : value
  if (!Array.isArray(words) || words.length === 0 || words[0] === '') return undefined
  return words.every((word) => typeof word === 'string') ? words : undefined
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) < 65_536
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
