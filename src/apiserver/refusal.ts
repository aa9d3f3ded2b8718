// A request that is refused: what becomes a Status with a 4xx code. Expected problems travel as this value; nothing here is thrown.

/** Code, reason and text of a refusal; `causes` become `details.causes` of the Status. */
export interface Refusal {
  readonly code: 400 | 403 | 404 | 409 | 413 | 415 | 422
  readonly reason:
    | 'BadRequest'
    | 'Forbidden'
    | 'NotFound'
    | 'Conflict'
    | 'Invalid'
    | 'UnsupportedMediaType'
    | 'RequestEntityTooLarge'
  readonly message: string
  readonly causes?: readonly { readonly reason: string; readonly message: string; readonly field?: string }[]
}

/** The outcome of a step that may refuse. */
export type Outcome<T> =
  | { readonly object: T; readonly refusal?: undefined }
  | { readonly refusal: Refusal; readonly object?: undefined }
