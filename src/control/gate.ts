// Waits for a condition that is looked at again after each change.

export class Gate {
  #waiting: (() => void)[] = []

  /** Something changed on which a condition may depend. */
  changed(): void {
    for (const look of [...this.#waiting]) look()
  }

  /** Resolves to true once `condition` holds, to false after `limitMs`. */
  wait(condition: () => boolean, limitMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (held: boolean): void => {
        clearTimeout(limit)
        this.#waiting = this.#waiting.filter((one) => one !== look)
        resolve(held)
      }
      const look = (): void => {
        if (condition()) done(true)
      }
      const limit = setTimeout(() => done(false), limitMs)
      this.#waiting.push(look)
      look()
    })
  }
}
