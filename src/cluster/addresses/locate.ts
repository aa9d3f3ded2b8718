// From logical to real places: which (host, port) of this machine stands for a logical (address, port).
import { readFileSync } from 'node:fs'

/** Where a logical address can be reached on this machine; structurally the engine's `Locate`. */
export type Locate = (address: string, port: number) => { readonly host: string; readonly port: number }

/** Added to ports that may not be bound as they are. */
export const PORT_OFFSET = 20_000

/** What decides which ports are mapped. */
export interface BindFacts {
  /** Ports below this may not be bound by this process. */
  readonly lowestPort: number
  /** Ports that somebody holds on all addresses (`0.0.0.0` or `::`) of this machine. */
  readonly occupied: ReadonlySet<number>
}

/** Own addresses for everything (Linux): the same address, and the same port unless it may not be bound. */
export function locateByAddress(moved: ReadonlyMap<number, number>): Locate {
  return (address, port) => ({ host: address, port: moved.get(port) ?? port })
}

/** The ports that are mapped, and where to. */
export function movedPorts({ lowestPort, occupied }: BindFacts): ReadonlyMap<number, number> {
  const ports = new Set([...Array(lowestPort).keys(), ...occupied])
  return new Map(
    [...ports].map((port) => [port, port + PORT_OFFSET <= 65_535 ? port + PORT_OFFSET : port - PORT_OFFSET]),
  )
}

/** One address for everything (macOS): each logical place gets a port of its own, the same in every run as long as few collide. */
export function locateByTable(host = '127.0.0.1'): Locate {
  const first = 20_000
  const size = 12_000
  const byPlace = new Map<string, number>()
  const taken = new Set<number>()
  return (address, port) => {
    const place = `${address}:${port}`
    const known = byPlace.get(place)
    if (known !== undefined) return { host, port: known }
    let candidate = hash(place) % size
    while (taken.has(candidate) && taken.size < size) candidate = (candidate + 1) % size
    taken.add(candidate)
    byPlace.set(place, first + candidate)
    return { host, port: first + candidate }
  }
}

/** FNV-1a, 32 bit. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0
  }
  return value
}

/** The first port that an unprivileged process may bind (Linux; 1024 elsewhere). */
export function unprivilegedPortStart(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8').trim())
  } catch {
    return 1024
  }
}

/** Ports held on all addresses of this machine: no listener on a single loopback address can have them. Empty where /proc is absent. */
export function occupiedPorts(): ReadonlySet<number> {
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      return ''
    }
  })
  return new Set(tables.flatMap(wildcardListeners))
}

/** The ports in state LISTEN (0A) at the all-zero address of a /proc/net/tcp table. */
export function wildcardListeners(table: string): number[] {
  const ports: number[] = []
  for (const line of table.split('\n')) {
    const match = /^\s*\d+:\s+0+:([0-9A-F]{4})\s+\S+\s+0A\s/.exec(line)
    if (match?.[1] !== undefined) ports.push(Number.parseInt(match[1], 16))
  }
  return ports
}
