// The values of routing tests: what is asked, what must happen, and what came of it.
import type { Origin } from '../../diagnostics/origin.ts'
import type { Trace } from '../hop.ts'

export interface RoutingTest {
  readonly name: string
  /** Where it was written: `tests.yaml tests[0]`. */
  readonly place: string
  readonly request: TestRequest
  readonly expect: Expectation
}

export interface TestRequest {
  readonly method: string
  readonly url: string
  readonly sni?: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly from: string
  /** Who the client is: a certificate in a Secret (`namespace/name`) or in a PEM file. */
  readonly client?: { readonly secret: string } | { readonly certificate: string; readonly key?: string }
}

/** All that is given must hold. */
export interface Expectation {
  readonly status?: number
  /** Who answers: the application, or a door (its kind, or its id). */
  readonly answeredBy?: string
  /** `name`, `name.namespace`, a full host, each with `:port` and `/subset` if wanted; or the name of a cluster. */
  readonly backend?: string
  readonly route?: string
  /** As the application sees it, with query. */
  readonly path?: string
  readonly host?: string
  /** As the application sees them; null: must not be there. */
  readonly headers?: Readonly<Record<string, string | null>>
  /** The door that ends the connection in the handshake: its kind or id; `true`: any. */
  readonly refused?: string | true
  readonly mirror?: readonly string[]
  /** Percent by backend. */
  readonly weights?: Readonly<Record<string, number>>
  readonly location?: string
  /** A diagnostic code or a response flag. */
  readonly reason?: string
  /** Parts of the VirtualService route that takes the request, as istio-config-validator compares them. */
  readonly declared?: { readonly wantMatch: boolean; readonly fields: Readonly<Record<string, unknown>> }
}

export interface TestResult {
  readonly test: RoutingTest
  /** Empty: passed. */
  readonly problems: readonly string[]
  readonly trace?: Trace
}

export interface Coverage {
  readonly total: number
  /** Routes that no test took. */
  readonly missed: readonly { readonly route: string; readonly host: string; readonly origin: Origin }[]
}

export interface TestReport {
  readonly results: readonly TestResult[]
  readonly coverage: Coverage
}
