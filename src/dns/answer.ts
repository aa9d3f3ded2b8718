// From the bytes of one DNS query to the bytes of its response (RFC 1035, 2308, 6891): a function of the zones.
import * as packet from 'dns-packet'
import { canonicalName, type DnsRecord } from './record.ts'
import type { Zones } from './zones.ts'

const HEADER = 12
/** RFC 6891 6.2.3: without EDNS a UDP response has at most 512 bytes. */
const PLAIN_UDP = 512
/** The largest UDP response sent, whatever the client allows; the traffic stays on loopback. */
const LARGEST_UDP = 4096

const RCODE = { NOERROR: 0, FORMERR: 1, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const
/** RFC 6891 6.1.3: an EDNS version that we do not know; its low four bits are 0. */
const BADVERS_EXTENDED = 1

type Rcode = keyof typeof RCODE

interface Query {
  readonly question: packet.Question
  /** The end of the question section, which starts after the header. */
  readonly end: number
  readonly edns?: { readonly size: number; readonly version: number }
}

/** The response to `query`; undefined where none may be sent (not a query at all, so that two servers never answer one another). */
export function answer(query: Buffer, transport: 'udp' | 'tcp', zones: Zones): Buffer | undefined {
  if (query.length < HEADER || ((query[2] ?? 0) & 0x80) !== 0) return undefined
  const opcode = ((query[2] ?? 0) >> 3) & 0x0f
  if (opcode !== 0) return bareResponse(query, 'NOTIMP')
  const parsed = parseQuery(query)
  if (parsed === undefined) return bareResponse(query, 'FORMERR')
  const limit =
    transport === 'tcp' ? 65_535 : Math.min(LARGEST_UDP, Math.max(PLAIN_UDP, parsed.edns?.size ?? PLAIN_UDP))
  const response = respond(query, parsed, zones)
  const whole = packet.encode(response)
  const fits = whole.length <= limit
  const bytes = fits ? whole : packet.encode(truncated(response))
  // The question goes back byte for byte: types and classes without a name in the codec would come out changed.
  query.copy(bytes, HEADER, HEADER, parsed.end)
  return bytes
}

function truncated(response: packet.Packet): packet.Packet {
  return {
    ...response,
    flags: (response.flags ?? 0) | packet.TRUNCATED_RESPONSE,
    answers: [],
    authorities: [],
  }
}

/** A response that repeats nothing of the query but its id, opcode and RD bit. */
function bareResponse(query: Buffer, rcode: Rcode): Buffer {
  const header = Buffer.alloc(HEADER)
  query.copy(header, 0, 0, 2)
  header[2] = 0x80 | ((query[2] ?? 0) & 0x79)
  header[3] = RCODE[rcode]
  return header
}

/** One question whose name comes back as the same bytes, so that what we compare is what was asked. */
function parseQuery(query: Buffer): Query | undefined {
  try {
    const decoded = packet.decode(query)
    const [question] = decoded.questions ?? []
    if (question === undefined || decoded.questions?.length !== 1) return undefined
    const name = packet.encode({ type: 'query', questions: [question] }).subarray(HEADER, -4)
    if (!name.equals(query.subarray(HEADER, HEADER + name.length))) return undefined
    const opts = (decoded.additionals ?? []).filter((record) => record.type === 'OPT')
    const [opt] = opts
    if (opts.length > 1) return undefined
    const parsed = { question, end: HEADER + name.length + 4 }
    return opt === undefined
      ? parsed
      : { ...parsed, edns: { size: opt.udpPayloadSize, version: opt.ednsVersion } }
  } catch {
    return undefined
  }
}

function respond(query: Buffer, { question, edns }: Query, zones: Zones): packet.Packet {
  const found =
    edns !== undefined && edns.version > 0
      ? ({ rcode: 'NOERROR', answers: [], authority: [] } as const)
      : question.class === undefined || question.class === 'IN'
        ? zones.lookup(canonicalName(question.name), question.type)
        : ({ rcode: 'REFUSED', answers: [], authority: [] } as const)
  const owner = canonicalName(question.name)
  const recursionDesired = ((query[2] ?? 0) & 1) === 1 ? packet.RECURSION_DESIRED : 0
  const authoritative = found.rcode === 'REFUSED' ? 0 : packet.AUTHORITATIVE_ANSWER
  return {
    type: 'response',
    id: query.readUInt16BE(0),
    flags: recursionDesired | authoritative | RCODE[found.rcode],
    questions: [question],
    // The owner as it was asked, in its case: resolvers that randomise case compare it.
    answers: found.answers.map((record) =>
      encodable(record.name === owner ? { ...record, name: question.name } : record),
    ),
    authorities: found.authority.map(encodable),
    additionals: edns === undefined ? [] : [optRecord(edns.version)],
  }
}

function encodable(record: DnsRecord): packet.Answer {
  return { ...record, class: 'IN' } as packet.Answer
}

function optRecord(version: number): packet.OptAnswer {
  return {
    name: '.',
    type: 'OPT',
    udpPayloadSize: LARGEST_UDP,
    extendedRcode: version > 0 ? BADVERS_EXTENDED : 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  }
}
