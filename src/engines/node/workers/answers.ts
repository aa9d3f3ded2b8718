// A question to several workers, answered when all have answered or are gone, or when it has taken too long.
import type { WorkerSlot } from './worker-slot.ts'

export class Answers {
  private readonly open = new Map<number, { readonly waiting: Set<WorkerSlot>; readonly done: () => void }>()
  private questions = 0

  /** `send` asks one worker; its answer carries the same id. */
  ask(
    slots: readonly WorkerSlot[],
    limitMs: number,
    send: (slot: WorkerSlot, id: number) => void,
  ): Promise<void> {
    const id = ++this.questions
    return new Promise((resolve) => {
      const timer = setTimeout(() => done(), limitMs)
      const done = (): void => {
        clearTimeout(timer)
        this.open.delete(id)
        resolve()
      }
      this.open.set(id, { waiting: new Set(slots), done })
      for (const slot of slots) send(slot, id)
      if (slots.length === 0) done()
    })
  }

  came(slot: WorkerSlot, id: number): void {
    const question = this.open.get(id)
    question?.waiting.delete(slot)
    if (question?.waiting.size === 0) question.done()
  }

  lost(slot: WorkerSlot): void {
    for (const id of [...this.open.keys()]) this.came(slot, id)
  }
}
