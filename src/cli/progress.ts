// One line on a terminal that says what is being done; silent in a pipe.

export interface Progress {
  readonly step: (text: string) => void
  readonly end: () => void
}

export function progressLine(): Progress {
  if (!process.stderr.isTTY) return { step: () => undefined, end: () => undefined }
  let shown = false
  return {
    step(text) {
      shown = true
      process.stderr.write(`\r\u001b[2K${text} …`)
    },
    end() {
      if (shown) process.stderr.write('\r\u001b[2K')
      shown = false
    },
  }
}
