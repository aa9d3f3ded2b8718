// Where a logical address can be reached on this machine (privileged ports are mapped where they may not be bound).

/** The real host and port of a logical address and port; the same shape as the engines' `Locate`. */
export type Locate = (address: string, port: number) => { readonly host: string; readonly port: number }
