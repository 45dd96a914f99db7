type Fail = (check: string, message: string) => void;

/** What a replica's disk holds for certain. */
export interface Platter {
  readonly synced: number;
  readonly vote: { readonly term: number; readonly votedFor: number | undefined };
}

/** What a replica says to another that others build upon. */
export type Pledge =
  | { readonly type: "vote"; readonly term: number; readonly candidate: number }
  | { readonly type: "durable"; readonly index: number };

/** What a replica promises is on its disk first, and a term has one leader, once. */
export class Promises {
  private readonly leaders = new Map<number, { readonly replica: string; readonly run: number }>();

  constructor(private readonly fail: Fail) {}

  onPledge(replica: string, pledge: Pledge, { synced, vote }: Platter): void {
    if (pledge.type === "durable") {
      if (pledge.index <= synced) return;
      this.fail("promised means synced", `${replica} says that ${pledge.index} entries are durable; ${synced} are`);
      return;
    }
    if (vote.term > pledge.term || (vote.term === pledge.term && vote.votedFor === pledge.candidate)) return;
    const { term, candidate } = pledge;
    this.fail(
      "promised means synced",
      `${replica} votes for ${candidate} in term ${term}; its disk says ${JSON.stringify(vote)}`,
    );
  }

  /** `run`: which start of the replica it is. */
  onLeader(term: number, replica: string, run: number): void {
    const known = this.leaders.get(term);
    if (known === undefined) {
      this.leaders.set(term, { replica, run });
    } else if (known.replica !== replica || known.run !== run) {
      const both = `${known.replica} (start ${known.run}) and ${replica} (start ${run})`;
      this.fail("a term has one leader, once", `${both} lead in term ${term}`);
    }
  }
}
