import type { Ledger } from "./ledger.ts";
import type { Change, Deed, Effect, Notice, Position } from "./types.ts";

/**
 * What one turn of the event loop has decided so far. A change takes effect in
 * the ledger at once, so that the next decision of the same turn sees it; the log
 * gets all changes of the turn as one group.
 */
export class Turn {
  private changes: Change[] = [];
  private effects: Effect[] = [];

  constructor(private readonly ledger: Ledger) {}

  record(deed: Deed): Position {
    const position = (this.ledger.position + 1) as Position;
    const change: Change = { position, ...deed };
    this.ledger.apply(change);
    this.changes.push(change);
    return position;
  }

  emit(effect: Effect): void {
    this.effects.push(effect);
  }

  notice(level: Notice["level"], message: string, details: Notice["details"] = {}): void {
    this.effects.push({ type: "notice", level, message, details });
  }

  takeChanges(): Change[] {
    const taken = this.changes;
    this.changes = [];
    return taken;
  }

  takeEffects(): Effect[] {
    const taken = this.effects;
    this.effects = [];
    return taken;
  }
}
