// What the clients of every peer offer: one cipher and one group, so that no peer is quicker by its choice of them.

export const CIPHER = 'TLS_AES_128_GCM_SHA256'
export const GROUP = 'X25519'
