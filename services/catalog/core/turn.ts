import type { Ledger } from "./ledger.ts";
import type { Change, Deed, Effect, Notice, Version } from "./types.ts";

/**
 * What one turn of the event loop has decided so far. A change takes effect in
 * the ledger at once, so that the next decision of the same turn sees it; the log
 * gets all changes of the turn as one group.
 */
export class Turn {
  private changes: Change[] = [];
  private effects: Effect[] = [];

  constructor(private readonly ledger: Ledger) {}

  record(deed: Deed): Version {
    const version = (this.ledger.version + 1) as Version;
    const change: Change = { version, ...deed };
    this.ledger.apply(change);
    this.changes.push(change);
    return version;
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
