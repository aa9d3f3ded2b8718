// Fixed documents: a page, JSON, XML, robots.txt, a form, images.
import { deflateSync } from 'node:zlib'
import { type Exchange, send, sendJson } from './exchange.ts'

const document =
  (type: string, text: string) =>
  (exchange: Exchange): void =>
    send(exchange, 200, text, { 'content-type': type })

const HTML = 'text/html; charset=utf-8'

export const html = document(
  HTML,
  '<!DOCTYPE html>\n<html>\n  <head>\n  </head>\n  <body>\n      <h1>The Two Doors</h1>\n\n      <div>\n        <p>\n          Whoever came to the castle at night rang at the outer door, waited between the walls until the porter had looked at the letter and the seal, and only then heard the bolt of the inner door go back.\n        </p>\n      </div>\n  </body>\n</html>\n',
)

export const robots = document('text/plain', 'User-agent: *\nDisallow: /deny\n')

export const deny = document(
  'text/plain',
  "\n          .-''''''-.\n        .' _      _ '.\n       /   O      O   \\\n      :                :\n      |                |\n      :       __       :\n       \\  .-\"`  `\"-.  /\n        '.          .'\n          '-......-'\n     YOU SHOULDN'T BE HERE\n",
)

export const xml = document(
  'application/xml',
  '<?xml version=\'1.0\' encoding=\'us-ascii\'?>\n\n<!--  A SAMPLE set of slides  -->\n\n<slideshow\n    title="Sample Slide Show"\n    date="Date of publication"\n    author="Yours Truly"\n    >\n\n    <slide type="all">\n      <title>Wake up to WonderWidgets!</title>\n    </slide>\n\n    <slide type="all">\n        <title>Overview</title>\n        <item>Why <em>WonderWidgets</em> are great</item>\n        <item/>\n        <item>Who <em>buys</em> WonderWidgets</item>\n    </slide>\n\n</slideshow>\n',
)

export function json(exchange: Exchange): void {
  sendJson(exchange, {
    slideshow: {
      author: 'Yours Truly',
      date: 'date of publication',
      slides: [
        { title: 'Wake up to WonderWidgets!', type: 'all' },
        {
          items: ['Why <em>WonderWidgets</em> are great', 'Who <em>buys</em> WonderWidgets'],
          title: 'Overview',
          type: 'all',
        },
      ],
      title: 'Sample Slide Show',
    },
  })
}

export const form = document(
  HTML,
  '<!DOCTYPE html>\n<html>\n  <body>\n  <form method="post" action="/post">\n   <p><label>Customer name: <input name="custname"></label></p>\n   <p><label>Telephone: <input type=tel name="custtel"></label></p>\n   <p><label>E-mail address: <input type=email name="custemail"></label></p>\n   <fieldset><legend> Pizza Size </legend>\n    <p><label> <input type=radio name=size value="small"> Small </label></p>\n    <p><label> <input type=radio name=size value="medium"> Medium </label></p>\n    <p><label> <input type=radio name=size value="large"> Large </label></p>\n   </fieldset>\n   <p><label>Delivery instructions: <textarea name="comments"></textarea></label></p>\n   <p><button>Submit order</button></p>\n  </form>\n  </body>\n</html>\n',
)

/** The list of endpoints, for a browser. */
export function index(paths: readonly string[]): (exchange: Exchange) => void {
  const items = [...new Set(paths)].map((path) => `<li><code>${path.replaceAll('<', '&lt;')}</code></li>`)
  return document(
    HTML,
    `<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>httpbin</title></head><body><h1>httpbin</h1><ul>\n${items.join('\n')}\n</ul></body></html>\n`,
  )
}

const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100" viewBox="0 0 100 100"><rect width="100" height="100" fill="#326ce5"/><rect x="20" y="25" width="22" height="55" fill="#fff"/><rect x="58" y="25" width="22" height="55" fill="#fff"/></svg>\n'

/** /image/png, /image/svg, and /image by Accept (406 for what is not there). */
export function image(exchange: Exchange): void {
  const asked = exchange.params['kind'] ?? imageByAccept(exchange.request.headers.accept ?? '*/*')
  if (asked === 'svg') send(exchange, 200, SVG, { 'content-type': 'image/svg+xml' })
  else if (asked === 'png') send(exchange, 200, png(), { 'content-type': 'image/png' })
  else if (exchange.params['kind'] === undefined)
    sendJson(
      exchange,
      {
        message: 'Client did not request a supported media type.',
        accept: ['image/svg+xml', 'image/png', 'image/*'],
      },
      406,
    )
  else send(exchange, 404, 'Not Found', { 'content-type': 'text/plain; charset=utf-8' })
}

function imageByAccept(accept: string): string | undefined {
  if (/image\/svg\+xml/.test(accept)) return 'svg'
  return /image\/(png|\*)|\*\/\*/.test(accept) ? 'png' : undefined
}

/** A blue square of 64 by 64 pixels, made on the spot (PNG: signature, IHDR, IDAT, IEND). */
function png(): Buffer {
  const size = 64
  const row = Buffer.concat([
    Buffer.from([0]),
    Buffer.from(Array.from({ length: size }, () => [0x32, 0x6c, 0xe5]).flat()),
  ])
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const pixels = deflateSync(Buffer.concat(Array.from({ length: size }, () => row)))
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data])
  const frame = Buffer.alloc(8 + body.length)
  frame.writeUInt32BE(data.length, 0)
  frame.set(body, 4)
  frame.writeUInt32BE(crc32(body), 4 + body.length)
  return frame
}

/** CRC-32 (zlib.crc32 is not in Node 20). */
function crc32(bytes: Buffer): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}
