// client-max-body-size: the largest request body.
import { annotation } from '../annotation.ts'
import { serviceEntries } from '../service-entries.ts'
import { size0 } from '../values.ts'

export const clientMaxBodySize = annotation({
  name: 'client-max-body-size',
  syntax: 'size=<bytes|k|m> [serviceName=<services>][;…], or just <size>',
  doc: 'The largest request body; 413 above it. Default 1m; size=0 turns the limit off.',
  read: serviceEntries('size', size0, { keyless: true }, (maxBodyBytes) => ({ maxBodyBytes })),
})
