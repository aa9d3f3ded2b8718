// Node's own parser of HTTP/1, as its server and client use it: the judge that is neither of the two ends.

export interface Head {
  /** Of a request. */
  readonly method: string
  readonly url: string
  /** Of a response. */
  readonly status: number
  readonly fields: Readonly<Record<string, string>>
  /** The request asks for another protocol. */
  readonly upgrade: boolean
}

/** What follows a head: what the head says, nothing, or another protocol. */
export type After = 'as it says' | 'nothing' | 'other protocol'
const AFTER: Readonly<Record<After, number>> = { 'as it says': 0, nothing: 1, 'other protocol': 2 }

export interface Reader {
  head(head: Head): After
  body(chunk: Buffer): void
  done(): void
}

interface Parser {
  [event: number]: (...args: never[]) => unknown
  initialize(kind: number, resource: object): void
  execute(chunk: Buffer): number | (Error & { readonly code: string })
  finish(): unknown
}

interface Binding {
  readonly HTTPParser: (new () => Parser) & Readonly<Record<string, number>>
  readonly allMethods?: readonly string[]
  readonly methods: readonly string[]
}

const { HTTPParser, allMethods, methods } = (
  process as unknown as { binding(name: string): unknown }
).binding('http_parser') as Binding

/** Reads the messages of one direction of one connection. */
export class Llhttp {
  private readonly parser: Parser

  constructor(kind: 'request' | 'response', reader: Reader) {
    const parser = new HTTPParser()
    this.parser = parser
    parser.initialize(HTTPParser[kind.toUpperCase()] as number, {})
    let early: string[] = []
    let earlyUrl = ''
    // Fields beyond the first 32, trailers, and after the first of either the whole of every head.
    parser[HTTPParser['kOnHeaders'] as number] = (list: string[], url: string) => {
      early.push(...list)
      earlyUrl += url
    }
    parser[HTTPParser['kOnHeadersComplete'] as number] = (
      _major: number,
      _minor: number,
      list: string[] | undefined,
      method: number | undefined,
      url: string | undefined,
      status: number,
      _text: string,
      upgrade: boolean,
    ) => {
      const fields = fieldsOf([...early, ...(list ?? [])])
      early = []
      const target = url ?? earlyUrl
      earlyUrl = ''
      const name = method === undefined ? '' : ((allMethods ?? methods)[method] ?? '')
      return AFTER[reader.head({ method: name, url: target, status, fields, upgrade })]
    }
    parser[HTTPParser['kOnBody'] as number] = (chunk: Buffer) => reader.body(Buffer.from(chunk))
    parser[HTTPParser['kOnMessageComplete'] as number] = () => {
      early = []
      earlyUrl = ''
      reader.done()
    }
  }

  /** Returns how many bytes were read, fewer where another protocol begins, or what is wrong. */
  read(chunk: Buffer): number | string {
    const read = this.parser.execute(chunk)
    return typeof read === 'number' ? read : read.code
  }

  /** The connection has ended. */
  end(): void {
    this.parser.finish()
  }
}

function fieldsOf(list: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {}
  for (let at = 0; at + 1 < list.length; at += 2) {
    const name = (list[at] as string).toLowerCase()
    const before = fields[name]
    fields[name] = before === undefined ? (list[at + 1] as string) : `${before}, ${list[at + 1]}`
  }
  return fields
}
