import { Code, ConnectError } from "@connectrpc/connect";

interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void;
}

/**
 * Unary calls of peers that the core has not answered yet. The core answers with
 * a message of its own, some time or never; a question whose call is over is
 * forgotten, and the same question asked again gets the same answer.
 */
export class OpenQuestions<Answer> {
  private readonly waiting = new Map<string, Set<Waiting<Answer>>>();
  private size = 0;

  constructor(private readonly questionsMax: number) {}

  /** Rejects when `signal` aborts (the caller's deadline or its end), or when too many are open. */
  ask(question: string, signal: AbortSignal, put: () => void): Promise<Answer> {
    if (this.size >= this.questionsMax) {
      return Promise.reject(new ConnectError("too many questions are open", Code.ResourceExhausted));
    }
    return new Promise((resolve, reject) => {
      const give = (answer: Answer): void => {
        signal.removeEventListener("abort", giveUp);
        resolve(answer);
      };
      const waiting = { resolve: give };
      const giveUp = (): void => {
        this.remove(question, waiting);
        reject(ConnectError.from(signal.reason, Code.Canceled));
      };
      this.add(question, waiting);
      signal.addEventListener("abort", giveUp, { once: true });
      put();
    });
  }

  /** To a question that nobody waits for any more: nothing. */
  answer(question: string, answer: Answer): void {
    const waiting = this.waiting.get(question);
    if (waiting === undefined) return;
    this.waiting.delete(question);
    this.size -= waiting.size;
    for (const { resolve } of waiting) resolve(answer);
  }

  private add(question: string, one: Waiting<Answer>): void {
    const waiting = this.waiting.get(question);
    if (waiting === undefined) this.waiting.set(question, new Set([one]));
    else waiting.add(one);
    this.size++;
  }

  private remove(question: string, one: Waiting<Answer>): void {
    const waiting = this.waiting.get(question);
    if (waiting === undefined || !waiting.delete(one)) return;
    this.size--;
    if (waiting.size === 0) this.waiting.delete(question);
  }
}
