// Why a message was refused by the codec.

/** What a message gets that breaks the rules; `details` stands in the access log and in x-sallyport-reason. */
export interface Fault {
  readonly status: number
  readonly details: string
}

const STATUS = {
  bad_method: 400,
  bad_target: 400,
  bad_version: 400,
  bad_status_line: 400,
  bad_line_ending: 400,
  bad_header_name: 400,
  bad_header_value: 400,
  folded_header: 400,
  bad_content_length: 400,
  several_content_lengths: 400,
  length_and_transfer_encoding: 400,
  transfer_encoding_in_http10: 400,
  several_transfer_encodings: 400,
  missing_host: 400,
  several_hosts: 400,
  bad_host: 400,
  bad_path: 400,
  bad_chunk_size: 400,
  bad_chunk_extension: 400,
  bad_chunk_end: 400,
  bad_trailer: 400,
  https_url_on_plaintext_connection: 403,
  connect_refused: 405,
  request_head_timeout: 408,
  target_too_long: 414,
  unknown_expectation: 417,
  http10_refused: 426,
  head_too_large: 431,
  too_many_headers: 431,
  unknown_transfer_encoding: 501,
  unknown_version: 505,
} as const

export type FaultName = keyof typeof STATUS

/** The fault of that name with the status a request gets for it. */
export function fault(name: FaultName): Fault {
  return { status: STATUS[name], details: `http1.${name}` }
}
