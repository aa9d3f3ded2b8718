// Made by scripts/gen-annotations.mjs from the files beside it. Do not edit.
import type { Annotation } from './annotation.ts'
import { sslServices } from './upstream-tls/ssl-services.ts'

export const annotations: readonly Annotation[] = [
  sslServices,
]
