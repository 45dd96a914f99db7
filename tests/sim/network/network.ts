import type { Dice } from "../kernel/dice.ts";
import type { Happening } from "../kernel/event-queue.ts";
import type { Arrival, SimProcess } from "../kernel/sim-process.ts";
import type { Timeline } from "../kernel/timeline.ts";

/** How messages fare at present; probabilities are of one message. */
export interface Weather {
  readonly delayLowMs: number;
  readonly delayHighMs: number;
  readonly loss: number;
  readonly duplication: number;
  /** Delivered a second time, much later, though its connection may be gone by then. */
  readonly replay: number;
  readonly reordering: boolean;
}

export const fairWeather: Weather = {
  delayLowMs: 0.05,
  delayHighMs: 0.5,
  loss: 0,
  duplication: 0,
  replay: 0,
  reordering: false,
};

/** What a network can do to a connection, whatever it carries. */
export interface Connection {
  /** The process has ended: whoever is at the other side learns it. */
  closeFrom(process: SimProcess): void;
  /** The connection broke: both learn it. */
  reset(): void;
  /** Each side is told by its own machine that the other cannot be reached. */
  fail(): void;
  isBetween(one: SimProcess, other: SimProcess): boolean;
}

/** Something that waits for a link to be healed. */
interface Parked {
  onHealed(): void;
}

const replayLatestMs = 3000;

/**
 * The network between processes: which direction between two is cut, and how
 * long a message takes. Connections stand in stream.ts; messages that the
 * protocol allows to be lost go one by one, by `send`.
 */
export class Network {
  weather: Weather = fairWeather;
  /** Connections whose two sides both believe in them. */
  readonly streams = new Set<Connection>();
  private readonly cuts: Uint8Array;
  /** When the last message of a link arrives, so that none overtakes it. */
  private readonly lastAtMs: Float64Array;
  private parked: { readonly link: number; readonly what: Parked }[] = [];

  constructor(
    private readonly places: number,
    readonly timeline: Timeline,
    readonly dice: Dice,
  ) {
    this.cuts = new Uint8Array(places * places);
    this.lastAtMs = new Float64Array(places * places);
  }

  isCut(from: SimProcess, to: SimProcess): boolean {
    return this.cuts[this.link(from, to)] !== 0;
  }

  /** Cuts may lie over each other; each is healed by itself. */
  cut(from: SimProcess, to: SimProcess): void {
    const link = this.link(from, to);
    this.cuts[link] = (this.cuts[link] ?? 0) + 1;
  }

  heal(from: SimProcess, to: SimProcess): void {
    const link = this.link(from, to);
    const cuts = this.cuts[link] ?? 0;
    this.cuts[link] = Math.max(0, cuts - 1);
    if (cuts !== 1) return;
    const waiting = this.parked;
    this.parked = waiting.filter((parked) => parked.link !== link);
    for (const parked of waiting) if (parked.link === link) parked.what.onHealed();
  }

  /** Heals every cut. */
  healAll(): void {
    this.cuts.fill(0);
    const waiting = this.parked;
    this.parked = [];
    for (const parked of waiting) parked.what.onHealed();
  }

  /** Calls back once messages pass from `from` to `to` again. */
  park(from: SimProcess, to: SimProcess, what: Parked): void {
    this.parked.push({ link: this.link(from, to), what });
  }

  /** A process has ended: the system closes its connections. */
  closeAllOf(process: SimProcess): void {
    for (const stream of [...this.streams]) stream.closeFrom(process);
  }

  /** Connections between two processes end, as when a machine says that there is no way to the other. */
  failBetween(one: SimProcess, other: SimProcess): void {
    for (const stream of [...this.streams]) if (stream.isBetween(one, other)) stream.fail();
  }

  delayMs(): number {
    return this.dice.skewed(this.weather.delayLowMs, this.weather.delayHighMs);
  }

  /** Sends one message, that may be lost, late, repeated or overtaken as the weather is. */
  send(from: SimProcess, to: SimProcess, arrival: Arrival): void {
    const { weather, dice } = this;
    if (dice.chance(weather.loss)) return;
    const message = new Message(this, from, to, to.run, arrival);
    this.timeline.scheduleAt(this.arrivalMs(from, to), message);
    if (dice.chance(weather.duplication)) this.timeline.schedule(this.delayMs() * 2, message);
    if (dice.chance(weather.replay)) this.timeline.schedule(dice.between(0, replayLatestMs), message);
  }

  private arrivalMs(from: SimProcess, to: SimProcess): number {
    const atMs = this.timeline.nowMs + this.delayMs();
    if (this.weather.reordering) return atMs;
    const link = this.link(from, to);
    const inOrderMs = Math.max(atMs, this.lastAtMs[link] as number);
    this.lastAtMs[link] = inOrderMs;
    return inOrderMs;
  }

  private link(from: SimProcess, to: SimProcess): number {
    return from.place * this.places + to.place;
  }
}

class Message implements Happening {
  constructor(
    private readonly network: Network,
    private readonly from: SimProcess,
    private readonly to: SimProcess,
    private readonly run: number,
    private readonly arrival: Arrival,
  ) {}

  fire(): void {
    if (!this.network.isCut(this.from, this.to)) this.to.admit(this.run, this.arrival);
  }
}
