// Images without containers: which program stands for an image name (any registry, tag or digest).

import { COMMAND_ANNOTATION, type Container, type Pod } from '../objects/pod.ts'
import type { ImageCommand } from '../options.ts'

/** What runs for a container. */
export type Runnable =
  /** A program of src/cluster/programs. */
  | {
      readonly kind: 'program'
      readonly name: string
      readonly ports: readonly number[]
      readonly args: readonly string[]
    }
  /** A command of this machine. */
  | { readonly kind: 'command'; readonly command: readonly string[]; readonly ports: readonly number[] }
  /** The engine carries it out: no process. */
  | { readonly kind: 'engine' }

export interface ImageName {
  /** Without registry, tag and digest: `kennethreitz/httpbin`. */
  readonly repository: string
  /** The last part: `httpbin`. */
  readonly name: string
  readonly tag?: string
}

/** Parts of an image reference; the registry is the first part when it looks like a host. */
export function parseImage(image: string): ImageName {
  const parts = (image.split('@')[0] ?? '').split('/')
  const first = parts[0] ?? ''
  const path = parts.length > 1 && /[.:]|^localhost$/.test(first) ? parts.slice(1) : parts
  const last = path.at(-1) ?? ''
  const [name = '', tag] = last.split(':')
  const repository = [...path.slice(0, -1), name].join('/')
  return { repository, name, ...(tag === undefined ? {} : { tag }) }
}

interface BuiltIn {
  readonly program: string
  /** Where the image listens when nothing says otherwise. */
  readonly ports: readonly number[]
}

/** By the last part of the image name. */
const BUILT_IN: Readonly<Record<string, BuiltIn>> = {
  httpbin: { program: 'httpbin', ports: [80] },
  'go-httpbin': { program: 'httpbin', ports: [8080] },
  'http-echo': { program: 'http-echo', ports: [5678] },
  'echo-basic': { program: 'echo-basic', ports: [3000, 8443] },
  sleep: { program: 'sleep', ports: [] },
  pause: { program: 'sleep', ports: [] },
}

/** Images that people take for their shell and tools: a command in them is a command of this machine. */
const TOOL_IMAGES = ['curl', 'busybox', 'alpine', 'bash', 'netshoot', 'debian', 'ubuntu']

/** Images whose work the engine does. */
const ENGINE_IMAGES = ['proxyv2', 'sallyport-alb']

/** Names that images of built-in programs may have, for the message about an unmapped image. */
export const BUILT_IN_IMAGES: readonly string[] = [...Object.keys(BUILT_IN), ...TOOL_IMAGES]

/** What runs for a container of a pod, or undefined when nothing is known of its image. `args` have their variables replaced already. */
export function runnableOf(
  pod: Pod,
  container: Container,
  images: Readonly<Record<string, ImageCommand>>,
): Runnable | undefined {
  const args = container.args ?? []
  const annotated = annotatedCommand(pod, container)
  if (annotated) return { kind: 'command', command: annotated, ports: [] }
  const image = parseImage(container.image ?? '')
  const mapped = mappedCommand(image, images)
  if (mapped) return { kind: 'command', command: [...mapped.command, ...args], ports: mapped.ports ?? [] }
  if (ENGINE_IMAGES.includes(image.name)) return { kind: 'engine' }
  const words = [...(container.command ?? []), ...args]
  const isSleep = words[0] !== undefined && /(^|\/)sleep$/.test(words[0])
  if (TOOL_IMAGES.includes(image.name)) {
    if (words.length === 0) return { kind: 'program', name: 'sleep', ports: [], args: ['infinity'] }
    return isSleep
      ? { kind: 'program', name: 'sleep', ports: [], args: words.slice(1) }
      : { kind: 'command', command: words, ports: [] }
  }
  const builtIn = BUILT_IN[image.name]
  if (!builtIn) return undefined
  if (isSleep) return { kind: 'program', name: 'sleep', ports: [], args: words.slice(1) }
  const ports = listeningPorts(words) ?? builtIn.ports
  // The image's own name goes first: programs that stand for a family behave as the named member.
  return { kind: 'program', name: builtIn.program, ports, args: [image.name, ...words] }
}

/** `sallyport.dev/command.NAME` for one container, `sallyport.dev/command` for the first one. */
function annotatedCommand(pod: Pod, container: Container): readonly string[] | undefined {
  const annotations = pod.metadata.annotations ?? {}
  const own = annotations[`${COMMAND_ANNOTATION}.${container.name}`]
  const first = pod.spec.containers.find((one) => parseImage(one.image ?? '').name !== 'proxyv2')
  const text = own ?? (first?.name === container.name ? annotations[COMMAND_ANNOTATION] : undefined)
  if (text === undefined) return undefined
  if (!text.trimStart().startsWith('[')) return text.trim().split(/\s+/)
  try {
    const parsed: unknown = JSON.parse(text)
    if (Array.isArray(parsed) && parsed.every((word) => typeof word === 'string')) return parsed
  } catch {
    // Not JSON after all: `[` may be the program.
  }
  return text.trim().split(/\s+/)
}

function mappedCommand(
  image: ImageName,
  images: Readonly<Record<string, ImageCommand>>,
): ImageCommand | undefined {
  const tagged = (name: string) => (image.tag === undefined ? [] : [`${name}:${image.tag}`])
  const names = [...tagged(image.repository), image.repository, ...tagged(image.name), image.name]
  return names.map((name) => images[name]).find((one) => one !== undefined)
}

/** The ports that a known command line says: gunicorn's `-b host:port`, go-httpbin's `-port N`, http-echo's `-listen=:N`. */
export function listeningPorts(words: readonly string[]): readonly number[] | undefined {
  for (const [index, word] of words.entries()) {
    const [flag = '', inline] = splitFlag(word)
    if (!/^--?(b|bind|p|port|listen)$/.test(flag)) continue
    const port = /(?:^|:)(\d+)$/.exec(inline ?? words[index + 1] ?? '')?.[1]
    if (port !== undefined) return [Number(port)]
  }
  return undefined
}

function splitFlag(word: string): [string, string | undefined] {
  const equals = word.indexOf('=')
  return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)]
}
