// The picture as data: who connects to whom, how, with whose certificate, and which arrow is broken. Layout and drawing know nothing else.
import type { Code } from '../../diagnostics/catalogue.ts'

export interface GraphNode {
  readonly id: string
  readonly kind: 'client' | 'domain' | 'alb' | 'gateway' | 'service' | 'meshed' | 'missing'
  readonly title: string
  readonly lines: readonly string[]
}

export interface GraphEdge {
  readonly from: string
  readonly to: string
  readonly kind: 'plaintext' | 'tls' | 'mutual' | 'mesh' | 'passthrough' | 'none'
  readonly lines: readonly string[]
  readonly broken?: { readonly text: string; readonly code?: Code }
}

export interface Graph {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}
